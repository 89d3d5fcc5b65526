#include <algorithm>

#include "rollover/ring_view.h"
#include "rollover/rollover.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::KeyRing;
using model::RingKey;

/// Its signatures go one by one as another key of its algorithm makes their successors.
bool is_retiring(const KeyRing& ring, const RingKey& key) {
  if (key.visibility(KeyRecord::kZrrsig) != model::Visibility::kUnretentive || key.resigned != 0) {
    return false;
  }
  return std::ranges::any_of(ring.keys, [&](const RingKey& other) {
    return other.algorithm == key.algorithm && is_out(other, KeyRecord::kZrrsig);
  });
}

}  // namespace

Signers signers(const KeyRing& ring) {
  Signers all;
  for (const auto& key : ring.keys) {
    if (is_out(key, KeyRecord::kDnskey)) all.published.push_back(key.id);
    if (is_out(key, KeyRecord::kKrrsig)) all.sign_dnskey.push_back(key.id);
    if (is_out(key, KeyRecord::kZrrsig)) all.sign_zone.push_back(key.id);
    if (is_retiring(ring, key)) all.retiring.push_back(key.id);
  }
  return all;
}

void add_made_key(KeyRing& ring, const WantedKey& wanted, model::RingKey made) {
  made.role = wanted.role;
  made.algorithm = wanted.algorithm;
  made.bits = wanted.bits;
  made.predecessor = wanted.predecessor;
  made.is_standby = wanted.is_standby;
  made.goal = model::Goal::kOmnipresent;
  ring.keys.push_back(std::move(made));
}

}  // namespace danewerk::rollover
