#pragma once

/// \file
/// What will happen to the managed zones, and what another configuration would change at once.
/// Touches nothing.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "engine/simulation.h"
#include "store/state.h"

namespace danewerk::engine {

struct PlanTask {
  const config::Config* config = nullptr;
  std::set<std::string, std::less<>> zones{};  ///< names as in the configuration; empty: all
  sys_seconds now{};
  sys_seconds until{};
  seconds ds_delay = std::chrono::days(1);  ///< until the parent does what it is asked
  unsigned jobs = 1;
};

/// Forecasts of the zones, by name. \param state  null: nothing is remembered yet. A zone that was
/// never signed is taken as its file is; one whose file cannot be read has `trouble`.
Result<std::vector<Forecast>> make_plan(const PlanTask& task, const store::State* state);

/// Something that a configuration starts by itself: at once, or when a roll that is under way lets
/// it.
struct Consequence {
  std::string zone{};
  sys_seconds at{};
  std::string what{};  ///< a sentence
  std::string rule{};  ///< may be empty
  /// When the moves that begin with it can have ended.
  std::optional<sys_seconds> earliest_end{};
};

/// What AFTER starts by itself that BEFORE, the present configuration, does not. Both tasks
/// are for the same state.
Result<std::vector<Consequence>> compare_plans(const PlanTask& before, const PlanTask& after,
                                               const store::State* state);

/// All that the configuration of FORECAST starts by itself.
std::vector<Consequence> consequences(const Forecast& forecast, sys_seconds now);

}  // namespace danewerk::engine
