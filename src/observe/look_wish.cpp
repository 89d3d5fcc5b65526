#include <algorithm>

#include "observe/look.h"

namespace danewerk::observe {

namespace {

using model::KeyRecord;
using model::Visibility;

constexpr seconds kSecondariesEvery = std::chrono::hours(1);
constexpr seconds kParentsEvery = std::chrono::days(1);

model::VersionNumber newest_published(const model::Facts& facts) {
  model::VersionNumber newest = 0;
  for (const auto& one : facts.publications) {
    if (one.published) newest = std::max(newest, one.version);
  }
  return newest;
}

bool awaits_secondary(const model::Facts& facts) {
  const auto newest = newest_published(facts);
  return std::ranges::any_of(facts.secondaries, [&](const model::Secondary& secondary) {
    return newest_seen(secondary) < newest;
  });
}

/// When the DS of a key is to be looked at; none: nothing is awaited.
std::optional<sys_seconds> ds_due(const model::RingKey& key, const model::Facts& facts) {
  if (!key.owns(KeyRecord::kDs)) return std::nullopt;
  const auto visibility = key.visibility(KeyRecord::kDs);
  const bool comes = visibility == Visibility::kRumoured;
  if (!comes && visibility != Visibility::kUnretentive) return std::nullopt;
  const auto found = facts.ds.find(key.id);
  const auto sight = found == facts.ds.end() ? model::DsSight() : found->second;
  if (comes ? sight.seen.has_value() : sight.gone.has_value()) return std::nullopt;
  const auto& first = comes ? sight.seen_first : sight.gone_first;
  return first ? *first + kBetweenLooks : sys_seconds{};
}

std::optional<sys_seconds> ds_due(const model::ZoneState& state) {
  std::optional<sys_seconds> due;
  for (const auto& key : state.ring.keys) {
    const auto one = ds_due(key, state.facts);
    if (one && (!due || *one < *due)) due = one;
  }
  return due;
}

sys_seconds after(std::optional<sys_seconds> last, seconds span) {
  return last ? *last + span : sys_seconds{};
}

}  // namespace

LookWish wants_look(const model::ZoneState& state, WhoIsThere who, sys_seconds now) {
  LookWish wish{.next = now + kParentsEvery};
  const auto note = [&](sys_seconds due) {
    wish.next = std::min(wish.next, due <= now ? now + kBetweenLooks : due);
    return due <= now;
  };
  if (who.has_secondaries) {
    const bool is_awaited = who.awaits_records || awaits_secondary(state.facts);
    const auto due = is_awaited ? sys_seconds{} : after(state.facts.looked, kSecondariesEvery);
    wish.secondaries = note(due);
    if (wish.secondaries && due != sys_seconds{}) wish.next = now + kSecondariesEvery;
  }
  if (who.has_parents) {
    const auto daily = after(state.facts.looked_at_ds, kParentsEvery);
    wish.parents = daily <= now;
    if (!wish.parents) wish.next = std::min(wish.next, daily);
    if (const auto due = ds_due(state)) wish.parents |= note(*due);
  }
  return wish;
}

}  // namespace danewerk::observe
