#pragma once

/// \file
/// Wall clock against monotonic clock: whether somebody set the one (design: time).
/// Thread-compatible.

#include <optional>

#include "base/time.h"
#include "daemon/settling.h"

namespace danewerk::daemon {

class ClockWatch {
 public:
  /// Less is drift, or a correction that nothing depends on.
  static constexpr seconds kTolerance = std::chrono::minutes(5);

  ClockWatch(sys_seconds wall, Moment monotonic) : wall_(wall), monotonic_(monotonic) {}

  /// How far the wall clock moved since the last call beyond the time that passed; nothing within
  /// the tolerance. A machine that slept counts as moved.
  std::optional<seconds> look(sys_seconds wall, Moment monotonic) {
    const auto passed = std::chrono::duration_cast<seconds>(monotonic - monotonic_);
    const auto jump = (wall - wall_) - passed;
    wall_ = wall;
    monotonic_ = monotonic;
    if (std::chrono::abs(jump) <= kTolerance) return std::nullopt;
    return jump;
  }

 private:
  sys_seconds wall_;
  Moment monotonic_;
};

}  // namespace danewerk::daemon
