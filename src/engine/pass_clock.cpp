#include "engine/pass_clock.h"

#include <chrono>

#include <fmt/format.h>

namespace danewerk::engine {

namespace {

/// Further behind, nothing is signed or moved.
constexpr seconds kClockTolerance = std::chrono::minutes(5);

}  // namespace

Result<void> judge_clock(const PassClock& clock, std::optional<seconds> validity) {
  if (!clock.last_pass || clock.is_trusted) return {};
  if (clock.now + kClockTolerance < *clock.last_pass) {
    return fail(Errc::kRefused,
                fmt::format("the clock says {}, and the last pass was at {}", to_text(clock.now),
                            to_text(*clock.last_pass)),
                "nothing was signed or moved, what is published stays; set the clock, or pass "
                "--clock-ok if the former time was the wrong one");
  }
  const auto gap = clock.now - *clock.last_pass;
  if (!validity || gap <= *validity || clock.is_synchronised) return {};
  return fail(Errc::kRefused,
              fmt::format("the clock says {}, which is {} after the last pass, and the kernel does "
                          "not call it synchronised",
                          to_text(clock.now), to_text(gap)),
              "nothing was signed or moved, what is published stays; synchronise the clock, or "
              "pass --clock-ok if it is right");
}

std::string judge_gap(const PassClock& clock, seconds refresh) {
  if (!clock.last_pass) return {};
  const auto gap = clock.now - *clock.last_pass;
  if (gap <= refresh) return {};
  return fmt::format("the pass before was {} ago: the clock may be wrong, or secondaries cut off",
                     to_text(gap));
}

}  // namespace danewerk::engine
