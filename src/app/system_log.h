#pragma once

/// \file
/// A line in the system's log: what somebody has to know whose exit code nobody looks at.

#include <string>

#include "base/finding.h"

namespace danewerk::app {

/// As "danewerk", with the weight of LEVEL. One line: what is no printable character is left out.
void log_to_system(Level level, const std::string& text);

}  // namespace danewerk::app
