#pragma once

/// \file
/// A pass, asked for and told of over the control socket: the task of engine::run_pass as a
/// request, and its report as JSON both ways. No state.

#include "daemon/message.h"
#include "engine/run.h"

namespace danewerk::daemon {

/// {"request": "run", "zones", "jobs", "new_zone", "clock_ok", "no_secondaries"}; what else a task
/// has is the daemon's.
Json run_request(const engine::RunTask& task);
/// The same back. Names of zones are not looked at. kBadInput when it is none.
Result<engine::RunTask> run_task_from(const Json& request);

/// Everything that a report has.
Json report_body(const engine::RunReport& report);
/// kBadInput when it is none.
Result<engine::RunReport> report_from(const Json& body);

}  // namespace danewerk::daemon
