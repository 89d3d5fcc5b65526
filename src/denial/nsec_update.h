#pragma once

/// \file
/// NSEC records of a version after a change (RFC 4035 section 2.3).

#include "base/result.h"
#include "dns/zone.h"

namespace danewerk::denial {

/// REQUIRES: `before` has NSEC records with the same TTL; `after` still has those of `before`.
Result<dns::Zone> update_nsec(const dns::Change& change);

/// All NSEC records of the zone; those that are right already stay, with their RRSIGs.
Result<dns::Zone> rebuild_nsec(const dns::Zone& zone);

/// The zone without any NSEC record; the same version when it has none at its apex.
dns::Zone strip_nsec(const dns::Zone& zone);

}  // namespace danewerk::denial
