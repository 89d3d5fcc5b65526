#include "engine/zone_facts.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace danewerk::engine {

using dns::RrType;
using model::LedgerKind;

namespace {

/// Fixed part at the end of SOA RDATA: five numbers.
constexpr std::size_t kSoaNumbers = 20;
/// Beyond all that the waits of the rollover engine add up to.
constexpr seconds kLongEnough = std::chrono::days(60);

bool is_zone_signed(RrType type) {
  return type != RrType::kDnskey && type != RrType::kCds && type != RrType::kCdnskey;
}

seconds largest_in(const dns::Tree& tree, bool is_denial) {
  std::uint32_t largest = 0;
  dns::Tree::Cursor cursor(tree);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto value = cursor.entry().value;
    const auto node = is_denial ? dns::read_chain_entry(value).node : dns::NodeView(value);
    for (const auto& rrset : node) {
      if (is_zone_signed(rrset.type)) largest = std::max(largest, rrset.ttl);
    }
  }
  return seconds(largest);
}

/// The value that a kind has from VERSION on.
void set_entry(model::Facts& facts, LedgerKind kind, seconds value, model::VersionNumber version) {
  for (auto& entry : facts.ledger) {
    if (entry.kind != kind || entry.until != 0) continue;
    if (entry.value == value) return;
    entry.until = version;
  }
  facts.ledger.push_back({.kind = kind, .value = value, .first = version, .until = 0});
}

}  // namespace

SoaFields soa_of(const dns::Zone& zone) {
  const auto soa = zone.apex_node().find(RrType::kSoa);
  DW_CHECK(soa && soa->rdata.front().size() >= kSoaNumbers, "a managed zone has an SOA");
  const auto rdata = soa->rdata.front();
  const auto* number = rdata.data() + rdata.size() - kSoaNumbers;
  SoaFields fields{.serial = load_u32(number), .ttl = seconds(soa->ttl)};
  fields.refresh = seconds(load_u32(number + 4));
  fields.retry = seconds(load_u32(number + 8));
  fields.expire = seconds(load_u32(number + 12));
  fields.minimum = seconds(load_u32(number + 16));
  return fields;
}

seconds largest_signed_ttl(const dns::Change& change, std::optional<seconds> known) {
  const auto whole = [&] {
    return std::max(largest_in(change.after.names(), false),
                    largest_in(change.after.denial(), true));
  };
  if (!known) return whole();
  seconds largest = *known;
  bool lost = false;
  dns::for_each_difference(change, [&](const dns::RrsetDifference& difference) {
    if (!is_zone_signed(difference.type)) return;
    if (difference.after) largest = std::max(largest, seconds(difference.after->ttl));
    const bool stays =
        difference.after && difference.before && difference.after->ttl == difference.before->ttl;
    if (difference.before && !stays && seconds(difference.before->ttl) == *known) lost = true;
  });
  return lost && largest == *known ? whole() : largest;
}

VersionTraits traits_of(const dns::Change& change, const model::Facts& facts) {
  const auto soa = soa_of(change.after);
  std::optional<seconds> known;
  for (const auto& entry : facts.ledger) {
    if (entry.kind == LedgerKind::kSigned && entry.until == 0) known = entry.value;
  }
  VersionTraits traits{.serial = soa.serial,
                       .soa_refresh = soa.refresh,
                       .soa_retry = soa.retry,
                       .soa_expire = soa.expire};
  traits.signed_ttl = largest_signed_ttl(change, known);
  // RFC 2308 section 5: a negative answer lives for the lesser of SOA TTL and SOA MINIMUM.
  traits.denial_ttl = std::min(soa.ttl, soa.minimum);
  if (const auto dnskey = change.after.apex_node().find(RrType::kDnskey)) {
    traits.dnskey_ttl = seconds(dnskey->ttl);
  }
  return traits;
}

std::optional<VersionTraits> present_traits(const model::Facts& facts) {
  if (facts.publications.empty()) return std::nullopt;
  VersionTraits traits{.serial = facts.publications.back().serial,
                       .soa_refresh = facts.soa_refresh,
                       .soa_retry = facts.soa_retry};
  for (const auto& entry : facts.ledger) {
    if (entry.until != 0) continue;
    if (entry.kind == LedgerKind::kSigned) traits.signed_ttl = entry.value;
    if (entry.kind == LedgerKind::kDenial) traits.denial_ttl = entry.value;
    if (entry.kind == LedgerKind::kExpire) traits.soa_expire = entry.value;
    if (entry.kind == LedgerKind::kDnskey) traits.dnskey_ttl = entry.value;
  }
  return traits;
}

void enter_version(model::Facts& facts, const VersionTraits& traits, model::VersionNumber version) {
  set_entry(facts, LedgerKind::kSigned, traits.signed_ttl, version);
  set_entry(facts, LedgerKind::kDenial, traits.denial_ttl, version);
  set_entry(facts, LedgerKind::kExpire, traits.soa_expire, version);
  if (traits.dnskey_ttl) set_entry(facts, LedgerKind::kDnskey, *traits.dnskey_ttl, version);
  // A secondary goes by the version that it holds; a value that was lowered counts on, which only
  // lengthens waits.
  facts.soa_refresh = std::max(facts.soa_refresh, traits.soa_refresh);
  facts.soa_retry = std::max(facts.soa_retry, traits.soa_retry);
  facts.publications.push_back({.version = version, .serial = traits.serial});
}

void enter_version(model::Facts& facts, const dns::Change& change, model::VersionNumber version) {
  enter_version(facts, traits_of(change, facts), version);
}

std::optional<sys_seconds> earliest_expiration(const dns::Zone& zone, sys_seconds now) {
  std::optional<sys_seconds> first;
  for (const auto earliest : {zone.names().earliest(), zone.denial().earliest()}) {
    if (earliest == 0) continue;
    const auto at = from_rrsig_time(earliest, now);
    if (!first || at < *first) first = at;
  }
  return first;
}

namespace {

/// Versions that records on their way count from.
std::vector<model::VersionNumber> moves_under_way(const model::KeyRing& ring) {
  std::vector<model::VersionNumber> versions;
  for (const auto& key : ring.keys) {
    for (const auto& record : key.records) {
      const bool settled = record.visibility == model::Visibility::kOmnipresent ||
                           record.visibility == model::Visibility::kHidden;
      if (settled) continue;
      versions.push_back(record.version);
      versions.push_back(key.resigned);
    }
  }
  return versions;
}

/// When VERSION, or one after it, was published.
std::optional<sys_seconds> published_at(const model::Facts& facts, model::VersionNumber version) {
  for (const auto& publication : facts.publications) {
    if (publication.version >= version && publication.published) return publication.published;
  }
  return std::nullopt;
}

void prune_ledger(model::Facts& facts, seconds longest, sys_seconds now) {
  std::erase_if(facts.ledger, [&](const model::LedgerEntry& entry) {
    const auto out = entry.until == 0 ? std::nullopt : published_at(facts, entry.until);
    return out && *out + longest + entry.value + kLongEnough < now;
  });
}

/// The oldest version that caches and secondaries may still hold: it is judged against the next one
/// (promise P3).
model::VersionNumber oldest_held(const model::Facts& facts, seconds longest, sys_seconds now) {
  const auto held_for =
      longest + facts.soa_refresh + facts.soa_retry + seconds(std::chrono::days(2));
  for (const auto& publication : facts.publications) {
    const auto replaced = published_at(facts, publication.version + 1);
    if (!replaced || *replaced + held_for > now) return publication.version;
  }
  return 0;
}

}  // namespace

void prune(model::Facts& facts, const model::KeyRing& ring, sys_seconds now) {
  seconds longest(0);
  for (const auto& entry : facts.ledger) longest = std::max(longest, entry.value);
  prune_ledger(facts, longest, now);
  auto needed = facts.publications.empty() ? 0 : facts.publications.back().version;
  auto versions = moves_under_way(ring);
  versions.push_back(oldest_held(facts, longest, now));
  for (const auto& entry : facts.ledger) versions.push_back(entry.until);
  for (const auto version : versions) {
    if (version != 0) needed = std::min(needed, version);
  }
  std::erase_if(facts.publications, [&](const model::Publication& publication) {
    return publication.version < needed;
  });
}

}  // namespace danewerk::engine
