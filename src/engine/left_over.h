#pragma once

/// \file
/// Unfinished files of a pass that was killed.

#include <vector>

#include "config/config.h"

namespace danewerk::engine {

/// Removes them from the key store, from the snapshots, and from where these zones' outputs lie;
/// nothing there that is not ours. What cannot be removed stays for the next pass.
/// REQUIRES: the state lock is held.
void remove_left_overs(const config::Config& config,
                       const std::vector<const config::ZoneConfig*>& zones);

/// The same of a pass over certificates: from the key store, and from where root and the pass meet.
/// REQUIRES: the state lock is held.
void remove_left_overs_of_certificates(const config::Config& config);

}  // namespace danewerk::engine
