#pragma once

/// \file
/// The next SOA serial (RFC 1035 section 3.3.13, RFC 1982). Thread-safe: no state.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "dns/zone.h"
#include "model/policy.h"

namespace danewerk::seal {

using model::SerialPolicy;
std::optional<SerialPolicy> serial_policy_from_text(std::string_view text);

/// RFC 1982 section 3.2; false when the distance is 2^31, which that section leaves undefined.
bool serial_greater(std::uint32_t a, std::uint32_t b);

/// A serial that is greater than LAST: what the policy gives, or LAST + 1 where that is not
/// greater. REQUIRES: policy is not kKeep.
std::uint32_t next_serial(SerialPolicy policy, std::uint32_t last, sys_seconds now);

/// REQUIRES: zone has an SOA.
std::uint32_t serial_of(const dns::Zone& zone);
/// The zone with another serial; the SOA loses its RRSIGs. The same version when it is that
/// already.
dns::Zone with_serial(const dns::Zone& zone, std::uint32_t serial);

}  // namespace danewerk::seal
