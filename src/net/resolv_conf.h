#pragma once

/// \file
/// The system's resolvers (resolv.conf(5)).

#include <string_view>
#include <vector>

#include "net/endpoint.h"

namespace danewerk::net {

inline constexpr std::string_view kResolvConf = "/etc/resolv.conf";

/// The servers of its `nameserver` lines, in order; a line that names none is passed over.
std::vector<Endpoint> resolvers_in(std::string_view text);

/// The same for a file; none when it cannot be read: then the library asks this machine
/// (resolv.conf(5)), and so do we.
std::vector<Endpoint> system_resolvers(const Path& file);

}  // namespace danewerk::net
