#pragma once

/// \file
/// Sockets towards addresses. Value types.

#include <cstdint>
#include <string>

#include "base/endpoint.h"
#include "base/file.h"
#include "base/result.h"

namespace danewerk::net {

using danewerk::Endpoint;
using danewerk::kDnsPort;

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
