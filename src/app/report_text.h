#pragma once

/// \file
/// What was seen of live services, for people and for programs.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "base/time.h"
#include "probe/report.h"

namespace danewerk::app {

/// "12 days", "less than a day", "expired".
std::string days_left(sys_seconds end, sys_seconds now);

void print_report(const probe::Report& report, sys_seconds now);

nlohmann::ordered_json report_json(const probe::Report& report, sys_seconds now);

}  // namespace danewerk::app
