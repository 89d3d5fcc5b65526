#pragma once

/// \file
/// Who types the command, and as whom it works. Not for several threads.

#include <string>

#include "base/result.h"
#include "config/config.h"

namespace danewerk::app {

/// Who started the command, also after it became another user: for the audit log.
std::string user_name();

/// Started as root on folders of somebody else, the command becomes that user before it opens
/// anything in them (promise P7). kRefused when state and keys are of different users.
Result<void> become_owner(const config::Config& config);

}  // namespace danewerk::app
