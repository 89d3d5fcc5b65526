#pragma once

/// \file
/// Waits of the rollover engine as JSON, as they are kept for `status`. No state.

#include <string>
#include <vector>

#include "rollover/rollover.h"

namespace danewerk::engine {

/// An array of objects: key, record, to, rule, reason, since, until, operator.
std::string waits_json(const std::vector<rollover::Wait>& waits);

}  // namespace danewerk::engine
