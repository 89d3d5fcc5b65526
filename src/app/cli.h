#pragma once

/// \file
/// The command line. The only place that knows CLI11.

#include "app/exit_code.h"

namespace danewerk::app {

/// Parses the arguments and runs the command. Never throws.
ExitCode run_command_line(int argc, const char* const* argv);

}  // namespace danewerk::app
