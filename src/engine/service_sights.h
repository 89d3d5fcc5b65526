#pragma once

/// \file
/// What listed secondaries show of the TLSA records of services, entered into their owners. No
/// state.

#include <vector>

#include "base/finding.h"
#include "engine/zone_tlsa.h"
#include "model/facts.h"
#include "observe/look.h"

namespace danewerk::engine {

struct ServiceSights {
  const observe::Look& look;
  const model::Facts& facts;  ///< of the zone, in which the look was entered before
  NextVersion next{};         ///< of the zone; made: now
  bool is_restored = false;   ///< the state is a backup's
};
/// Enters what they show. Where the state is a backup's and they show other records than it has,
/// these are what resolvers hold, beside a version that nobody here saw; they stay there until
/// bindings have heard of them.
void enter_sights(const ServiceSights& sights, std::vector<OwnerWish>& services,
                  Findings& findings);

}  // namespace danewerk::engine
