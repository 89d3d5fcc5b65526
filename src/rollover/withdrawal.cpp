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

template <class Predicate>
bool is_replaced(const KeyRing& ring, const RingKey& key, Predicate predicate) {
  return std::ranges::any_of(ring.keys, [&](const RingKey& other) {
    return &other != &key && is_in_service(ring, other) && predicate(other);
  });
}

/// A key in service exchanges the record with this one: one step for both (introduction.cpp).
/// Signatures are exchanged within an algorithm only.
bool is_exchanged(const KeyRing& ring, const RingKey& key, KeyRecord record) {
  return is_replaced(ring, key, [&](const RingKey& other) {
    return are_related(key, other) && other.owns(record) && !is_out(other, record) &&
           (record == KeyRecord::kDs || other.algorithm == key.algorithm);
  });
}

Attempt not_needed(std::vector<Move> moves, const RingKey& key, std::string_view what) {
  return Attempt{.moves = std::move(moves),
                 .rule = ids::kNotNeeded,
                 .reason = fmt::format("no cache needs {} of {} any more", what, label(key))};
}

Attempt irreplaceable(std::vector<Move> moves, const RingKey& key, std::string_view what) {
  return Attempt{.moves = std::move(moves),
                 .rule = ids::kNoReplacement,
                 .reason = fmt::format("{} of {} stays until another key can take its place", what,
                                       label(key)),
                 .is_blocked = true};
}

/// Keys of an algorithm that nobody needs leave the DNSKEY RRset in one version: one that stayed
/// behind would ask for signatures of its algorithm over the RRset (RFC 4035 section 2.2).
std::optional<Attempt> withdraw_algorithm(const KeyRing& ring, const RingKey& key) {
  Attempt attempt = not_needed({}, key, "DNSKEY");
  for (const auto& other : ring.keys) {
    if (other.algorithm != key.algorithm || is_wanted(ring, other)) continue;
    const auto moves =
        moves_of(ring, other, {KeyRecord::kDnskey, KeyRecord::kKrrsig}, Visibility::kUnretentive);
    attempt.moves.insert(attempt.moves.end(), moves.begin(), moves.end());
  }
  if (!has_no_ds(ring, key.algorithm)) {
    attempt.is_blocked = true;
    attempt.rule = ids::kRuleAlgorithms;
    attempt.reason = fmt::format(
        "{} stays while a DS of its algorithm may be cached (RFC 6781 section 4.1.4)", label(key));
    return attempt;
  }
  if (!is_replaced(ring, key, has_key_chain) || !is_replaced(ring, key, has_zone_chain)) {
    return irreplaceable(std::move(attempt.moves), key, "DNSKEY");
  }
  return attempt;
}

}  // namespace

std::optional<Attempt> strip(const KeyRing& ring, const Outside& outside) {
  if (!ring.going_insecure || !is_insecure(ring)) return std::nullopt;
  Attempt attempt{.moves = {},
                  .rule = ids::kInsecure,
                  .reason = "no cache holds a DS any more: the zone is insecure already"};
  for (const auto& key : ring.keys) {
    const auto moves =
        moves_of(ring, key, {KeyRecord::kDnskey, KeyRecord::kKrrsig, KeyRecord::kZrrsig},
                 Visibility::kUnretentive);
    attempt.moves.insert(attempt.moves.end(), moves.begin(), moves.end());
  }
  if (attempt.moves.empty()) return std::nullopt;
  const auto& ds = outside.facts.ds;
  if (std::ranges::any_of(ds, [](const auto& sight) { return sight.second.seen.has_value(); })) {
    attempt.is_blocked = true;
    attempt.is_operators = true;
    attempt.reason = "the parent shows a DS: without it alone may the zone lose its signatures";
  }
  return attempt;
}

std::optional<Attempt> withdraw_dnskey(const KeyRing& ring, const RingKey& key) {
  if (is_wanted(ring, key) || ring.going_insecure) return std::nullopt;
  auto moves =
      moves_of(ring, key, {KeyRecord::kDnskey, KeyRecord::kKrrsig}, Visibility::kUnretentive);
  if (moves.empty() || !is_hidden(key, KeyRecord::kDs)) return std::nullopt;
  if (!is_kept(ring, key.algorithm)) return withdraw_algorithm(ring, key);
  if (signs_zone(key) && !is_hidden(key, KeyRecord::kZrrsig)) {
    return std::nullopt;  // its signatures' own waits say what is awaited
  }
  const bool has_key_signer = !signs_keys(key) || is_replaced(ring, key, has_key_chain);
  const bool has_zone_signer = !signs_zone(key) || is_replaced(ring, key, has_zone_chain);
  if (!has_key_signer || !has_zone_signer) return irreplaceable(std::move(moves), key, "DNSKEY");
  return not_needed(std::move(moves), key, "DNSKEY");
}

std::optional<Attempt> withdraw_signatures(const KeyRing& ring, const RingKey& key) {
  if (is_wanted(ring, key) || ring.going_insecure) return std::nullopt;
  auto moves = moves_of(ring, key, {KeyRecord::kZrrsig}, Visibility::kUnretentive);
  if (moves.empty()) return std::nullopt;
  if (!is_kept(ring, key.algorithm)) {
    // The signatures outlive the keys of their algorithm in caches (RFC 6781 section 4.1.4).
    if (!has_no_dnskey(ring, key.algorithm)) return std::nullopt;
    return not_needed(std::move(moves), key, "signatures");
  }
  if (is_exchanged(ring, key, KeyRecord::kZrrsig)) return std::nullopt;
  const bool is_covered = is_replaced(ring, key, [&](const RingKey& other) {
    return other.algorithm == key.algorithm && has_zone_chain(other);
  });
  if (!is_covered) return std::nullopt;  // the other key's own waits say what is awaited
  return not_needed(std::move(moves), key, "signatures");
}

std::optional<Attempt> withdraw_ds(const KeyRing& ring, const RingKey& key) {
  if (is_wanted(ring, key)) return std::nullopt;
  auto moves = moves_of(ring, key, {KeyRecord::kDs}, Visibility::kUnretentive);
  if (moves.empty()) return std::nullopt;
  if (ring.going_insecure) {
    return Attempt{.moves = std::move(moves),
                   .rule = ids::kInsecure,
                   .reason = "the zone becomes insecure: the DS goes first"};
  }
  if (is_exchanged(ring, key, KeyRecord::kDs)) return std::nullopt;
  const auto dnskey = key.visibility(KeyRecord::kDnskey);
  if (dnskey == Visibility::kRumoured || dnskey == Visibility::kUnretentive) return std::nullopt;
  // A DS that leads to no DNSKEY is of use to nobody: any other chain will do, even one that is to
  // go itself after this.
  const bool is_idle = dnskey == Visibility::kHidden;
  const bool is_covered = std::ranges::any_of(ring.keys, [&](const RingKey& other) {
    return &other != &key && has_key_chain(other) && is_omnipresent(other, KeyRecord::kDs) &&
           (is_idle || is_in_service(ring, other));
  });
  if (!is_covered) return irreplaceable(std::move(moves), key, "DS");
  return not_needed(std::move(moves), key, "DS");
}

}  // namespace danewerk::rollover
