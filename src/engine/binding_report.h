#pragma once

/// \file
/// What a pass made of a binding. Value type.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "rollover/binding.h"

namespace danewerk::engine {

/// What became of what the client's folder has.
enum class Renewal : std::uint8_t {
  kServed,
  kStaged,   ///< accepted, and served when the gate opens
  kRefused,  ///< what was served before stays
};
/// "served", "staged", "refused".
std::string_view name_of(Renewal renewal);

struct BindingReport {
  std::string name;
  std::string what{};   ///< what happened, a sentence; empty: nothing
  std::string label{};  ///< rollover::BindingLabel, a word
  Renewal renewal = Renewal::kRefused;
  std::set<std::string> zones{};  ///< that its services are in
  bool failed = false;
  bool waits_for_operator = false;
  /// New since the last pass, or told last a day ago; for a reader off a terminal.
  std::vector<std::string> news{};
  Findings findings{};
  std::vector<rollover::BindingWait> waits{};
};

}  // namespace danewerk::engine
