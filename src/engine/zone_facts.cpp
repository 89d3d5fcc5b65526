#include "engine/zone_facts.h"

#include <algorithm>
#include <chrono>
#include <utility>

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

void enter_version(model::Facts& facts, const dns::Change& change, model::VersionNumber version) {
  const auto soa = soa_of(change.after);
  std::optional<seconds> known;
  for (const auto& entry : facts.ledger) {
    if (entry.kind == LedgerKind::kSigned && entry.until == 0) known = entry.value;
  }
  set_entry(facts, LedgerKind::kSigned, largest_signed_ttl(change, known), version);
  // RFC 2308 section 5: a negative answer lives for the lesser of SOA TTL and SOA MINIMUM.
  set_entry(facts, LedgerKind::kDenial, std::min(soa.ttl, soa.minimum), version);
  set_entry(facts, LedgerKind::kExpire, soa.expire, version);
  if (const auto dnskey = change.after.apex_node().find(RrType::kDnskey)) {
    set_entry(facts, LedgerKind::kDnskey, seconds(dnskey->ttl), version);
  }
  // A secondary goes by the version that it holds; a value that was lowered counts on, which only
  // lengthens waits.
  facts.soa_refresh = std::max(facts.soa_refresh, soa.refresh);
  facts.soa_retry = std::max(facts.soa_retry, soa.retry);
  facts.publications.push_back({.version = version, .serial = soa.serial});
}

void prune(model::Facts& facts, const model::KeyRing& ring, sys_seconds now) {
  const auto published = [&](model::VersionNumber version) -> std::optional<sys_seconds> {
    for (const auto& publication : facts.publications) {
      if (publication.version >= version && publication.published) return publication.published;
    }
    return std::nullopt;
  };
  seconds longest(0);
  for (const auto& entry : facts.ledger) longest = std::max(longest, entry.value);
  std::erase_if(facts.ledger, [&](const model::LedgerEntry& entry) {
    const auto out = entry.until == 0 ? std::nullopt : published(entry.until);
    return out && *out + longest + entry.value + kLongEnough < now;
  });
  auto needed = facts.publications.empty() ? 0 : facts.publications.back().version;
  const auto need = [&](model::VersionNumber version) {
    if (version != 0) needed = std::min(needed, version);
  };
  for (const auto& entry : facts.ledger) need(entry.until);
  for (const auto& key : ring.keys) {
    for (const auto& record : key.records) {
      const bool settled = record.visibility == model::Visibility::kOmnipresent ||
                           record.visibility == model::Visibility::kHidden;
      if (settled) continue;
      need(record.version);
      need(key.resigned);
    }
  }
  std::erase_if(facts.publications, [&](const model::Publication& publication) {
    return publication.version < needed;
  });
}

}  // namespace danewerk::engine
