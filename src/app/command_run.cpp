#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "app/commands.h"
#include "app/config_file.h"
#include "app/output.h"
#include "app/pass.h"
#include "app/zone_names.h"
#include "engine/run.h"

namespace danewerk::app {

namespace {

void print_zone(const engine::ZoneReport& zone, bool is_terminal, const Voice& voice) {
  if (!zone.what.empty() && voice.detail != Voice::Detail::kQuiet) {
    fmt::print("{}: {}\n", zone.name, zone.what);
  }
  if (is_terminal || voice.detail == Voice::Detail::kVerbose) {
    print_findings(zone.findings, voice);
  } else {
    for (const auto& line : zone.news) fmt::print(stderr, "{}\n", line);
  }
  if (!zone.waits_for_operator || (!is_terminal && zone.what.empty())) return;
  for (const auto& wait : zone.waits) {
    if (wait.is_operators && voice.detail != Voice::Detail::kQuiet) {
      fmt::print("{}: waits for you: {} [{}]\n", zone.name, wait.reason, wait.rule);
    }
  }
}

void print_binding(const engine::BindingReport& binding, bool is_terminal, const Voice& voice) {
  if (!binding.what.empty() && voice.detail != Voice::Detail::kQuiet) {
    fmt::print("certificate {}: {}\n", binding.name, binding.what);
  }
  if (is_terminal || voice.detail == Voice::Detail::kVerbose) {
    print_findings(binding.findings, voice);
  } else {
    for (const auto& line : binding.news) fmt::print(stderr, "{}\n", line);
  }
  if (binding.what.empty() && !is_terminal) return;
  if (voice.detail == Voice::Detail::kQuiet) return;
  for (const auto& wait : binding.waits) {
    fmt::print("certificate {}: {}: {}\n", binding.name,
               wait.is_operators ? "waits for you" : "waits", wait_text(wait));
  }
}

void print_report(const engine::RunReport& report, const Voice& voice) {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  for (const auto& binding : report.bindings) print_binding(binding, is_terminal, voice);
  for (const auto& zone : report.zones) print_zone(zone, is_terminal, voice);
  if (!report.trouble.empty()) fmt::print(stderr, "danewerk: error: {}\n", report.trouble);
  if (report.left != 0) {
    fmt::print(stderr, "danewerk: error: danewerkd stops: {} zones were not looked at\n",
               report.left);
  }
  if (!is_terminal && voice.detail != Voice::Detail::kVerbose) return;
  for (const auto& orphan : report.orphans) fmt::print("note: {}\n", orphan);
  if (voice.detail == Voice::Detail::kQuiet) return;
  fmt::print("{} zones looked at, {} published, {} with nothing due\n", report.zones.size(),
             report.published, report.idle);
}

nlohmann::ordered_json to_json(const engine::BindingReport& binding) {
  nlohmann::ordered_json json{{"certificate", binding.name},
                              {"state", binding.label},
                              {"renewal", name_of(binding.renewal)},
                              {"failed", binding.failed}};
  if (!binding.what.empty()) json["what"] = binding.what;
  json["waits_for_operator"] = binding.waits_for_operator;
  auto waits = nlohmann::ordered_json::array();
  for (const auto& wait : binding.waits) {
    nlohmann::ordered_json one{{"subject", wait.subject},
                               {"rule", wait.rule},
                               {"reason", wait.reason},
                               {"since", to_text(wait.since)}};
    if (wait.until) one["until"] = to_text(*wait.until);
    if (wait.expected) one["expected"] = to_text(*wait.expected);
    one["operator"] = wait.is_operators;
    waits.push_back(std::move(one));
  }
  json["waits"] = std::move(waits);
  json["findings"] = nlohmann::ordered_json::parse(findings_json(binding.findings));
  return json;
}

nlohmann::ordered_json to_json(const engine::RunReport& report) {
  auto zones = nlohmann::ordered_json::array();
  for (const auto& zone : report.zones) {
    nlohmann::ordered_json one{{"zone", zone.name}, {"serial", zone.serial}};
    one["failed"] = zone.failed;
    if (!zone.what.empty()) one["what"] = zone.what;
    one["waits_for_operator"] = zone.waits_for_operator;
    one["findings"] = nlohmann::ordered_json::parse(findings_json(zone.findings));
    zones.push_back(std::move(one));
  }
  auto bindings = nlohmann::ordered_json::array();
  for (const auto& binding : report.bindings) bindings.push_back(to_json(binding));
  nlohmann::ordered_json json{{"zones", std::move(zones)}, {"certificates", std::move(bindings)},
                              {"idle", report.idle},       {"published", report.published},
                              {"left", report.left},       {"orphans", report.orphans}};
  if (report.held_by)
    json["held_by"] = {{"pid", report.held_by->pid}, {"what", report.held_by->what}};
  return json;
}

ExitCode exit_code_of(const engine::RunReport& report, const RunCommand& command) {
  if (report.has_failures()) return ExitCode::kFailed;
  const auto waits = [](const auto& one) { return one.waits_for_operator; };
  const bool is_operators =
      std::ranges::any_of(report.zones, waits) || std::ranges::any_of(report.bindings, waits);
  return command.is_strict && is_operators ? ExitCode::kOperator : ExitCode::kDone;
}

}  // namespace

ExitCode run(const RunCommand& command, const Voice& voice) {
  const auto config = read_checked_config(command.config, voice);
  if (!config) return ExitCode::kUsage;
  engine::RunTask task;
  task.config = &*config;
  task.now = command.now;
  task.jobs = command.jobs;
  task.wait = command.wait;
  if (command.is_new_zone) task.first_keys = engine::PassTask::FirstKeys::kNewZone;
  if (command.is_dry) task.mode = engine::RunTask::Mode::kDryRun;
  if (command.has_no_secondaries) task.restored = engine::RunTask::Restored::kNobodyToAsk;
  if (command.is_clock_ok) task.clock = engine::RunTask::Clock::kTrusted;
  const auto zones = zone_names(command.zones, *config);
  if (!zones) {
    print_error(zones.error(), voice);
    return ExitCode::kUsage;
  }
  task.zones = {zones->begin(), zones->end()};
  const auto report = run_by_whoever_holds(task);
  if (!report) {
    print_error(report.error(), voice);
    return exit_code(report.error());
  }
  if (voice.form == Voice::Form::kJson) {
    print_line(to_json(*report).dump(2));
  } else if (report->held_by) {
    fmt::print("another pass goes on: {} (process {}) since {}\n", report->held_by->what,
               report->held_by->pid, to_text(report->held_by->since));
  } else {
    print_report(*report, voice);
  }
  return exit_code_of(*report, command);
}

}  // namespace danewerk::app
