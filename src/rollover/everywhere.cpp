#include "rollover/everywhere.h"

#include <algorithm>

#include <fmt/format.h>

#include "rollover/ids.h"

namespace danewerk::rollover {

namespace {

using model::LedgerKind;
using model::Secondary;
using model::VersionNumber;

std::optional<sys_seconds> first_sight(const Secondary& secondary, VersionNumber version) {
  std::optional<sys_seconds> first;
  for (const auto& sight : secondary.seen) {
    if (sight.version >= version && (!first || sight.at < *first)) first = sight.at;
  }
  return first;
}

VersionNumber newest_seen(const Secondary& secondary) {
  VersionNumber newest = 0;
  for (const auto& sight : secondary.seen) newest = std::max(newest, sight.version);
  return newest;
}

/// The largest EXPIRE among the versions before VERSION that the secondary may still serve. Of a
/// zone whose first version this is, what it says itself: nothing is known of those before.
std::optional<seconds> largest_expire(const Secondary& secondary, VersionNumber version,
                                      const model::Facts& facts) {
  const auto held = newest_seen(secondary);
  std::optional<seconds> before;
  std::optional<seconds> any;
  for (const auto& entry : facts.ledger) {
    if (entry.kind != LedgerKind::kExpire || entry.first > version) continue;
    any = std::max(any.value_or(seconds(0)), entry.value);
    const bool is_held = entry.until == 0 || entry.until > held;
    if (entry.first < version && is_held)
      before = std::max(before.value_or(seconds(0)), entry.value);
  }
  return before ? before : any;
}

/// Secondaries are looked at once in so long at least: one that obeyed fell silent before.
constexpr std::chrono::hours kLooks{24};

/// Until when one listed secondary may serve something older.
Moment refreshed(const Secondary& secondary, VersionNumber version, sys_seconds published,
                 const Outside& outside) {
  if (const auto sight = first_sight(secondary, version)) {
    return Moment{.at = std::max(*sight, published) + outside.policy.propagation_delay};
  }
  // Switched off, it served the older version until it fell silent. One that answers is waited for:
  // the word was given for a server that was not to come back.
  if (secondary.released >= version && secondary.silent_since) {
    return Moment{.at = std::max(*secondary.silent_since, published) +
                        outside.policy.propagation_delay};
  }
  // It goes on showing that, whatever SOA EXPIRE says.
  if (!secondary.trouble.empty()) {
    return Moment{.rule = ids::kNotShown,
                  .reason = fmt::format("secondary {} {}", secondary.address, secondary.trouble)};
  }
  Moment moment{.rule = ids::kNotSeen,
                .reason = fmt::format("secondary {} has not been seen with version {}",
                                      secondary.address, version)};
  const auto expire = largest_expire(secondary, version, outside.facts);
  if (!expire) return moment;
  // RFC 1035 section 3.3.13 bounds what is not refreshed. One that answers is, by somebody else,
  // and may have been just before it fell silent.
  const auto expired = published + *expire;
  const auto& silent = secondary.silent_since;
  if (!silent && outside.now >= expired) {
    moment.reason += fmt::format(", and answers though SOA EXPIRE passed at {}", to_text(expired));
    return moment;
  }
  const bool is_late = silent && *silent > expired + kLooks;
  const auto end = is_late ? *silent + *expire : expired;
  if (outside.now >= end) return Moment{.at = end};
  moment.latest = end;
  moment.reason += fmt::format("; it stops serving the old one by {}", to_text(end));
  return moment;
}

}  // namespace

std::optional<sys_seconds> published_at(VersionNumber version, const Outside& outside) {
  std::optional<sys_seconds> first;
  if (version >= outside.next_version) return first;
  for (const auto& publication : outside.facts.publications) {
    if (publication.version < version || !publication.published) continue;
    if (!first || *publication.published < *first) first = publication.published;
  }
  return first;
}

Moment everywhere(VersionNumber version, const Outside& outside) {
  if (version == 0) return Moment{.at = sys_seconds{}};
  const auto published = published_at(version, outside);
  if (!published) {
    return Moment{.rule = ids::kNotPublished,
                  .reason = fmt::format("version {} is not published yet", version)};
  }
  if (outside.facts.secondaries.empty()) {
    return Moment{.at = *published + expected_propagation(outside)};
  }
  Moment last{.at = published};
  for (const auto& secondary : outside.facts.secondaries) {
    last = later_of(last, refreshed(secondary, version, *published, outside));
  }
  return last;
}

seconds expected_propagation(const Outside& outside) {
  const auto& delay = outside.policy.propagation_delay;
  if (!outside.facts.secondaries.empty()) return delay;
  return std::max(delay, outside.facts.soa_refresh + outside.facts.soa_retry);
}

}  // namespace danewerk::rollover
