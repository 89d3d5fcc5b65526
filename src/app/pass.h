#pragma once

/// \file
/// A pass on behalf of a command.

#include <string>

#include "base/result.h"
#include "engine/run.h"

namespace danewerk::app {

/// By the daemon, if one holds the state, else here.
Result<engine::RunReport> run_by_whoever_holds(const engine::RunTask& task);

/// What waits, why, and until when.
std::string wait_text(const rollover::BindingWait& wait);

}  // namespace danewerk::app
