#include "daemon/run_request.h"

#include <mutex>
#include <set>

#include <fmt/format.h>

namespace danewerk::daemon {

namespace {

constexpr unsigned kMostJobs = 1024;

/// Identifiers of findings and rules are literals where they are made. Those of another process
/// live here; there is no more than a few hundred of them.
std::string_view keep(const std::string& id) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> kept;
  const std::scoped_lock lock(mutex);
  return *kept.insert(id).first;
}

std::int64_t number(sys_seconds at) {
  return at.time_since_epoch().count();
}
sys_seconds instant(const Json& json) {
  return sys_seconds(seconds(json.get<std::int64_t>()));
}

void put(Json& object, const char* field, const std::optional<sys_seconds>& at) {
  if (at) object[field] = number(*at);
}
std::optional<sys_seconds> optional_instant(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found == object.end() ? std::nullopt : std::optional(instant(*found));
}

Json finding_body(const Finding& finding) {
  return {{"id", finding.id},
          {"level", to_text(finding.level)},
          {"message", finding.message},
          {"owner", finding.owner},
          {"place", {finding.place.file, finding.place.line, finding.place.column}},
          {"hint", finding.hint}};
}

Level level_from(const std::string& text) {
  for (const auto level : {Level::kInfo, Level::kWarning}) {
    if (text == to_text(level)) return level;
  }
  return Level::kError;
}

Finding finding_from(const Json& body) {
  const auto& place = body.at("place");
  return {.id = keep(body.at("id").get<std::string>()),
          .level = level_from(body.at("level").get<std::string>()),
          .message = body.at("message").get<std::string>(),
          .owner = body.at("owner").get<std::string>(),
          .place = {.file = place.at(0).get<std::string>(),
                    .line = place.at(1).get<std::uint32_t>(),
                    .column = place.at(2).get<std::uint32_t>()},
          .hint = body.at("hint").get<std::string>()};
}

Json findings_body(const Findings& findings) {
  auto list = Json::array();
  for (const auto& finding : findings.list()) list.push_back(finding_body(finding));
  return {{"list", std::move(list)}, {"counts", findings.counts()}};
}

Findings findings_from(const Json& body) {
  Findings findings;
  for (const auto& one : body.at("list")) findings.add(finding_from(one));
  // Those that were counted and not kept are counted here, too.
  for (const auto& [id, count] : body.at("counts").items()) {
    for (auto n = findings.count(id); n < count.get<std::uint64_t>(); ++n) {
      findings.add({.id = keep(id), .level = Level::kWarning, .message = {}});
    }
  }
  return findings;
}

Json wait_body(const rollover::Wait& wait) {
  Json body{{"key", wait.key},
            {"record", to_text(wait.record)},
            {"to", to_text(wait.to)},
            {"rule", wait.rule},
            {"reason", wait.reason},
            {"since", number(wait.since)},
            {"operator", wait.is_operators}};
  put(body, "until", wait.until);
  put(body, "latest", wait.latest);
  return body;
}

rollover::Wait wait_from(const Json& body) {
  const auto record = model::key_record_from_text(body.at("record").get<std::string>());
  const auto to = model::visibility_from_text(body.at("to").get<std::string>());
  return {.key = body.at("key").get<std::string>(),
          .record = record.value_or(model::KeyRecord::kDnskey),
          .to = to.value_or(model::Visibility::kHidden),
          .rule = keep(body.at("rule").get<std::string>()),
          .reason = body.at("reason").get<std::string>(),
          .since = instant(body.at("since")),
          .until = optional_instant(body, "until"),
          .latest = optional_instant(body, "latest"),
          .is_operators = body.at("operator").get<bool>()};
}

Json zone_body(const engine::ZoneReport& zone) {
  auto waits = Json::array();
  for (const auto& wait : zone.waits) waits.push_back(wait_body(wait));
  return {{"name", zone.name},
          {"serial", zone.serial},
          {"what", zone.what},
          {"failed", zone.failed},
          {"waits_for_operator", zone.waits_for_operator},
          {"news", zone.news},
          {"findings", findings_body(zone.findings)},
          {"waits", std::move(waits)}};
}

engine::ZoneReport zone_from(const Json& body) {
  engine::ZoneReport zone{.name = body.at("name").get<std::string>(),
                          .serial = body.at("serial").get<std::uint32_t>(),
                          .what = body.at("what").get<std::string>(),
                          .failed = body.at("failed").get<bool>(),
                          .waits_for_operator = body.at("waits_for_operator").get<bool>(),
                          .news = body.at("news").get<std::vector<std::string>>(),
                          .findings = findings_from(body.at("findings"))};
  for (const auto& wait : body.at("waits")) zone.waits.push_back(wait_from(wait));
  return zone;
}

Json wait_body(const rollover::BindingWait& wait) {
  Json body{{"subject", wait.subject},
            {"rule", wait.rule},
            {"reason", wait.reason},
            {"since", number(wait.since)},
            {"operator", wait.is_operators}};
  put(body, "until", wait.until);
  put(body, "latest", wait.latest);
  put(body, "expected", wait.expected);
  return body;
}

rollover::BindingWait binding_wait_from(const Json& body) {
  return {.subject = body.at("subject").get<std::string>(),
          .rule = keep(body.at("rule").get<std::string>()),
          .reason = body.at("reason").get<std::string>(),
          .since = instant(body.at("since")),
          .until = optional_instant(body, "until"),
          .latest = optional_instant(body, "latest"),
          .expected = optional_instant(body, "expected"),
          .is_operators = body.at("operator").get<bool>()};
}

Json binding_body(const engine::BindingReport& binding) {
  auto waits = Json::array();
  for (const auto& wait : binding.waits) waits.push_back(wait_body(wait));
  return {{"name", binding.name},
          {"what", binding.what},
          {"label", binding.label},
          {"renewal", name_of(binding.renewal)},
          {"zones", binding.zones},
          {"failed", binding.failed},
          {"waits_for_operator", binding.waits_for_operator},
          {"news", binding.news},
          {"findings", findings_body(binding.findings)},
          {"waits", std::move(waits)}};
}

engine::BindingReport binding_from(const Json& body) {
  engine::BindingReport binding{.name = body.at("name").get<std::string>(),
                                .what = body.at("what").get<std::string>(),
                                .label = body.at("label").get<std::string>(),
                                .failed = body.at("failed").get<bool>(),
                                .waits_for_operator = body.at("waits_for_operator").get<bool>(),
                                .news = body.at("news").get<std::vector<std::string>>(),
                                .findings = findings_from(body.at("findings"))};
  binding.zones = body.at("zones").get<std::set<std::string>>();
  const auto renewal = body.at("renewal").get<std::string>();
  for (const auto one : {engine::Renewal::kServed, engine::Renewal::kStaged}) {
    if (renewal == name_of(one)) binding.renewal = one;
  }
  for (const auto& wait : body.at("waits")) binding.waits.push_back(binding_wait_from(wait));
  return binding;
}

}  // namespace

Json run_request(const engine::RunTask& task) {
  using FirstKeys = engine::PassTask::FirstKeys;
  return {{"request", "run"},
          {"zones", task.zones},
          {"jobs", task.jobs},
          {"new_zone", task.first_keys == FirstKeys::kNewZone},
          {"clock_ok", task.clock == engine::RunTask::Clock::kTrusted},
          {"no_secondaries", task.restored == engine::RunTask::Restored::kNobodyToAsk}};
}

Result<engine::RunTask> run_task_from(const Json& request) {
  engine::RunTask task;
  try {
    for (const auto& zone : request.at("zones")) task.zones.insert(zone.get<std::string>());
    task.jobs = request.at("jobs").get<unsigned>();
    if (request.at("new_zone").get<bool>()) {
      task.first_keys = engine::PassTask::FirstKeys::kNewZone;
    }
    if (request.at("clock_ok").get<bool>()) task.clock = engine::RunTask::Clock::kTrusted;
    if (request.at("no_secondaries").get<bool>()) {
      task.restored = engine::RunTask::Restored::kNobodyToAsk;
    }
  } catch (const Json::exception& e) {
    return fail(Errc::kBadInput, fmt::format("this is no request for a pass: {}", e.what()));
  }
  if (task.jobs == 0 || task.jobs > kMostJobs) {
    return fail(Errc::kBadInput, fmt::format("a pass has 1 to {} threads", kMostJobs));
  }
  return task;
}

Json report_body(const engine::RunReport& report) {
  auto zones = Json::array();
  for (const auto& zone : report.zones) zones.push_back(zone_body(zone));
  auto bindings = Json::array();
  for (const auto& binding : report.bindings) bindings.push_back(binding_body(binding));
  Json body{{"zones", std::move(zones)}, {"bindings", std::move(bindings)},
            {"idle", report.idle},       {"published", report.published},
            {"left", report.left},       {"orphans", report.orphans},
            {"trouble", report.trouble}};
  if (const auto& holder = report.held_by) {
    body["held_by"] = {
        {"pid", holder->pid}, {"what", holder->what}, {"since", number(holder->since)}};
  }
  return body;
}

Result<engine::RunReport> report_from(const Json& body) {
  engine::RunReport report;
  try {
    for (const auto& zone : body.at("zones")) report.zones.push_back(zone_from(zone));
    for (const auto& one : body.at("bindings")) report.bindings.push_back(binding_from(one));
    report.idle = body.at("idle").get<std::size_t>();
    report.published = body.at("published").get<std::size_t>();
    report.left = body.at("left").get<std::size_t>();
    report.orphans = body.at("orphans").get<std::vector<std::string>>();
    report.trouble = body.at("trouble").get<std::string>();
    if (const auto holder = body.find("held_by"); holder != body.end()) {
      report.held_by = store::LockHolder{.pid = holder->at("pid").get<pid_t>(),
                                         .what = holder->at("what").get<std::string>(),
                                         .since = instant(holder->at("since"))};
    }
  } catch (const Json::exception& e) {
    return fail(Errc::kBadInput, fmt::format("danewerkd sent no report: {}", e.what()));
  }
  return report;
}

}  // namespace danewerk::daemon
