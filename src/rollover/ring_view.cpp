#include "rollover/ring_view.h"

#include <algorithm>

namespace danewerk::rollover {

using model::KeyRecord;
using model::KeyRing;
using model::RingKey;
using model::Visibility;

bool is_wanted(const KeyRing& ring, const RingKey& key) {
  return !ring.going_insecure && key.goal == model::Goal::kOmnipresent;
}

bool is_in_service(const KeyRing& ring, const RingKey& key) {
  return is_wanted(ring, key) && !key.is_standby;
}

bool are_related(const RingKey& a, const RingKey& b) {
  return (!a.predecessor.empty() && a.predecessor == b.id) ||
         (!b.predecessor.empty() && b.predecessor == a.id);
}

bool is_omnipresent(const RingKey& key, KeyRecord record) {
  return key.visibility(record) == Visibility::kOmnipresent;
}

bool is_hidden(const RingKey& key, KeyRecord record) {
  return key.visibility(record) == Visibility::kHidden;
}

bool is_out(const RingKey& key, KeyRecord record) {
  return model::is_out(key.visibility(record));
}

bool has_key_chain(const RingKey& key) {
  return is_omnipresent(key, KeyRecord::kDnskey) && is_omnipresent(key, KeyRecord::kKrrsig);
}

bool has_zone_chain(const RingKey& key) {
  return is_omnipresent(key, KeyRecord::kDnskey) && is_omnipresent(key, KeyRecord::kZrrsig);
}

bool is_insecure(const KeyRing& ring) {
  return std::ranges::all_of(ring.keys,
                             [](const RingKey& key) { return is_hidden(key, KeyRecord::kDs); });
}

bool is_unsigned(const KeyRing& ring) {
  return std::ranges::none_of(ring.keys, [](const RingKey& key) {
    return is_out(key, KeyRecord::kDnskey) || is_out(key, KeyRecord::kZrrsig);
  });
}

bool has_no_dnskey(const KeyRing& ring, std::uint8_t algorithm) {
  return std::ranges::all_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm != algorithm || is_hidden(key, KeyRecord::kDnskey);
  });
}

bool is_published(const KeyRing& ring, std::uint8_t algorithm) {
  return std::ranges::any_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm == algorithm && is_out(key, KeyRecord::kDnskey);
  });
}

bool has_no_ds(const KeyRing& ring, std::uint8_t algorithm) {
  return std::ranges::all_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm != algorithm || is_hidden(key, KeyRecord::kDs);
  });
}

bool is_kept(const KeyRing& ring, std::uint8_t algorithm) {
  return std::ranges::any_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm == algorithm && signs_zone(key) && is_in_service(ring, key);
  });
}

const RingKey* counterpart(const KeyRing& ring, const RingKey& key, KeyRecord record) {
  const auto found = std::ranges::find_if(ring.keys, [&](const RingKey& other) {
    return are_related(key, other) && other.owns(record) && is_out(other, record);
  });
  return found == ring.keys.end() ? nullptr : &*found;
}

std::vector<std::uint8_t> algorithms(const KeyRing& ring) {
  std::vector<std::uint8_t> all;
  for (const auto& key : ring.keys) {
    if (std::ranges::find(all, key.algorithm) == all.end()) all.push_back(key.algorithm);
  }
  return all;
}

}  // namespace danewerk::rollover
