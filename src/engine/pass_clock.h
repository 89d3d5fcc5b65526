#pragma once

/// \file
/// What a pass may do by its clock (design: time): behind the last one nothing, after a long gap
/// nothing that cannot be taken back. No state; the clock is an argument.

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace danewerk::engine {

/// What speaks for the time.
struct PassClock {
  sys_seconds now{};
  std::optional<sys_seconds> last_pass{};  ///< of the zone, or over all; the later one
  bool is_synchronised = true;             ///< the kernel says so
  bool is_trusted = false;                 ///< the operator says so
};

/// kRefused for a clock more than five minutes behind the last pass, and after a gap longer than
/// VALIDITY unless the kernel or the operator vouches for it.
Result<void> judge_clock(const PassClock& clock, std::optional<seconds> validity);

/// Why nothing may be withdrawn in this pass: a gap longer than REFRESH. Empty: it may.
std::string judge_gap(const PassClock& clock, seconds refresh);

}  // namespace danewerk::engine
