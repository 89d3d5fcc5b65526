#include "daemon/schedule.h"

#include <algorithm>

namespace danewerk::daemon {

namespace {

/// Something is to be done, and could not be: a pass by itself will not make it better at once.
bool has_trouble(const store::ZoneSummary& zone) {
  return zone.version == 0 || !zone.is_published || zone.has_findings;
}

/// When the engine, or trouble, wants a look; nothing: neither.
std::optional<sys_seconds> wanted(const store::ZoneSummary& zone, sys_seconds now) {
  auto at = zone.wake;
  const auto sooner = [&](sys_seconds other) {
    if (!at || other < *at) at = other;
  };
  // A clock that was ahead when the zone was looked at must not put the next look off.
  const auto last = std::min(zone.last_pass.value_or(now), now);
  if (zone.has_findings) sooner(last + Schedule::kFindings);
  if (zone.version == 0 || !zone.is_published) sooner(last);
  return at;
}

}  // namespace

seconds back_off(unsigned tries, seconds first, seconds most) {
  auto span = first;
  for (unsigned i = 1; i < tries && span < most; ++i) span *= 2;
  return std::min(span, most);
}

Schedule::Zone Schedule::plan(const store::ZoneSummary& zone, sys_seconds at, Turn turn,
                              sys_seconds now) const {
  if (at > now) return {.look = at};
  const auto before = zones_.find(zone.name);
  const unsigned tries = before == zones_.end() ? 0 : before->second.tries;
  if (turn == Turn::kLooked) {
    const auto first = has_trouble(zone) ? kFirstRetry : kAtOnce;
    return {.look = now + back_off(tries + 1, first, kFindings), .tries = tries + 1};
  }
  if (tries == 0) return {.look = at};
  // It was not this zone's turn: its time stays, unless it lies where a clock once was.
  return {.look = std::min(before->second.look, now + kFindings), .tries = tries};
}

void Schedule::enter(const std::vector<store::ZoneSummary>& summaries, const ZoneNames& looked,
                     const ZoneNames& names, sys_seconds now) {
  std::map<std::string, Zone, std::less<>> zones;
  next_.reset();
  for (const auto& summary : summaries) {
    const auto at = wanted(summary, now);
    if (!at || !names.contains(summary.name)) continue;
    const auto turn = looked.contains(summary.name) ? Turn::kLooked : Turn::kOthers;
    const auto zone = plan(summary, *at, turn, now);
    if (!next_ || zone.look < *next_) next_ = zone.look;
    zones.emplace_hint(zones.end(), summary.name, zone);
  }
  zones_ = std::move(zones);
}

ZoneNames Schedule::due(sys_seconds now) const {
  ZoneNames names;
  if (!next_ || *next_ > now) return names;
  for (const auto& [name, zone] : zones_) {
    if (zone.look <= now) names.insert(names.end(), name);
  }
  return names;
}

}  // namespace danewerk::daemon
