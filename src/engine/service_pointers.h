#pragma once

/// \file
/// MX and SRV records of a zone that lead to services of ours in it. No state.

#include <map>
#include <string>
#include <string_view>

#include "base/time.h"
#include "dns/zone.h"

namespace danewerk::engine {

/// By the TLSA owner that whoever follows them asks for ("_25._tcp.mx1.example.org.", RFC 7672
/// section 2.2; RFC 7673 section 3.1): the largest of their TTLs.
using ServicePointers = std::map<std::string, seconds, std::less<>>;

/// Looks at every name. Targets outside the zone are left out.
ServicePointers service_pointers(const dns::Zone& zone);

}  // namespace danewerk::engine
