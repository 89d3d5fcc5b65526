#pragma once

/// \file
/// What the parents showed of a key's DS since the engine last asked for a change of it. No state.

#include "model/key_ring.h"
#include "rollover/moment.h"

namespace danewerk::rollover {

/// A look from before the DS was to come, or to go, is no answer to that: what was uploaded in
/// between may have been on its way then.
model::DsSight ds_sight(const model::RingKey& key, const Outside& outside);

}  // namespace danewerk::rollover
