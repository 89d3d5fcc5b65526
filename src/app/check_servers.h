#pragma once

/// \file
/// `danewerk check` on other people's servers: one look at all secondaries and parents, with short
/// time-outs, that changes nothing. Thread-compatible.

#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "model/zone_state.h"
#include "observe/ds_sight.h"

namespace danewerk::app {

/// A zone whose servers are asked.
struct AskedZone {
  const config::ZoneConfig* zone = nullptr;
  model::ZoneState known{};   ///< as remembered; else just its name
  observe::DsKeys ds_keys{};  ///< those that may have a DS
};

/// SECONDARY-* and PARENT-* of one look; a server that is silent is a warning at once.
Findings check_servers(const config::Config& config, std::vector<AskedZone> zones, sys_seconds now);

}  // namespace danewerk::app
