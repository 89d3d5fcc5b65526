#pragma once

/// \file
/// What the daemon does, one act at a time: passes, requests, reading the configuration again. Each
/// is a plain function that runs on the worker thread; the state lock is held all the while.

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/log.h"
#include "daemon/message.h"
#include "daemon/schedule.h"
#include "daemon/status_file.h"
#include "engine/run.h"
#include "store/state.h"

namespace danewerk::daemon {

/// What is the same for all acts.
struct ActContext {
  Log* log = nullptr;
  StatusFile* status = nullptr;
  std::shared_ptr<const config::Config> config{};
  sys_seconds started{};  ///< the daemon
  std::stop_token stop{};
};

struct ActOutcome {
  Json answer{};                                ///< to who asked
  std::optional<std::string> trouble{};         ///< why the act as a whole failed
  ZoneNames looked{};                           ///< zones and certificates that a pass looked at
  std::vector<store::ZoneSummary> summaries{};  ///< afterwards; empty when they cannot be read
};

/// A certificate among the names of zones: none of them has a space.
std::string scheduled_name(std::string_view certificate);

/// A pass, what came of it into the log, and the heartbeat.
ActOutcome act_pass(const ActContext& context, engine::RunTask task);

/// A request to the engine in the name of WHO.
ActOutcome act_request(const ActContext& context, const Json& request, const std::string& who);

/// What is known of the zones, before the first act.
ActOutcome act_look(const ActContext& context);

/// The configuration as it is on disk now. kRefused when it has errors, which go into the log, or
/// changes what only a restart can.
Result<config::Config> read_again(const config::Config& in_force, Log& log);

/// Zones that came and went, sentences.
std::vector<std::string> differences(const config::Config& before, const config::Config& after);

}  // namespace danewerk::daemon
