#pragma once

/// \file
/// The state lock, as the daemon takes it for life.

#include "base/result.h"
#include "store/state_lock.h"

namespace danewerk::daemon {

/// Waits for a pass of `danewerk run` to end, and not for another daemon: kUnavailable, with who
/// holds it.
Result<store::StateLock> take_daemon_lock(const Path& folder);

}  // namespace danewerk::daemon
