#include "rollover/rules.h"

#include <algorithm>

#include "rollover/ids.h"
#include "rollover/ring_view.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::KeyRing;
using model::RingKey;
using model::Visibility;

bool is_unretentive(const RingKey& key, KeyRecord record) {
  return key.visibility(record) == Visibility::kUnretentive;
}

bool is_rumoured(const RingKey& key, KeyRecord record) {
  return key.visibility(record) == Visibility::kRumoured;
}

/// The one came no later than the other went: at every moment one of both was there.
bool takes_over(const RingKey& incoming, const RingKey& outgoing, KeyRecord record) {
  if (!is_rumoured(incoming, record) || !is_unretentive(outgoing, record)) return false;
  const auto& in = incoming.at(record);
  const auto& out = outgoing.at(record);
  return record == KeyRecord::kDs ? in.since <= out.since : in.version <= out.version;
}

template <class Predicate>
bool any_key(const KeyRing& ring, std::uint8_t algorithm, Predicate predicate) {
  return std::ranges::any_of(
      ring.keys, [&](const RingKey& key) { return key.algorithm == algorithm && predicate(key); });
}

template <class Predicate>
bool every_key(const KeyRing& ring, std::uint8_t algorithm, Predicate predicate) {
  return !any_key(ring, algorithm, [&](const RingKey& key) { return !predicate(key); });
}

/// A pair of keys of one algorithm, one replacing the other in either direction.
template <class Predicate>
bool any_pair(const KeyRing& ring, std::uint8_t algorithm, Predicate predicate) {
  return any_key(ring, algorithm, [&](const RingKey& incoming) {
    return any_key(ring, algorithm, [&](const RingKey& outgoing) {
      return are_related(incoming, outgoing) && predicate(incoming, outgoing);
    });
  });
}

/// (3b) A complete chain by one key.
bool has_stable_chain(const RingKey& key) {
  return signs_keys(key) && has_key_chain(key) && is_omnipresent(key, KeyRecord::kDs);
}

/// (3c) The DS changes between two keys that both sign the DNSKEY RRset.
bool swaps_ds(const RingKey& incoming, const RingKey& outgoing) {
  return has_key_chain(incoming) && has_key_chain(outgoing) &&
         takes_over(incoming, outgoing, KeyRecord::kDs);
}

/// (3d) The key changes between two whose DS are both everywhere. DNSKEY and its signature move as
/// one, since they are one RRset in a cache.
bool swaps_key(const RingKey& incoming, const RingKey& outgoing) {
  const auto moves = [&](KeyRecord record) {
    const bool is_in = is_omnipresent(incoming, record);
    const bool was_in = is_omnipresent(outgoing, record);
    return takes_over(incoming, outgoing, record) || is_in ||
           (was_in && is_rumoured(incoming, record));
  };
  const bool any = takes_over(incoming, outgoing, KeyRecord::kDnskey) ||
                   takes_over(incoming, outgoing, KeyRecord::kKrrsig);
  return any && is_omnipresent(incoming, KeyRecord::kDs) &&
         is_omnipresent(outgoing, KeyRecord::kDs) && moves(KeyRecord::kDnskey) &&
         moves(KeyRecord::kKrrsig);
}

/// (3e) Nothing trusts the key, or it has its chain, or another one whose DS came with its own has.
bool is_untrusted_or_chained(const KeyRing& ring, const RingKey& key) {
  if (is_hidden(key, KeyRecord::kDs) || has_key_chain(key)) return true;
  const auto& ds = key.at(KeyRecord::kDs);
  return any_key(ring, key.algorithm, [&](const RingKey& other) {
    const auto& others = other.at(KeyRecord::kDs);
    return others.visibility == ds.visibility && others.since == ds.since && has_key_chain(other);
  });
}

/// (3g) The key changes between two that both have signed everything.
bool swaps_zone_key(const RingKey& incoming, const RingKey& outgoing) {
  return is_omnipresent(incoming, KeyRecord::kZrrsig) &&
         is_omnipresent(outgoing, KeyRecord::kZrrsig) &&
         takes_over(incoming, outgoing, KeyRecord::kDnskey);
}

/// (3h) The signatures change between two keys that everybody has.
bool swaps_signatures(const RingKey& incoming, const RingKey& outgoing) {
  return is_omnipresent(incoming, KeyRecord::kDnskey) &&
         is_omnipresent(outgoing, KeyRecord::kDnskey) &&
         takes_over(incoming, outgoing, KeyRecord::kZrrsig);
}

/// (3i) Every DNSKEY RRset with the key has one that signed everything, too.
bool is_unpublished_or_covered(const KeyRing& ring, const RingKey& key) {
  if (is_hidden(key, KeyRecord::kDnskey)) return true;
  const auto& dnskey = key.at(KeyRecord::kDnskey);
  return any_key(ring, key.algorithm, [&](const RingKey& other) {
    const auto& others = other.at(KeyRecord::kDnskey);
    const bool is_together =
        dnskey.visibility == Visibility::kOmnipresent || others.version == dnskey.version;
    return others.visibility == dnskey.visibility && is_together &&
           is_omnipresent(other, KeyRecord::kZrrsig);
  });
}

/// (3f to 3i) Every DNSKEY RRset that may be cached and has a key of the algorithm has one that
/// signed all data that may be cached.
bool signs_all_data(const KeyRing& ring, std::uint8_t algorithm) {
  return any_key(ring, algorithm, has_zone_chain) || any_pair(ring, algorithm, swaps_zone_key) ||
         any_pair(ring, algorithm, swaps_signatures) ||
         every_key(ring, algorithm,
                   [&](const RingKey& key) { return is_unpublished_or_covered(ring, key); });
}

bool withdraws(const KeyRing& before, const KeyRing& after) {
  return std::ranges::any_of(after.keys, [&](const RingKey& key) {
    const auto* was = before.find(key.id);
    return std::ranges::any_of(model::kKeyRecords, [&](KeyRecord record) {
      return is_unretentive(key, record) && (was == nullptr || !is_unretentive(*was, record));
    });
  });
}

}  // namespace

bool has_ds(const KeyRing& ring) {
  return ring.going_insecure || std::ranges::any_of(ring.keys, [](const RingKey& key) {
           return is_out(key, KeyRecord::kDs);
         });
}

bool has_trusted_keys(const KeyRing& ring, std::uint8_t algorithm) {
  return any_key(ring, algorithm, has_stable_chain) || any_pair(ring, algorithm, swaps_ds) ||
         any_pair(ring, algorithm, swaps_key) ||
         every_key(ring, algorithm,
                   [&](const RingKey& key) { return is_untrusted_or_chained(ring, key); });
}

bool has_valid_signatures(const KeyRing& ring, std::uint8_t algorithm) {
  return has_no_ds(ring, algorithm) || signs_all_data(ring, algorithm);
}

bool has_complete_algorithm(const KeyRing& ring, std::uint8_t algorithm) {
  return is_insecure(ring) || signs_all_data(ring, algorithm);
}

bool has_signed_keys(const KeyRing& ring, std::uint8_t algorithm) {
  return is_insecure(ring) || !is_published(ring, algorithm) ||
         any_key(ring, algorithm, [](const RingKey& key) {
           return is_out(key, KeyRecord::kDnskey) && is_out(key, KeyRecord::kKrrsig);
         });
}

std::optional<std::string_view> violated_rule(const KeyRing& before, const KeyRing& after) {
  // A zone that stays broken gets worse by taking something away, while coming records can only
  // mend it.
  const bool may_stay_broken = is_insecure(before) || !withdraws(before, after);
  const auto forbids = [&](bool held, bool holds) { return !holds && (held || !may_stay_broken); };
  if (forbids(has_ds(before), has_ds(after))) return ids::kRuleDs;
  for (const auto algorithm : algorithms(after)) {
    if (forbids(has_trusted_keys(before, algorithm), has_trusted_keys(after, algorithm))) {
      return ids::kRuleChain;
    }
    if (forbids(has_valid_signatures(before, algorithm), has_valid_signatures(after, algorithm))) {
      return ids::kRuleSignatures;
    }
    if (forbids(has_complete_algorithm(before, algorithm),
                has_complete_algorithm(after, algorithm)) ||
        forbids(has_signed_keys(before, algorithm), has_signed_keys(after, algorithm))) {
      return ids::kRuleAlgorithms;
    }
  }
  return std::nullopt;
}

}  // namespace danewerk::rollover
