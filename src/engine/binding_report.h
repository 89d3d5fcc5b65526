#pragma once

/// \file
/// What a pass made of a binding. Value type.

#include <string>
#include <vector>

#include "base/finding.h"
#include "rollover/binding.h"

namespace danewerk::engine {

struct BindingReport {
  std::string name;
  std::string what{};   ///< what happened, a sentence; empty: nothing
  std::string label{};  ///< rollover::BindingLabel, a word
  bool failed = false;
  bool waits_for_operator = false;
  /// New since the last pass, or told last a day ago; for a reader off a terminal.
  std::vector<std::string> news{};
  Findings findings{};
  std::vector<rollover::BindingWait> waits{};
};

}  // namespace danewerk::engine
