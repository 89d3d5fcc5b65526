#pragma once

/// \file
/// How certificates of services stand, from what is remembered alone. No state.

#include <vector>

#include "engine/status.h"
#include "model/binding_state.h"
#include "store/state.h"

namespace danewerk::engine {

struct CertificateStatus {
  model::BindingState state{};
  Verdict verdict{};
};

/// All that the configuration has, in its order. kWarning: a finding, or less than a fifth of the
/// time that the served one was made for is left; kCritical: a finding of level error, services
/// that present something else, or less than a twentieth.
Result<std::vector<CertificateStatus>> read_certificate_status(const config::Config& config,
                                                               const store::State& state,
                                                               sys_seconds now);

}  // namespace danewerk::engine
