#include "engine/roll_in.h"

#include <algorithm>

namespace danewerk::engine {

using model::KeyRecord;
using model::Visibility;

namespace {

/// `roll-in: auto` of a zone that has many signatures.
constexpr seconds kGradually = std::chrono::hours(24);
/// A version each.
constexpr int kShares = 24;

seconds span_of(const model::Policy& policy, const model::Facts& facts) {
  if (policy.zsk_roll_in) return *policy.zsk_roll_in;
  return facts.signatures >= model::kGradualRollIn ? kGradually : seconds(0);
}

/// Since when keys that leave make no new signatures.
std::optional<sys_seconds> began(const model::KeyRing& ring) {
  std::optional<sys_seconds> last;
  for (const auto& key : ring.keys) {
    const auto& record = key.at(KeyRecord::kZrrsig);
    if (record.visibility != Visibility::kUnretentive || key.resigned != 0) continue;
    // In an emergency nothing is spread.
    if (key.is_compromised) return std::nullopt;
    last = std::max(last.value_or(record.since), record.since);
  }
  return last;
}

}  // namespace

RollIn roll_in(const model::KeyRing& ring, const model::Policy& policy, const model::Facts& facts,
               sys_seconds now) {
  const auto span = span_of(policy, facts);
  const auto start = began(ring);
  if (!start || span <= seconds(0)) return {};
  const auto step = std::max(span / kShares, seconds(1));
  // The first share is due at once.
  const auto passed = std::max(now - *start, seconds(0)) / step + 1;
  const auto shares = std::max<std::int64_t>(span / step, 1);
  if (passed >= shares) return {};
  const auto share = sign::kAllRrsets / static_cast<sign::RrsetShare>(shares);
  return {.taken_over = share * static_cast<sign::RrsetShare>(passed),
          .next = *start + step * passed};
}

}  // namespace danewerk::engine
