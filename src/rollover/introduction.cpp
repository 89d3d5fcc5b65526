#include <algorithm>

#include <fmt/format.h>

#include "rollover/ids.h"
#include "rollover/methods.h"
#include "rollover/ring_view.h"

namespace danewerk::rollover {

namespace {

using model::KeyRecord;
using model::KeyRing;
using model::RingKey;
using model::Visibility;

/// Two sets of moves as one.
std::vector<Move> both(std::vector<Move> a, const std::vector<Move>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The key whose place in the DNSKEY RRset KEY takes by double-DS: the same role and algorithm.
const RingKey* incumbent(const KeyRing& ring, const RingKey& key) {
  const auto found = std::ranges::find_if(ring.keys, [&](const RingKey& other) {
    return (are_related(key, other) || key.is_standby) && &other != &key &&
           other.role == key.role && other.algorithm == key.algorithm &&
           is_out(other, KeyRecord::kDnskey) && is_omnipresent(other, KeyRecord::kDs);
  });
  return found == ring.keys.end() ? nullptr : &*found;
}

/// Whether the DS of KEY comes before the key itself (RFC 7583 section 2.2). What has begun goes on
/// as it began, whatever the policy says now.
bool is_double_ds(const KeyRing& ring, const RingKey& key, const Outside& outside) {
  if (!signs_keys(key) || is_out(key, KeyRecord::kDnskey)) return false;
  if (incumbent(ring, key) == nullptr) return false;
  return is_out(key, KeyRecord::kDs) || outside.policy.ksk_roll == model::KskRoll::kDoubleDs;
}

/// A KSK in reserve whose DS is to stand at the parent, as soon as that of the key in service does.
bool is_waiting_reserve(const KeyRing& ring, const RingKey& key, const Outside& outside) {
  if (!key.is_standby || !signs_keys(key) || is_out(key, KeyRecord::kDnskey)) return false;
  if (outside.policy.ksk_roll != model::KskRoll::kDoubleDs) return false;
  return std::ranges::any_of(ring.keys, [&](const RingKey& other) {
    return is_in_service(ring, other) && other.role == key.role;
  });
}

std::optional<Attempt> swap_key(const KeyRing& ring, const RingKey& key) {
  const auto* old = incumbent(ring, key);
  if (key.is_standby || old == nullptr || is_wanted(ring, *old)) return std::nullopt;
  if (!is_omnipresent(key, KeyRecord::kDs)) return std::nullopt;
  if (signs_zone(key) && !is_omnipresent(key, KeyRecord::kZrrsig)) return std::nullopt;
  const std::vector records{KeyRecord::kDnskey, KeyRecord::kKrrsig};
  return Attempt{.moves = both(moves_of(ring, key, records, Visibility::kRumoured),
                               moves_of(ring, *old, records, Visibility::kUnretentive)),
                 .rule = ids::kKeySwap,
                 .reason = fmt::format("the DS of both is in every cache: {} takes the place of {}",
                                       label(key), label(*old))};
}

/// Keys of an algorithm that is not in the DNSKEY RRset come in one version: each algorithm there
/// signs that RRset and all data, by keys that stand in it (RFC 4035 section 2.2). Signatures by
/// other keys of the algorithm, such as still leave caches, are of no use to it.
std::optional<Attempt> introduce_algorithm(const KeyRing& ring, const RingKey& key) {
  Attempt attempt{
      .moves = {},
      .rule = ids::kPrePublish,
      .reason = fmt::format("signatures by the keys of algorithm {} are in every cache: "
                            "the keys follow",
                            key.algorithm)};
  bool has_key_signer = false;
  bool has_signatures = false;
  for (const auto& other : ring.keys) {
    if (other.algorithm != key.algorithm || !is_in_service(ring, other)) continue;
    has_key_signer = has_key_signer || signs_keys(other);
    has_signatures = has_signatures || is_omnipresent(other, KeyRecord::kZrrsig);
    attempt.moves = both(
        std::move(attempt.moves),
        moves_of(ring, other, {KeyRecord::kDnskey, KeyRecord::kKrrsig}, Visibility::kRumoured));
  }
  // One speaks for all; a key in reserve comes when they are there.
  if (attempt.moves.empty() || &ring.keys.at(attempt.moves.front().key) != &key) {
    return std::nullopt;
  }
  if (!has_key_signer) {
    attempt.is_blocked = true;
    attempt.rule = ids::kKeysMissing;
    attempt.reason = fmt::format(
        "the zone has no key of algorithm {} yet that signs its DNSKEY "
        "RRset",
        key.algorithm);
  } else if (!has_signatures) {
    // The key of this algorithm that signs the zone says itself what it waits for.
    if (signs_zone(key)) return std::nullopt;
    attempt.is_blocked = true;
    attempt.rule = ids::kAlgorithmSignatures;
    attempt.reason = fmt::format(
        "signatures of its algorithm come before {} (RFC 6781 section 4.1.4)", label(key));
  }
  return attempt;
}

bool has_zone_chain_of(const KeyRing& ring, std::uint8_t algorithm) {
  return std::ranges::any_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm == algorithm && has_zone_chain(key);
  });
}

}  // namespace

std::vector<Move> moves_of(const KeyRing& ring, const RingKey& key,
                           const std::vector<KeyRecord>& records, Visibility to) {
  std::vector<Move> moves;
  for (const auto record : records) {
    if (!key.owns(record) || is_out(key, record) == model::is_out(to)) continue;
    moves.push_back({static_cast<std::size_t>(&key - ring.keys.data()), record, to});
  }
  return moves;
}

std::optional<Attempt> first_signing(const KeyRing& ring) {
  if (ring.going_insecure || !is_unsigned(ring)) return std::nullopt;
  Attempt attempt{
      .moves = {}, .rule = ids::kFirstSigning, .reason = "the zone is signed for the first time"};
  bool has_key_signer = false;
  bool has_zone_signer = false;
  for (const auto& key : ring.keys) {
    if (!is_in_service(ring, key)) continue;
    has_key_signer = has_key_signer || signs_keys(key);
    has_zone_signer = has_zone_signer || signs_zone(key);
    attempt.moves =
        both(std::move(attempt.moves),
             moves_of(ring, key, {KeyRecord::kDnskey, KeyRecord::kKrrsig, KeyRecord::kZrrsig},
                      Visibility::kRumoured));
  }
  if (attempt.moves.empty()) return std::nullopt;
  if (!has_key_signer || !has_zone_signer) {
    attempt.is_blocked = true;
    attempt.rule = ids::kKeysMissing;
    attempt.reason = fmt::format("the zone has no key yet that signs its {}",
                                 has_key_signer ? "data" : "DNSKEY RRset");
  }
  return attempt;
}

std::optional<Attempt> introduce_dnskey(const KeyRing& ring, const RingKey& key,
                                        const Outside& outside) {
  if (!is_wanted(ring, key) || is_unsigned(ring)) return std::nullopt;
  auto moves = moves_of(ring, key, {KeyRecord::kDnskey, KeyRecord::kKrrsig}, Visibility::kRumoured);
  if (moves.empty()) return std::nullopt;
  if (is_waiting_reserve(ring, key, outside)) return std::nullopt;
  if (is_double_ds(ring, key, outside)) return swap_key(ring, key);
  if (!is_published(ring, key.algorithm)) return introduce_algorithm(ring, key);
  return Attempt{.moves = std::move(moves),
                 .rule = ids::kPrePublish,
                 .reason = fmt::format("{} is published before it is used", label(key))};
}

std::optional<Attempt> introduce_signatures(const KeyRing& ring, const RingKey& key,
                                            const Outside& outside) {
  if (!is_in_service(ring, key) || is_unsigned(ring)) return std::nullopt;
  auto moves = moves_of(ring, key, {KeyRecord::kZrrsig}, Visibility::kRumoured);
  if (moves.empty()) return std::nullopt;
  if (!is_published(ring, key.algorithm)) {
    return Attempt{.moves = std::move(moves),
                   .rule = ids::kAlgorithmSignatures,
                   .reason = fmt::format("signatures by {} come before its algorithm appears in "
                                         "the DNSKEY RRset (RFC 6781 section 4.1.4)",
                                         label(key))};
  }
  if (is_double_ds(ring, key, outside)) {
    return Attempt{
        .moves = std::move(moves),
        .rule = ids::kDoubleSignature,
        .reason = fmt::format("{} signs before it takes its predecessor's place", label(key))};
  }
  if (!is_omnipresent(key, KeyRecord::kDnskey)) return std::nullopt;
  const auto* old = counterpart(ring, key, KeyRecord::kZrrsig);
  if (old == nullptr || old->algorithm != key.algorithm) {
    return Attempt{
        .moves = std::move(moves),
        .rule = ids::kDoubleSignature,
        .reason = fmt::format("{} is in every cache and signs beside the others", label(key))};
  }
  if (is_wanted(ring, *old)) return std::nullopt;  // until its lifetime ends (successors.h)
  return Attempt{.moves = both(std::move(moves), moves_of(ring, *old, {KeyRecord::kZrrsig},
                                                          Visibility::kUnretentive)),
                 .rule = ids::kSigningSwap,
                 .reason = fmt::format("{} is in every cache and takes over from {}", label(key),
                                       label(*old))};
}

std::optional<Attempt> introduce_ds(const KeyRing& ring, const RingKey& key,
                                    const Outside& outside) {
  if (!is_wanted(ring, key) || is_unsigned(ring)) return std::nullopt;
  auto moves = moves_of(ring, key, {KeyRecord::kDs}, Visibility::kRumoured);
  if (moves.empty()) return std::nullopt;
  if (is_double_ds(ring, key, outside)) {
    return Attempt{.moves = std::move(moves),
                   .rule = ids::kDoubleDs,
                   .reason = fmt::format("the DS of {} comes before the key", label(key))};
  }
  if (key.is_standby || !has_key_chain(key)) return std::nullopt;
  if (has_no_ds(ring, key.algorithm) && !has_zone_chain_of(ring, key.algorithm)) {
    return std::nullopt;
  }
  const auto* old = counterpart(ring, key, KeyRecord::kDs);
  if (old == nullptr) {
    return Attempt{.moves = std::move(moves),
                   .rule = ids::kDsReady,
                   .reason = fmt::format("{} and all signatures are in every cache", label(key))};
  }
  if (is_wanted(ring, *old)) return std::nullopt;
  return Attempt{.moves = both(std::move(moves),
                               moves_of(ring, *old, {KeyRecord::kDs}, Visibility::kUnretentive)),
                 .rule = ids::kDsSwap,
                 .reason = fmt::format("{} is in every cache: its DS replaces that of {}",
                                       label(key), label(*old))};
}

}  // namespace danewerk::rollover
