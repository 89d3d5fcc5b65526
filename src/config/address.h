#pragma once

/// \file
/// Addresses as the configuration writes them. Value types.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/endpoint.h"
#include "base/result.h"

namespace danewerk::config {

using danewerk::Endpoint;
using danewerk::kDnsPort;

/// Digits alone, no leading zero, at most MOST.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned most);

/// "192.0.2.53" or "192.0.2.53@5353", IPv6 alike; PORT where none is given.
Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t port);
/// An address alone, in the form that inet_ntop gives it.
Result<std::string> parse_address(std::string_view text);

/// An address, or all that begin alike.
struct Network {
  std::string address;
  unsigned prefix = 0;  ///< bits that count; all of them for a single address
  bool operator==(const Network&) const = default;
};
/// "192.0.2.0/24".
std::string to_text(const Network& network);
/// "192.0.2.0/24" or "192.0.2.1". kBadInput when bits beyond the prefix are set.
Result<Network> parse_network(std::string_view text);

}  // namespace danewerk::config
