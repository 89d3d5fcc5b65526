#pragma once

/// \file
/// The configuration that a command works with.

#include <string>

#include "base/result.h"
#include "config/config.h"

namespace danewerk::app {

/// Where the configuration is: OPTION, else $DANEWERK_CONFIG, else where it usually lies. Reads the
/// environment and asks who runs the command.
Result<Path> find_config(const std::string& option);

}  // namespace danewerk::app
