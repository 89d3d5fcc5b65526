#pragma once

/// \file
/// Which versions caches and secondaries may still hold, and which DS: what promise P3 across
/// versions is checked against. Reads ledger and records, never the rollover rules. No state.

#include <vector>

#include "base/result.h"
#include "engine/zone_keys.h"
#include "model/facts.h"
#include "model/policy.h"
#include "model/zone_state.h"
#include "verify/across.h"

namespace danewerk::engine {

/// Of KNOWN (ascending, each with its census), those that may still be held at NOW.
Result<std::vector<verify::HeldVersion>> held_versions(
    const std::vector<model::VersionRecord>& known, const model::Facts& facts,
    const model::Policy& policy, sys_seconds now);

/// Keys whose DS caches may hold.
verify::HeldDs held_ds(const model::KeyRing& ring, const ZoneKeys& keys);

/// Versions before this one are needed neither to load the newest one nor for the check.
model::VersionNumber first_needed(const model::ZoneState& zone);

}  // namespace danewerk::engine
