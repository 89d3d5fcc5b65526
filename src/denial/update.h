#pragma once

/// \file
/// Brings the denial records of a version up to date after a change (RFC 5155 section 7.1, RFC 4035
/// section 2.3). The first chain of a zone is the update after a change from the empty zone.

#include "base/result.h"
#include "dns/zone.h"
#include "model/denial.h"

namespace danewerk::denial {

struct UpdateOptions {
  model::DenialParameters parameters;
  unsigned jobs = 1;
};

/// \param change  `before`: denial complete for its names; `after`: the new names with their
/// managed
///                records (NSEC3PARAM too), and `before`'s denial as it was.
/// \returns `after` with its denial records right. Records that stay keep their RRSIGs; new ones
/// have
///          none. Cost grows with the change, but for new parameters or a new denial TTL.
///          kRefused when two names hash alike.
Result<dns::Zone> update(const dns::Change& change, const UpdateOptions& options);

/// Gives a zone that was read from a text the back references from hashes to names that `update`
/// needs. Entries for hashes of no name are dropped.
Result<dns::Zone> adopt(const dns::Zone& zone, const UpdateOptions& options);

/// The parameters that a signed zone uses; nothing when it has no chain.
std::optional<model::DenialParameters> parameters_of(const dns::Zone& zone);

}  // namespace danewerk::denial
