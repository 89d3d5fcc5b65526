#pragma once

/// \file
/// When a zone is looked at: now, because something is due or changed, or at a moment that is known
/// beforehand. No state.

#include "config/config.h"
#include "engine/zone_pass.h"
#include "store/state.h"

namespace danewerk::engine {

/// Whether the pass has to look at the zone at all: its wake-up time has come, a file of its source
/// changed, its configuration (of which DIGEST is configuration_digest) did, its output is not what
/// we wrote, or it is not published.
bool is_due(const PassTask& task, const config::ZoneConfig& zone, const store::ZoneSummary* summary,
            std::string_view digest);

/// What the engine waits for in the state as it is now, and when the pass is wanted again: asked
/// once more after a version was published, for all waits count from there.
void foresee(const PassTask& task, const config::ZoneConfig& zone, PreparedZone& prepared);

}  // namespace danewerk::engine
