#pragma once

/// \file
/// What was seen of live services, for people and for programs.

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/time.h"
#include "probe/report.h"

namespace danewerk::app {

void print_report(const probe::Report& report, sys_seconds now);

nlohmann::ordered_json report_json(const probe::Report& report, sys_seconds now);

}  // namespace danewerk::app
