#pragma once

/// \file
/// An address with a port: of servers that are asked, told, and listened on. Value type.

#include <compare>
#include <cstdint>
#include <string>

namespace danewerk {

/// The DNS port (RFC 1035 section 4.2).
inline constexpr std::uint16_t kDnsPort = 53;

struct Endpoint {
  /// IPv4 or IPv6, as inet_ntop writes it; a link-local one may name its interface: "fe80::1%eth0".
  std::string address;
  std::uint16_t port = kDnsPort;
  auto operator<=>(const Endpoint&) const = default;
};
/// "192.0.2.53@53".
std::string to_text(const Endpoint& endpoint);

}  // namespace danewerk
