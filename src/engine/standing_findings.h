#pragma once

/// \file
/// Findings that stand from pass to pass: told when they come up, and once a day from then on.
/// No state.

#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "model/zone_state.h"

namespace danewerk::engine {

struct Telling {
  std::vector<std::string>& news;  ///< gets what is to be told now
  sys_seconds now{};
};

/// Brings STANDING up to date with what a pass found: what is found again keeps its age, what is
/// not goes. Infos do not stand.
void tell(const Findings& found, std::vector<model::StandingFinding>& standing,
          const Telling& telling);

/// When the next of them is due to be told again; nothing when none stands.
std::optional<sys_seconds> next_telling(const std::vector<model::StandingFinding>& standing);

}  // namespace danewerk::engine
