#pragma once

/// \file
/// How certificates of services stand, from what is remembered and the files that a pass would
/// begin with. No state.

#include <optional>
#include <string>
#include <vector>

#include "engine/binding_look.h"
#include "engine/status.h"
#include "model/binding_state.h"
#include "store/state.h"

namespace danewerk::engine {

struct CertificateStatus {
  model::BindingState state{};
  std::string label{};  ///< rollover::BindingLabel, a word; "failed": nothing can be decided
  std::vector<rollover::BindingWait> waits{};
  std::optional<sys_seconds> wake{};  ///< when something is due
  /// Those of the last pass, and what the files show now. Infos do not stand.
  std::vector<model::StandingFinding> findings{};
  Verdict verdict{};
};

/// A binding as the next pass would find it. kWarning: a finding, a wait for the operator, or less
/// than a fifth of the time that the served one was made for is left; kCritical: a finding of level
/// error, services that present something else, nothing can be decided, or less than a twentieth.
/// REQUIRES: the look has NAME.
CertificateStatus certificate_status(const BindingsLook& look, const std::string& name,
                                     sys_seconds now);

/// All that the configuration has, in its order.
Result<std::vector<CertificateStatus>> read_certificate_status(const config::Config& config,
                                                               store::State& state,
                                                               sys_seconds now);

}  // namespace danewerk::engine
