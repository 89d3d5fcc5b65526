#include "engine/status.h"

#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/format.h>

#include "engine/signature_schedule.h"
#include "model/policy.h"

namespace danewerk::engine {

namespace {

constexpr seconds kUnpublishedTooLong = std::chrono::days(1);
constexpr seconds kMissedPass = std::chrono::days(1);

ZoneStatus status_of(model::ZoneState state, const config::Config& config, sys_seconds now) {
  ZoneStatus status{.state = std::move(state)};
  const auto zone = config.zones.find(status.state.name);
  if (zone == config.zones.end()) {
    status.is_configured = false;
    return status;
  }
  // The engine is asked, and its steps are left to the next pass.
  auto decision = rollover::decide({.ring = status.state.ring,
                                    .facts = status.state.facts,
                                    .policy = config.policy_of(zone->second),
                                    .now = now,
                                    .next_version = status.state.version + 1,
                                    .step_released = status.state.is_step_released,
                                    .is_frozen = status.state.is_frozen});
  status.waits = std::move(decision.waits);
  status.next = status.state.wake;
  return status;
}

Verdict judge_signatures(const ZoneStatus& zone, const config::Config& config, sys_seconds now) {
  if (!zone.state.earliest_expiration) return {};
  const auto left = *zone.state.earliest_expiration - now;
  const auto refresh =
      refresh_of(config.policy_of(config.zones.at(zone.state.name)), zone.state.facts);
  if (left <= seconds(0)) return {Health::kCritical, "signatures have run out"};
  const auto text = fmt::format("the first signature runs out in {}", danewerk::to_text(left));
  if (left <= refresh / 4) return {Health::kCritical, text};
  if (left + kMissedPass <= refresh) return {Health::kWarning, text + " and was not renewed"};
  return {};
}

Verdict judge_publication(const ZoneStatus& zone, sys_seconds now) {
  const auto& publications = zone.state.facts.publications;
  if (zone.state.version == 0) return {Health::kCritical, "it was never signed"};
  if (publications.empty() || publications.back().published) return {};
  const bool long_ago = !zone.state.last_pass || *zone.state.last_pass + kUnpublishedTooLong <= now;
  return {long_ago ? Health::kCritical : Health::kWarning,
          fmt::format("serial {} is not published", zone.state.serial)};
}

Verdict judge_findings(const ZoneStatus& zone) {
  for (const auto& finding : zone.state.findings) {
    if (finding.level == "error") return {Health::kCritical, finding.text};
  }
  for (const auto& wait : zone.waits) {
    if (wait.is_operators) return {Health::kWarning, "waits for the operator: " + wait.reason};
  }
  return {};
}

}  // namespace

std::string_view to_text(Health health) {
  switch (health) {
    case Health::kOk:
      return "OK";
    case Health::kWarning:
      return "WARNING";
    case Health::kCritical:
      return "CRITICAL";
    case Health::kUnknown:
      break;
  }
  return "UNKNOWN";
}

Result<std::vector<ZoneStatus>> read_status(const config::Config& config, const store::State& state,
                                            sys_seconds now) {
  std::vector<ZoneStatus> all;
  std::set<std::string, std::less<>> seen;
  DW_TRY(const auto summaries, state.zones());
  for (const auto& summary : summaries) {
    DW_TRY(auto zone, state.load(summary.name));
    if (!zone) continue;
    seen.insert(zone->name);
    all.push_back(status_of(*std::move(zone), config, now));
  }
  for (const auto& [name, zone] : config.zones) {
    if (seen.contains(name)) continue;
    ZoneStatus status;
    status.state.name = name;
    all.push_back(std::move(status));
  }
  std::ranges::sort(all, {}, [](const ZoneStatus& zone) { return zone.state.name; });
  return all;
}

Result<std::optional<ZoneStatus>> read_zone_status(const config::Config& config,
                                                   const store::State& state,
                                                   const std::string& zone, sys_seconds now) {
  DW_TRY(auto loaded, state.load(zone));
  if (!loaded) return std::optional<ZoneStatus>{};
  return std::optional(status_of(*std::move(loaded), config, now));
}

Verdict judge(const ZoneStatus& zone, const config::Config& config, sys_seconds now) {
  if (!zone.is_configured) return {Health::kWarning, "it is not in the configuration any more"};
  Verdict worst;
  for (auto verdict :
       {judge_signatures(zone, config, now), judge_publication(zone, now), judge_findings(zone)}) {
    if (verdict.health > worst.health) worst = std::move(verdict);
  }
  const bool missed = zone.next && *zone.next + kMissedPass <= now;
  if (worst.health == Health::kOk && missed) {
    worst = {Health::kWarning, fmt::format("a pass was due at {}", danewerk::to_text(*zone.next))};
  }
  return worst;
}

}  // namespace danewerk::engine
