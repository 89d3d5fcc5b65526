#include "engine/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/parallel.h"
#include "rollover/ids.h"
#include "source/zone_file.h"

namespace danewerk::engine {

namespace {

using model::Visibility;
using Kind = PlannedEvent::Kind;

/// What the rollover engine has to know of a zone that was never signed.
Result<VersionTraits> traits_of_file(const config::ZoneConfig& zone, const dns::Name& apex) {
  const auto read = source::read_zone_file(
      zone.file, {.origin = apex, .dnssec = source::Dnssec::kDrop, .jobs = 1});
  if (!read.zone || read.findings.has_errors()) {
    return fail(Errc::kBadInput, fmt::format("'{}' cannot be read as a zone", zone.file.string()),
                "danewerk check tells why");
  }
  const dns::Change change{dns::Zone(apex.view()), *read.zone};
  return traits_of(change, {});
}

Result<Forecast> forecast_of(const PlanTask& task, const config::ZoneConfig& zone,
                             std::optional<model::ZoneState> known) {
  DW_TRY(const auto apex, dns::name_from_text(zone.name));
  SimulationTask simulation{.policy = &task.config->policy_of(zone),
                            .now = task.now,
                            .until = task.until,
                            .ds_delay = task.ds_delay,
                            .owner_octets = apex.view().wire().size()};
  auto traits = known ? present_traits(known->facts) : std::nullopt;
  if (!traits) {
    DW_TRY(traits, traits_of_file(zone, apex));
  }
  simulation.traits = *traits;
  auto state = known ? *std::move(known) : model::ZoneState{};
  state.name = zone.name;
  return simulate(std::move(state), simulation);
}

bool is_same(const PlannedEvent& a, const PlannedEvent& b) {
  return a.kind == b.kind && a.key == b.key && a.record == b.record && a.to == b.to;
}

using Keys = std::set<std::string, std::less<>>;

/// Keys with such an event at that moment.
Keys keys_at(const Forecast& forecast, sys_seconds at, Kind kind) {
  Keys keys;
  for (const auto& event : forecast.events) {
    if (event.at == at && event.kind == kind) keys.insert(event.key);
  }
  return keys;
}

/// When what begins at that moment can have ended: new keys are in place, old ones gone.
std::optional<sys_seconds> end_of(const Forecast& forecast, sys_seconds begin) {
  const auto fresh = keys_at(forecast, begin, Kind::kKey);
  const auto moved = keys_at(forecast, begin, Kind::kStep);
  std::optional<sys_seconds> end;
  Keys settled;
  for (const auto& event : forecast.events) {
    if (event.kind != Kind::kStep || event.at < begin) continue;
    const bool is_fresh = fresh.contains(event.key);
    // The way out of a key that came just now belongs to the roll after this one.
    if (is_fresh && event.to == Visibility::kUnretentive) settled.insert(event.key);
    if ((is_fresh || moved.contains(event.key)) && !settled.contains(event.key)) end = event.at;
  }
  return end;
}

/// What follows from a configuration and from nothing that happens later: all that happens now,
/// and keys of another kind, even if another roll has to end before.
bool begins(const PlannedEvent& event, sys_seconds now) {
  return event.at == now ||
         (event.kind == Kind::kKey && event.rule == rollover::ids::kPolicyChanged);
}

Consequence consequence_of(const Forecast& forecast, const PlannedEvent& event) {
  Consequence found{.zone = forecast.zone, .at = event.at, .what = event.what, .rule = event.rule};
  if (event.kind == Kind::kKey || event.kind == Kind::kStep) {
    found.earliest_end = end_of(forecast, event.at);
  }
  return found;
}

std::vector<Consequence> difference(const Forecast& before, const Forecast& after,
                                    sys_seconds now) {
  std::vector<Consequence> found;
  for (const auto& event : after.events) {
    if (!begins(event, now)) continue;
    const bool is_known = std::ranges::any_of(before.events, [&](const PlannedEvent& other) {
      return begins(other, now) && is_same(event, other);
    });
    if (!is_known) found.push_back(consequence_of(after, event));
  }
  return found;
}

void compare_signing(const model::Policy& before, const model::Policy& after,
                     const std::string& zone, sys_seconds now, std::vector<Consequence>& found) {
  const auto add = [&](std::string what) {
    found.push_back({.zone = zone, .at = now, .what = std::move(what)});
  };
  if (before.denial != after.denial) {
    add("the proof of denial is made anew: every NSEC or NSEC3 and its signature, in one version");
  }
  if (before.dnskey_ttl != after.dnskey_ttl) {
    add(fmt::format("the TTL of DNSKEY becomes {} (was {}): it is signed again",
                    to_text(after.dnskey_ttl), to_text(before.dnskey_ttl)));
  }
  if (before.has_zonemd != after.has_zonemd) {
    add(after.has_zonemd ? "a ZONEMD record is added" : "the ZONEMD record goes");
  }
}

void compare_zones(const config::Config& before, const config::Config& after, sys_seconds now,
                   std::vector<Consequence>& found) {
  for (const auto& [name, zone] : before.zones) {
    if (after.zones.contains(name)) continue;
    found.push_back({.zone = name,
                     .at = now,
                     .what = "it leaves the configuration: its signatures are not renewed any "
                             "more"});
  }
  for (const auto& [name, zone] : after.zones) {
    const auto old = before.zones.find(name);
    if (old == before.zones.end()) continue;
    compare_signing(before.policy_of(old->second), after.policy_of(zone), name, now, found);
  }
}

}  // namespace

Result<std::vector<Forecast>> make_plan(const PlanTask& task, const store::State* state) {
  std::vector<const config::ZoneConfig*> zones;
  std::vector<std::optional<model::ZoneState>> known;
  for (const auto& [name, zone] : task.config->zones) {
    if (!task.zones.empty() && !task.zones.contains(name)) continue;
    zones.push_back(&zone);
    known.emplace_back();
    if (state == nullptr) continue;
    DW_TRY(known.back(), state->load(name));
  }
  std::vector<Forecast> forecasts(zones.size());
  for_each_part(task.jobs, zones.size(), [&](std::size_t i) {
    auto forecast = forecast_of(task, *zones[i], std::move(known[i]));
    if (forecast) {
      forecasts[i] = *std::move(forecast);
    } else {
      forecasts[i].zone = zones[i]->name;
      forecasts[i].trouble = forecast.error().message();
    }
  });
  return forecasts;
}

std::vector<Consequence> consequences(const Forecast& forecast, sys_seconds now) {
  return difference(Forecast{}, forecast, now);
}

Result<std::vector<Consequence>> compare_plans(const PlanTask& before, const PlanTask& after,
                                               const store::State* state) {
  DW_TRY(const auto old, make_plan(before, state));
  DW_TRY(const auto fresh, make_plan(after, state));
  std::vector<Consequence> found;
  for (const auto& forecast : fresh) {
    const auto same = std::ranges::find(old, forecast.zone, &Forecast::zone);
    auto own = difference(same == old.end() ? Forecast{} : *same, forecast, after.now);
    std::ranges::move(own, std::back_inserter(found));
  }
  compare_zones(*before.config, *after.config, after.now, found);
  return found;
}

}  // namespace danewerk::engine
