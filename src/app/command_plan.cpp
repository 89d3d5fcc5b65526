#include <algorithm>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/operator_request.h"
#include "app/output.h"
#include "app/plan_svg.h"
#include "app/zone_names.h"
#include "engine/plan.h"

namespace danewerk::app {

namespace {

using engine::Consequence;
using engine::Forecast;
using engine::PlannedEvent;
using nlohmann::ordered_json;

std::string_view kind_text(PlannedEvent::Kind kind) {
  switch (kind) {
    case PlannedEvent::Kind::kKey:
      return "key";
    case PlannedEvent::Kind::kStep:
      return "step";
    case PlannedEvent::Kind::kOperator:
      return "operator";
    case PlannedEvent::Kind::kParent:
      return "parent";
    case PlannedEvent::Kind::kForget:
      break;
  }
  return "forget";
}

/// The mark before a line: who acts.
std::string_view mark_of(PlannedEvent::Kind kind) {
  if (kind == PlannedEvent::Kind::kOperator) return "you";
  return kind == PlannedEvent::Kind::kParent ? "parent" : "";
}

void print_forecast(const Forecast& zone) {
  print_line(zone.zone);
  if (!zone.trouble.empty()) {
    print_line("  no plan: " + zone.trouble);
    return;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& event : zone.events) {
    auto text = event.what;
    if (!event.rule.empty()) text += fmt::format(" [{}]", event.rule);
    if (event.dnskey_octets) {
      text += fmt::format("; a DNSKEY answer has {} octets", *event.dnskey_octets);
    }
    rows.push_back({"  " + to_text(event.at), std::string(mark_of(event.kind)), std::move(text)});
  }
  print_table(rows);
  print_line(fmt::format(
      "  {} versions for keys, about {} that renew signatures; DNSKEY answers of {} octets now, at "
      "most {}",
      zone.versions, zone.renewals, zone.dnskey_octets, zone.largest_answer));
}

ordered_json to_json(const Forecast& zone) {
  ordered_json json{{"zone", zone.zone}};
  if (!zone.trouble.empty()) json["trouble"] = zone.trouble;
  json["events"] = ordered_json::array();
  for (const auto& event : zone.events) {
    ordered_json one{{"at", to_text(event.at)}, {"kind", kind_text(event.kind)}};
    if (!event.label.empty()) one["key"] = event.label;
    if (event.kind == PlannedEvent::Kind::kStep) {
      one["record"] = to_text(event.record);
      one["to"] = to_text(event.to);
    }
    one["what"] = event.what;
    if (!event.rule.empty()) one["rule"] = event.rule;
    if (event.dnskey_octets) one["dnskey_octets"] = *event.dnskey_octets;
    json["events"].push_back(std::move(one));
  }
  json["versions"] = zone.versions;
  json["renewals"] = zone.renewals;
  json["dnskey_octets"] = zone.dnskey_octets;
  json["largest_dnskey_octets"] = zone.largest_answer;
  return json;
}

void print_consequences(const std::vector<Consequence>& found) {
  if (found.empty()) print_line("nothing begins by itself");
  for (const auto& one : found) {
    auto text = fmt::format("{} {}: {}", to_text(one.at), one.zone, one.what);
    if (!one.rule.empty()) text += fmt::format(" [{}]", one.rule);
    if (one.earliest_end)
      text += fmt::format("; ends {} at the earliest", to_text(*one.earliest_end));
    print_line(text);
  }
}

ordered_json to_json(const std::vector<Consequence>& found) {
  auto json = ordered_json::array();
  for (const auto& one : found) {
    ordered_json item{{"zone", one.zone}, {"at", to_text(one.at)}, {"what", one.what}};
    if (!one.rule.empty()) item["rule"] = one.rule;
    if (one.earliest_end) item["earliest_end"] = to_text(*one.earliest_end);
    json.push_back(std::move(item));
  }
  return json;
}

/// Works on the configuration in force, and on another one when there is one to compare with.
class Planning {
 public:
  Planning(const PlanCommand& command, const Voice& voice) : command_(command), voice_(voice) {}

  ExitCode run() {
    const auto config = read_checked_config(command_.config, voice_);
    if (!config) return ExitCode::kUsage;
    std::optional<config::Config> fresh;
    if (!command_.new_config.empty()) {
      fresh = read_checked_config(command_.new_config, voice_);
      if (!fresh) return ExitCode::kUsage;
    }
    const auto& planned = fresh ? *fresh : *config;
    auto names = zone_names(command_.zones, planned);
    if (!names) {
      print_error(names.error(), voice_);
      return ExitCode::kUsage;
    }
    const auto opened = open_state(*config);
    if (!opened) return trouble(opened.error());
    const auto* known = opened->get();
    auto task = task_for(planned, *names);
    auto forecasts = engine::make_plan(task, known);
    if (!forecasts) return trouble(forecasts.error());
    if (!command_.svg.empty()) {
      constexpr mode_t kMode = 0644;
      const auto text = plan_svg(*forecasts, task.now, task.until);
      if (const auto written = replace_file(command_.svg, text, kMode); !written) {
        return trouble(written.error());
      }
    }
    if (!fresh) return tell(*forecasts, at_once(*forecasts));
    const auto found = engine::compare_plans(task_for(*config, *names), task, known);
    if (!found) return trouble(found.error());
    return tell(*forecasts, *found);
  }

 private:
  ExitCode trouble(const Error& error) const {
    print_error(error, voice_);
    return exit_code(error);
  }

  /// A zone that was never signed has a plan, too.
  static Result<std::unique_ptr<store::State>> open_state(const config::Config& config) {
    DW_TRY(const bool is_there, file_exists(config.state / "state.db"));
    if (!is_there) return std::unique_ptr<store::State>{};
    DW_TRY(auto state, store::State::open(config.state, store::State::Access::kRead));
    return std::make_unique<store::State>(std::move(state));
  }

  [[nodiscard]] engine::PlanTask task_for(const config::Config& config,
                                          const std::vector<std::string>& names) const {
    engine::PlanTask task;
    task.config = &config;
    task.zones = {names.begin(), names.end()};
    task.now = command_.now;
    task.until = command_.now + command_.span;
    task.ds_delay = command_.ds_delay;
    task.jobs = command_.jobs;
    return task;
  }

  [[nodiscard]] std::vector<Consequence> at_once(const std::vector<Forecast>& forecasts) const {
    std::vector<Consequence> found;
    for (const auto& forecast : forecasts) {
      auto own = engine::consequences(forecast, command_.now);
      std::ranges::move(own, std::back_inserter(found));
    }
    return found;
  }

  ExitCode tell(const std::vector<Forecast>& forecasts,
                const std::vector<Consequence>& found) const {
    if (voice_.form == Voice::Form::kJson) {
      print_json(forecasts, found);
    } else if (voice_.detail != Voice::Detail::kQuiet) {
      print_text(forecasts, found);
    }
    if (command_.is_no_op_required && !found.empty()) {
      if (voice_.form == Voice::Form::kText) {
        print_error(
            Error(Errc::kRefused, fmt::format("{} moves begin by themselves", found.size())),
            voice_);
      }
      return ExitCode::kFailed;
    }
    const bool is_whole = std::ranges::all_of(
        forecasts, [](const Forecast& forecast) { return forecast.trouble.empty(); });
    return is_whole ? ExitCode::kDone : ExitCode::kFailed;
  }

  /// What begins is asked for, not the timeline.
  [[nodiscard]] bool compares() const {
    return !command_.new_config.empty() || command_.is_no_op_required;
  }

  void print_json(const std::vector<Forecast>& forecasts,
                  const std::vector<Consequence>& found) const {
    ordered_json json{{"from", to_text(command_.now)},
                      {"until", to_text(command_.now + command_.span)}};
    if (compares()) json["begins"] = app::to_json(found);
    json["zones"] = ordered_json::array();
    for (const auto& forecast : forecasts) json["zones"].push_back(app::to_json(forecast));
    print_line(json.dump(2));
  }

  void print_text(const std::vector<Forecast>& forecasts,
                  const std::vector<Consequence>& found) const {
    if (compares()) {
      print_consequences(found);
      return;
    }
    for (const auto& forecast : forecasts) print_forecast(forecast);
  }

  const PlanCommand& command_;
  const Voice& voice_;
};

}  // namespace

ExitCode run(const PlanCommand& command, const Voice& voice) {
  return Planning(command, voice).run();
}

}  // namespace danewerk::app
