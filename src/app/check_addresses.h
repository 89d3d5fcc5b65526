#pragma once

/// \file
/// `danewerk check` on new addresses: what a pass would find of the services there, beforehand.
/// Asks only where a zone file has an address that the published version has not.
/// Thread-compatible.

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "dns/zone.h"
#include "store/state.h"

namespace danewerk::app {

/// BINDING-ADDRESS, BINDING-ADDRESS-SILENT. Nothing for a zone that was never signed, or of which
/// the state cannot be read: others tell that.
/// \param source  the zone file
Findings check_addresses(const config::Config& config, store::State& state, const dns::Zone& source,
                         sys_seconds now);

}  // namespace danewerk::app
