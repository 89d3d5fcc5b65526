#pragma once

/// \file
/// Addresses and sockets towards them. Value types.

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace danewerk::net {

/// The DNS port (RFC 1035 section 4.2).
inline constexpr std::uint16_t kDnsPort = 53;

struct Endpoint {
  std::string address;  ///< IPv4 or IPv6; a link-local one may name its interface: "fe80::1%eth0"
  std::uint16_t port = kDnsPort;
  auto operator<=>(const Endpoint&) const = default;
};
/// "192.0.2.53@53".
std::string to_text(const Endpoint& endpoint);

enum class Transport : std::uint8_t { kUdp, kTcp };

/// A socket that is connected, or for TCP on its way to it, and never blocks. Its own port is one
/// that the system picks at random (RFC 5452 section 9.2).
struct Connection {
  Descriptor socket{};
  int error = 0;  ///< errno when there is no socket
};
Connection connect_to(const Endpoint& endpoint, Transport transport);

/// This machine has no way there, whatever the other side does.
bool is_no_route(int error);
/// "connection refused".
std::string reason_of(int error);

}  // namespace danewerk::net
