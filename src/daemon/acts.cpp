#include "daemon/acts.h"

#include <utility>

#include <fmt/format.h>
#include <malloc.h>

#include "daemon/control_socket.h"
#include "daemon/run_request.h"
#include "engine/request.h"

namespace danewerk::daemon {

namespace {

void log_zone(Log& log, const engine::ZoneReport& zone) {
  if (!zone.what.empty()) {
    log.info("zone", {{"zone", zone.name}, {"text", zone.what}});
    for (const auto& wait : zone.waits) {
      if (!wait.is_operators) continue;
      log.info("waits-for-operator",
               {{"zone", zone.name}, {"rule", std::string(wait.rule)}, {"text", wait.reason}});
    }
  }
  for (const auto& text : zone.news) {
    if (zone.failed) {
      log.error("finding", {{"zone", zone.name}, {"text", text}});
    } else {
      log.warning("finding", {{"zone", zone.name}, {"text", text}});
    }
  }
}

void log_binding(Log& log, const engine::BindingReport& binding) {
  if (!binding.what.empty()) {
    log.info("certificate",
             {{"name", binding.name}, {"state", binding.label}, {"text", binding.what}});
  }
  for (const auto& text : binding.news) {
    const auto tell = binding.failed ? &Log::error : &Log::warning;
    (log.*tell)("finding", {{"certificate", binding.name}, {"text", text}});
  }
}

void log_report(Log& log, const engine::RunReport& report) {
  for (const auto& binding : report.bindings) log_binding(log, binding);
  for (const auto& zone : report.zones) log_zone(log, zone);
  if (!report.trouble.empty()) log.error("after-run", {{"text", report.trouble}});
  if (report.left != 0) log.info("pass-cut-short", {{"left", std::to_string(report.left)}});
  std::size_t failed = 0;
  for (const auto& zone : report.zones) failed += zone.failed ? 1 : 0;
  const auto number = [](std::size_t n) { return std::to_string(n); };
  const auto tell = report.zones.empty() ? &Log::debug : &Log::info;
  (log.*tell)("pass", {{"looked", number(report.zones.size())},
                       {"published", number(report.published)},
                       {"failed", number(failed)},
                       {"idle", number(report.idle)}});
}

/// The heartbeat: everything that was due was looked at. A pass over all zones has set it itself.
Result<void> set_heartbeat(store::State& state, const engine::RunTask& task) {
  if (task.zones.empty()) return {};
  return state.set_last_pass(task.now);
}

Result<void> write_status(const ActContext& context, const store::State& state,
                          const ActOutcome& outcome, bool is_whole) {
  const auto& file = context.config->daemon.status_file;
  if (file.empty()) return {};
  const auto now = system_clock().now();
  if (is_whole || !outcome.looked.empty()) {
    DW_TRY_VOID(
        context.status->read(*context.config, state, is_whole ? ZoneNames() : outcome.looked, now));
  }
  return context.status->write(
      file, {.written = now, .started = context.started, .trouble = outcome.trouble.value_or("")});
}

void note_trouble(const ActContext& context, const Result<void>& done) {
  if (!done) context.log->error("state", {{"text", done.error().message()}});
}

/// When zones and certificates want to be looked at again.
Result<std::vector<store::ZoneSummary>> read_summaries(const store::State& state) {
  DW_TRY(auto summaries, state.zones());
  DW_TRY(const auto names, state.binding_names());
  for (const auto& name : names) {
    DW_TRY(const auto binding, state.load_binding(name));
    if (!binding) continue;
    summaries.push_back({.name = scheduled_name(name),
                         .version = 1,
                         .wake = binding->wake,
                         .last_pass = binding->last_pass,
                         .has_findings = !binding->findings.empty(),
                         .is_published = true});
  }
  return summaries;
}

/// What every act ends with. Nothing here undoes what was done.
void look_after(const ActContext& context, const engine::RunTask& task, ActOutcome& outcome) {
  auto state = store::State::open(context.config->state, store::State::Access::kWrite);
  if (!state) {
    note_trouble(context, tl::unexpected(std::move(state).error()));
    return;
  }
  if (!outcome.trouble) note_trouble(context, set_heartbeat(*state, task));
  if (auto summaries = read_summaries(*state)) outcome.summaries = *std::move(summaries);
  if (auto done = write_status(context, *state, outcome, task.zones.empty()); !done) {
    context.log->error("status-file", {{"text", done.error().message()}});
  }
}

}  // namespace

std::string scheduled_name(std::string_view certificate) {
  return fmt::format("certificate {}", certificate);
}

ActOutcome act_pass(const ActContext& context, engine::RunTask task) {
  task.config = context.config.get();
  task.now = system_clock().now();
  task.lock = engine::RunTask::Lock::kHeld;
  task.stop = context.stop;
  ActOutcome outcome;
  outcome.looked = {task.zones.begin(), task.zones.end()};
  if (auto report = engine::run_pass(task)) {
    for (const auto& zone : report->zones) outcome.looked.insert(zone.name);
    for (const auto& binding : report->bindings) {
      outcome.looked.insert(scheduled_name(binding.name));
    }
    log_report(*context.log, *report);
    outcome.answer = {{"report", report_body(*report)}};
  } else {
    outcome.trouble = report.error().message();
    context.log->error("pass-failed",
                       {{"text", report.error().message()}, {"hint", report.error().hint()}});
    outcome.answer = error_body(report.error());
  }
  look_after(context, task, outcome);
  // A pass over thousands of zones leaves holes that the next one is hours away from.
  static_cast<void>(::malloc_trim(0));
  return outcome;
}

ActOutcome act_request(const ActContext& context, const Json& request, const std::string& who) {
  ActOutcome outcome;
  outcome.answer = engine::dispatch({.config = context.config.get(),
                                     .now = system_clock().now(),
                                     .who = who,
                                     .lock = engine::RequestTask::Lock::kHeld},
                                    request);
  const auto text = [&](const char* field) {
    const auto found = request.find(field);
    return found != request.end() && found->is_string() ? found->get<std::string>() : "-";
  };
  const auto error = outcome.answer.find("error");
  const auto result =
      error == outcome.answer.end() ? std::string("done") : error->get<std::string>();
  context.log->info(
      "request",
      {{"request", text("request")}, {"zone", text("zone")}, {"who", who}, {"result", result}});
  auto state = store::State::open(context.config->state, store::State::Access::kRead);
  if (!state) return outcome;
  if (auto summaries = read_summaries(*state)) outcome.summaries = *std::move(summaries);
  return outcome;
}

ActOutcome act_look(const ActContext& context) {
  ActOutcome outcome;
  auto state = store::State::open(context.config->state, store::State::Access::kWrite);
  if (!state) {
    outcome.trouble = state.error().message();
    outcome.answer = error_body(state.error());
    return outcome;
  }
  if (auto summaries = read_summaries(*state)) {
    outcome.summaries = *std::move(summaries);
  } else {
    outcome.trouble = summaries.error().message();
    outcome.answer = error_body(summaries.error());
  }
  return outcome;
}

Result<config::Config> read_again(const config::Config& in_force, Log& log) {
  auto read = config::read_config(in_force.file);
  for (const auto& finding : read.findings.list()) {
    if (finding.level == Level::kError) log.error("finding", {{"text", to_text(finding)}});
  }
  const auto stays = [](const std::string& why) {
    return fmt::format("the configuration in force stays: {}", why);
  };
  if (!read.config) {
    std::string first;
    for (const auto& finding : read.findings.list()) {
      if (finding.level == Level::kError && first.empty()) first = to_text(finding);
    }
    return fail(Errc::kRefused, stays(first), "danewerk check tells all that is wrong");
  }
  const auto& fresh = *read.config;
  const bool is_elsewhere = fresh.state != in_force.state ||
                            control_socket_of(fresh) != control_socket_of(in_force) ||
                            fresh.daemon.control_group != in_force.daemon.control_group;
  if (is_elsewhere) {
    return fail(Errc::kRefused,
                stays("state, control-socket and control-group cannot change while danewerkd runs"),
                "restart danewerkd");
  }
  return *std::move(read.config);
}

std::vector<std::string> differences(const config::Config& before, const config::Config& after) {
  std::vector<std::string> sentences;
  for (const auto& [name, _] : after.zones) {
    if (!before.zones.contains(name)) sentences.push_back(name + " is new");
  }
  for (const auto& [name, _] : before.zones) {
    if (!after.zones.contains(name)) sentences.push_back(name + " is gone");
  }
  return sentences;
}

}  // namespace danewerk::daemon
