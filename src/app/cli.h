#pragma once

/// \file
/// The command lines of danewerk and danewerkd.

#include "app/exit_code.h"

namespace danewerk::app {

/// What --version says, of danewerkd, too.
inline constexpr const char* kVersion = "0.1.0";

/// Parses the arguments and runs the command. Never throws.
ExitCode run_command_line(int argc, const char* const* argv);

/// The same for danewerkd: returns when it was told to stop.
ExitCode run_daemon_line(int argc, const char* const* argv);

}  // namespace danewerk::app
