#pragma once

/// \file
/// A committed version leaves the house: output file, then `after-publish`. Only when both
/// succeeded does it count as published (design: state and crash safety).

#include "engine/zone_pass.h"

namespace danewerk::engine {

/// Publishes `prepared.zone`, and enters what came of it into `prepared.state`; to be saved. A
/// failure is a finding, and the next pass tries again. Several zones at once are allowed.
void publish_zone(const PassTask& task, const config::ZoneConfig& zone, PreparedZone& prepared);

}  // namespace danewerk::engine
