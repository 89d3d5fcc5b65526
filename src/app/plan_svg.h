#pragma once

/// \file
/// A plan as a picture: a lane for each record of each key, coloured by its state, with marks where
/// somebody has to act. No state.

#include <string>
#include <vector>

#include "engine/simulation.h"

namespace danewerk::app {

/// An SVG document for the time from FROM to UNTIL, zones below each other.
std::string plan_svg(const std::vector<engine::Forecast>& zones, sys_seconds from,
                     sys_seconds until);

}  // namespace danewerk::app
