#pragma once

/// \file
/// CDS and CDNSKEY: what the zone asks of its parent (RFC 7344, RFC 8078). No state.

#include "rollover/moment.h"
#include "rollover/rollover.h"

namespace danewerk::rollover {

/// What the apex has to show for the keys of RING.
CdsWish cds_wish(const model::KeyRing& ring, const Outside& outside);

}  // namespace danewerk::rollover
