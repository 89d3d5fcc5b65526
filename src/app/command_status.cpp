#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/key_text.h"
#include "app/output.h"
#include "app/pass.h"
#include "app/zone_names.h"
#include "engine/certificate_status.h"
#include "engine/status.h"

namespace danewerk::app {

namespace {

using engine::Health;
using engine::ZoneStatus;
using nlohmann::ordered_json;

std::string at_text(const std::optional<sys_seconds>& at) {
  return at ? to_text(*at) : std::string("never");
}

std::string record_text(const model::RingKey& key, model::KeyRecord record) {
  const auto& state = key.at(record);
  if (state.visibility == model::Visibility::kHidden) {
    return fmt::format("{} hidden", to_text(record));
  }
  return fmt::format("{} {} since {}", to_text(record), to_text(state.visibility),
                     to_text(state.since));
}

std::string key_line(const model::RingKey& key) {
  std::string line;
  for (const auto record : model::kKeyRecords) {
    if (!key.owns(record)) continue;
    if (!line.empty()) line += ", ";
    line += record_text(key, record);
  }
  return line;
}

std::string wait_text(const rollover::Wait& wait) {
  auto text = wait.reason;
  if (wait.until) text += fmt::format(", until {}", to_text(*wait.until));
  if (!wait.until && wait.latest)
    text += fmt::format(", at the latest until {}", to_text(*wait.latest));
  return fmt::format("{} [{}]{}", text, wait.rule, wait.is_operators ? " (yours)" : "");
}

std::string serial_text(const ZoneStatus& zone) {
  if (zone.state.version == 0) return "none yet";
  const auto& publications = zone.state.facts.publications;
  const auto published = publications.empty() ? std::nullopt : publications.back().published;
  auto text = fmt::format("{}, {}", zone.state.serial,
                          published ? "published " + to_text(*published) : "not published yet");
  if (zone.state.source_serial) text += fmt::format("; zone file {}", *zone.state.source_serial);
  return text;
}

/// A pass that fails leaves no mark but why.
std::string last_pass_text(const model::ZoneState& state) {
  if (state.last_outcome.empty()) return at_text(state.last_pass);
  const auto at = state.last_pass ? to_text(*state.last_pass) : std::string("failed");
  return fmt::format("{}: {}", at, state.last_outcome);
}

void print_text(const ZoneStatus& zone, const engine::Verdict& verdict) {
  print_line(fmt::format("{}  {}{}{}", zone.state.name, to_text(verdict.health),
                         verdict.reason.empty() ? "" : ": ", verdict.reason));
  std::vector<Row> rows{{"  serial", serial_text(zone)}};
  for (const auto& key : zone.state.ring.keys) {
    rows.push_back(
        {fmt::format("  {} {}", label(key), algorithm_text(key.algorithm)), key_line(key)});
  }
  rows.push_back({"  signatures", zone.state.earliest_expiration
                                      ? "valid until " + to_text(*zone.state.earliest_expiration)
                                      : "none"});
  for (const auto& wait : zone.waits) rows.push_back({"  waits", wait_text(wait)});
  for (const auto& finding : zone.state.findings) add_lines(rows, "  finding", finding.text);
  if (zone.state.is_frozen) rows.push_back({"  frozen", "the zone file is not read"});
  rows.push_back({"  next event", at_text(zone.next)});
  rows.push_back({"  last pass", last_pass_text(zone.state)});
  print_rows(rows);
}

ordered_json key_json(const model::RingKey& key) {
  ordered_json json{{"id", key.id},
                    {"role", to_text(key.role)},
                    {"tag", key.tag},
                    {"algorithm", key.algorithm},
                    {"goal", to_text(key.goal)}};
  for (const auto record : model::kKeyRecords) {
    if (!key.owns(record)) continue;
    const auto& state = key.at(record);
    json["records"][std::string(to_text(record))] = {{"state", to_text(state.visibility)},
                                                     {"since", to_text(state.since)},
                                                     {"version", state.version}};
  }
  return json;
}

ordered_json to_json(const ZoneStatus& zone, const engine::Verdict& verdict) {
  const auto& state = zone.state;
  ordered_json json{{"zone", state.name},       {"health", to_text(verdict.health)},
                    {"reason", verdict.reason}, {"configured", zone.is_configured},
                    {"version", state.version}, {"serial", state.serial}};
  if (state.source_serial) json["source_serial"] = *state.source_serial;
  const auto& publications = state.facts.publications;
  const auto published = publications.empty() ? std::nullopt : publications.back().published;
  if (published) json["published"] = to_text(*published);
  if (state.earliest_expiration) json["earliest_expiration"] = to_text(*state.earliest_expiration);
  json["keys"] = ordered_json::array();
  for (const auto& key : state.ring.keys) json["keys"].push_back(key_json(key));
  json["waits"] = ordered_json::array();
  for (const auto& wait : zone.waits) {
    ordered_json one{{"rule", wait.rule}, {"reason", wait.reason}, {"since", to_text(wait.since)}};
    if (wait.until) one["until"] = to_text(*wait.until);
    one["operator"] = wait.is_operators;
    json["waits"].push_back(std::move(one));
  }
  json["findings"] = ordered_json::array();
  for (const auto& finding : state.findings) {
    json["findings"].push_back({{"id", finding.id},
                                {"level", finding.level},
                                {"text", finding.text},
                                {"since", to_text(finding.since)}});
  }
  if (zone.next) json["next"] = to_text(*zone.next);
  if (state.last_pass) json["last_pass"] = to_text(*state.last_pass);
  json["last_outcome"] = state.last_outcome;
  return json;
}

/// Codes of monitoring plug-ins.
ExitCode plugin_code(Health worst) {
  return static_cast<ExitCode>(static_cast<int>(worst));
}

struct Judged {
  std::vector<std::pair<ZoneStatus, engine::Verdict>> zones{};
  std::vector<engine::CertificateStatus> certificates{};  ///< none where zones were named
};

void print_text(const engine::CertificateStatus& one) {
  const auto& state = one.state;
  const auto& verdict = one.verdict;
  print_line(fmt::format("certificate {}  {}{}{}", state.binding.name, to_text(verdict.health),
                         verdict.reason.empty() ? "" : ": ", verdict.reason));
  std::vector<Row> rows;
  const auto& served = state.binding.served;
  rows.push_back({"  served", served ? "until " + to_text(served->not_after) : "nothing yet"});
  rows.push_back({"  state", one.label});
  for (const auto& wait : one.waits) {
    rows.push_back({"  waits", app::wait_text(wait) + (wait.is_operators ? " (yours)" : "")});
  }
  for (const auto& finding : one.findings) add_lines(rows, "  finding", finding.text);
  if (one.wake) rows.push_back({"  next event", to_text(*one.wake)});
  print_rows(rows);
}

/// The first of several ends; none when there are none.
struct Earliest {
  std::optional<sys_seconds> at{};

  void add(sys_seconds other) { at = at ? std::min(*at, other) : other; }
  /// " NAME=SECONDSs", as monitoring plug-ins print it.
  [[nodiscard]] std::string data(std::string_view name, sys_seconds now) const {
    return at ? fmt::format(" {}={}s", name, (*at - now).count()) : std::string();
  }
};

/// What follows the first line is advice, and performance data come after the bar.
std::string for_plugin(std::string_view reason) {
  std::string line(reason.substr(0, reason.find('\n')));
  std::ranges::replace(line, '|', '/');
  return line;
}

ExitCode print_check(const Judged& judged, sys_seconds now) {
  const auto& zones = judged.zones;
  auto worst = Health::kOk;
  std::string reasons;
  Earliest validity;
  Earliest certificate;
  const auto count = [&](const std::string& name, const engine::Verdict& verdict) {
    worst = std::max(worst, verdict.health);
    if (verdict.health == Health::kOk) return;
    reasons +=
        fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", name, for_plugin(verdict.reason));
  };
  for (const auto& one : judged.certificates) {
    count("certificate " + one.state.binding.name, one.verdict);
    const auto& served = one.state.binding.served;
    if (served) certificate.add(served->not_after);
  }
  for (const auto& [zone, verdict] : zones) {
    count(zone.state.name, verdict);
    if (zone.state.earliest_expiration) validity.add(*zone.state.earliest_expiration);
  }
  const auto certificates = judged.certificates.size();
  auto what = fmt::format("{} zones", zones.size());
  auto data = fmt::format("zones={}{}", zones.size(), validity.data("smallest_validity", now));
  if (certificates != 0) {
    const auto counted = fmt::format("{} certificates", certificates);
    what = zones.empty() ? counted : fmt::format("{}, {}", what, counted);
    data += fmt::format(" certificates={}{}", certificates,
                        certificate.data("smallest_certificate", now));
  }
  print_line(fmt::format("{} - {}{}{} | {}", to_text(worst), what, reasons.empty() ? "" : ": ",
                         reasons, data));
  return plugin_code(worst);
}

void print_all(const Judged& judged, const config::Config& config, const Voice& voice) {
  const auto& zones = judged.zones;
  if (voice.form == Voice::Form::kJson) {
    auto json = ordered_json::array();
    for (const auto& [zone, verdict] : zones) json.push_back(to_json(zone, verdict));
    print_line(json.dump(2));
  } else {
    const bool is_quiet = voice.detail == Voice::Detail::kQuiet;
    for (const auto& [zone, verdict] : zones) {
      if (!is_quiet || verdict.health != Health::kOk) print_text(zone, verdict);
    }
    for (const auto& one : judged.certificates) {
      if (!is_quiet || one.verdict.health != Health::kOk) print_text(one);
    }
    if (!is_quiet && zones.empty() && judged.certificates.empty())
      print_line(fmt::format("{} names no zones yet", config.file.string()));
  }
}

/// Those of WANTED, or all when it is empty.
Result<Judged> judge_all(const config::Config& config, store::State& state,
                         const std::vector<std::string>& wanted, sys_seconds now) {
  DW_TRY(auto all, engine::read_status(config, state, now));
  Judged judged;
  for (auto& zone : all) {
    const bool is_wanted =
        wanted.empty() || std::ranges::find(wanted, zone.state.name) != wanted.end();
    if (!is_wanted) continue;
    auto verdict = engine::judge(zone, config, now);
    judged.zones.emplace_back(std::move(zone), std::move(verdict));
  }
  if (wanted.empty()) {
    DW_TRY(judged.certificates, engine::read_certificate_status(config, state, now));
  }
  return judged;
}

}  // namespace

ExitCode run(const StatusCommand& command, const Voice& voice) {
  const auto trouble = [&](const Error& error) {
    print_error(error, voice);
    if (command.is_check) return plugin_code(Health::kUnknown);
    return error.code() == Errc::kBadInput ? ExitCode::kUsage : exit_code(error);
  };
  const auto config = read_checked_config(command.config, voice);
  if (!config) return command.is_check ? plugin_code(Health::kUnknown) : ExitCode::kUsage;
  const auto wanted = zone_names(command.zones, *config);
  if (!wanted) return trouble(wanted.error());
  auto state = store::State::open(config->state, store::State::Access::kRead);
  if (!state) return trouble(state.error());
  const auto judged = judge_all(*config, *state, *wanted, command.now);
  if (!judged) return trouble(judged.error());
  if (command.is_check) return print_check(*judged, command.now);
  print_all(*judged, *config, voice);
  return ExitCode::kDone;
}

}  // namespace danewerk::app
