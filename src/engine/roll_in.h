#pragma once

/// \file
/// How fast a new ZSK takes over (`zsk.roll-in`): which share of the RRsets it signs by now. No
/// state.

#include <optional>

#include "base/time.h"
#include "model/facts.h"
#include "model/key_ring.h"
#include "model/policy.h"
#include "sign/signing_keys.h"

namespace danewerk::engine {

struct RollIn {
  sign::RrsetShare taken_over = sign::kAllRrsets;
  std::optional<sys_seconds> next{};  ///< when the next share is due; none: all is taken over
};

/// Of the ZSKs that are taking over in RING. It is a function of the time since they began, so that
/// a missed pass is made up for by the next one.
RollIn roll_in(const model::KeyRing& ring, const model::Policy& policy, const model::Facts& facts,
               sys_seconds now);

}  // namespace danewerk::engine
