#include "rollover/cds.h"

#include <algorithm>

#include "rollover/ds_sight.h"
#include "rollover/ring_view.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::KeyRing;
using model::RingKey;
using model::Visibility;

/// The parent does not show yet what it is to show.
bool is_pending(const RingKey& key, const Outside& outside) {
  const auto sight = ds_sight(key, outside);
  const auto ds = key.visibility(KeyRecord::kDs);
  return (ds == Visibility::kRumoured && !sight.seen) ||
         (ds == Visibility::kUnretentive && !sight.gone);
}

/// The parent has, or had until now, a DS of ours: a change is asked for, not the first one, which
/// the parent could not tell from an attack (RFC 8078 section 3).
bool is_enrolled(const RingKey& key, const Outside& outside) {
  const auto ds = key.visibility(KeyRecord::kDs);
  if (ds == Visibility::kHidden) return false;
  return ds != Visibility::kRumoured || ds_sight(key, outside).seen.has_value();
}

}  // namespace

CdsWish cds_wish(const KeyRing& ring, const Outside& outside) {
  const auto policy = outside.policy.cds;
  if (policy == model::CdsPolicy::kNever) return {};
  if (ring.going_insecure) {
    // The delete form stays until no cache holds the DS (RFC 8078 section 4).
    return {.is_delete = std::ranges::any_of(ring.keys, [](const RingKey& key) {
              return key.visibility(KeyRecord::kDs) == Visibility::kUnretentive;
            })};
  }
  const auto any = [&](auto predicate) {
    return std::ranges::any_of(ring.keys,
                               [&](const RingKey& key) { return predicate(key, outside); });
  };
  const bool is_always = policy == model::CdsPolicy::kAlways;
  if (!is_always && !(any(is_pending) && any(is_enrolled))) return {};
  CdsWish wish;
  for (const auto& key : ring.keys) {
    if (is_out(key, KeyRecord::kDs)) wish.keys.push_back(key.id);
  }
  return wish;
}

}  // namespace danewerk::rollover
