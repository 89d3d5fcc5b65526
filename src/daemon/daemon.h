#pragma once

/// \file
/// `danewerkd`: passes at the engine's own wake-up times, when a zone file changes and when
/// somebody asks, one act at a time, until a signal ends it.

#include "base/result.h"
#include "config/config.h"
#include "daemon/log.h"

namespace danewerk::daemon {

struct DaemonTask {
  config::Config config;
  unsigned jobs = 1;
  Log* log = nullptr;
};

/// Holds the state lock from here to the end. SIGTERM and SIGINT end it when the zones that the
/// act under way is at are done; SIGHUP makes it read its configuration again. Fails when it cannot
/// begin: another one holds the lock, state or socket cannot be made.
Result<void> run_daemon(DaemonTask task);

}  // namespace danewerk::daemon
