#include "engine/secure_entry.h"

#include <algorithm>
#include <variant>

namespace danewerk::engine {

namespace {

bool shows_ds(const model::ZoneState& known) {
  const bool is_seen = std::ranges::any_of(
      known.facts.ds, [](const auto& one) { return one.second.seen && !one.second.gone; });
  const bool is_everywhere = std::ranges::any_of(known.ring.keys, [](const model::RingKey& key) {
    return key.visibility(model::KeyRecord::kDs) == model::Visibility::kOmnipresent;
  });
  return is_seen || is_everywhere;
}

}  // namespace

SecureEntry secure_entry(const config::Config& config, const config::ZoneConfig& zone,
                         const model::ZoneState& known) {
  using Standing = SecureEntry::Standing;
  if (config.policy_of(zone).is_unsigned) {
    return {.standing = Standing::kNone, .why = "the zone is not signed"};
  }
  if (shows_ds(known)) return {.standing = Standing::kSecure};
  if (std::holds_alternative<config::ParentsNone>(zone.parents)) {
    return {.standing = Standing::kUnknown, .why = "nobody looks for its DS (parents: none)"};
  }
  if (!known.facts.looked_at_ds) return {};
  return {.standing = Standing::kNone, .why = "the parent shows no DS for it"};
}

}  // namespace danewerk::engine
