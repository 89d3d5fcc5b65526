#pragma once

/// \file
/// When signatures of a managed zone end, and when they are renewed. No state.

#include "dns/zone.h"
#include "model/facts.h"
#include "model/policy.h"
#include "sign/rrsig.h"

namespace danewerk::engine {

/// How long before its end a signature is renewed: late enough for caches and for a secondary that
/// is cut off (design: configuration, `refresh`).
seconds refresh_of(const model::Policy& policy, const model::Facts& facts);

/// For a version with the names of `change.after`, which follows `change.before`. When anything is
/// due, what falls due within `batch` is renewed with it.
sign::SignaturePolicy schedule(const dns::Change& change, const model::Policy& policy,
                               const model::Facts& facts, sys_seconds now);

}  // namespace danewerk::engine
