#pragma once

/// \file
/// All that is remembered of a binding between two passes. Value types; thread-compatible.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/binding.h"
#include "model/zone_state.h"

namespace danewerk::model {

struct BindingState {
  Binding binding;
  std::vector<Endpoint> endpoints{};
  /// Names at which its records stand, or stood and may be held.
  std::set<std::string> owners{};
  std::vector<FileMark> files{};              ///< certificate and key as they were last read
  std::map<std::string, std::string> pems{};  ///< of the chains that the binding has, by their id
  /// Roots that were appended to what the client left: SHA-256 of the certificate by that of its
  /// key.
  std::map<std::string, std::string> appended_roots{};
  /// When services were told again because some of them presented something else.
  std::optional<sys_seconds> told_again{};
  std::optional<sys_seconds> wake{};  ///< when the engine wants to be asked again
  std::optional<sys_seconds> last_pass{};
  std::string last_outcome{};  ///< of the last pass, a sentence
  std::string label{};         ///< rollover::BindingLabel, a word
  std::vector<StandingFinding> findings{};
  std::string waits_json{};  ///< of the last pass, for `tlsa show`
  bool operator==(const BindingState&) const = default;
};

}  // namespace danewerk::model
