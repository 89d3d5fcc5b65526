#pragma once

/// \file
/// A moment that a step waits for, and what the engine is given to compute it from. Value types.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/facts.h"
#include "model/policy.h"

namespace danewerk::rollover {

/// All that a computation reads apart from the keys. Refers to the situation: do not keep it.
struct Outside {
  const model::Facts& facts;
  const model::Policy& policy;
  sys_seconds now{};
  model::VersionNumber next_version = 1;
  bool is_frozen = false;  ///< no roll begins
  /// Identities of keys whose DS was asked to come or go in this pass (ds_sight.h).
  std::vector<std::string> asked_now{};
};

/// When something will be so, or why nobody can say.
struct Moment {
  std::optional<sys_seconds> at{};
  /// Without `at`: it comes about by then, whatever others do.
  std::optional<sys_seconds> latest{};
  std::string_view rule{};  ///< ids.h
  std::string reason{};     ///< without `at`: what is awaited; else what it is about
  bool is_operators = false;

  [[nodiscard]] bool is_past(sys_seconds now) const { return at && *at <= now; }
};

/// The later of two; one that nobody can tell is later than every other.
Moment later_of(Moment a, Moment b);
/// The same moment that much later.
Moment operator+(Moment moment, seconds span);

}  // namespace danewerk::rollover
