#include "engine/zone_tlsa.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "crypto/signature.h"
#include "dns/rdata_text.h"
#include "engine/alias_end.h"
#include "rollover/tlsa_timing.h"

namespace danewerk::engine {

using dns::RrType;

namespace {

std::optional<dns::RrsetView> rrset_at(const dns::Zone& zone, const std::string& owner) {
  const auto end = follow(zone, owner);
  return answering(zone, dns::sort_key(end.name, zone.apex())).find(RrType::kTlsa);
}

/// Without those that a wildcard lends it.
std::optional<dns::RrsetView> own_rrset_at(const dns::Zone& zone, const std::string& owner) {
  const auto end = follow(zone, owner);
  return zone.node(dns::sort_key(end.name, zone.apex())).find(RrType::kTlsa);
}

void enter_alias(const dns::Zone& zone, model::TlsaOwner& owner) {
  auto end = follow(zone, owner.name);
  auto text = dns::to_canonical_text(end.name);
  owner.target = text == owner.name ? std::string() : std::move(text);
  owner.obstacle = std::move(end.obstacle);
  // Caches may hold an alias that was longer-lived.
  owner.alias_ttl = std::max(owner.alias_ttl, end.ttl);
}

model::RdataSet records_of(const std::optional<dns::RrsetView>& rrset) {
  model::RdataSet records;
  if (!rrset) return records;
  for (const auto rdata : rrset->rdata) records.emplace(rdata.begin(), rdata.end());
  return records;
}

std::optional<sys_seconds> signed_until(const dns::RrsetView& rrset, sys_seconds now) {
  std::optional<sys_seconds> latest;
  constexpr std::size_t kExpiration = 8;  // RFC 4034 section 3.1
  for (const auto rrsig : rrset.rrsigs) {
    const auto at = from_rrsig_time(load_u32(rrsig.data() + kExpiration), now);
    latest = latest ? std::max(*latest, at) : at;
  }
  return latest;
}

}  // namespace

seconds negative_ttl(const dns::Zone& zone) {
  const auto soa = zone.apex_node().find(RrType::kSoa);
  DW_CHECK(soa.has_value(), "a version has an SOA");
  const auto rdata = *soa->rdata.begin();
  constexpr std::size_t kMinimum = 4;  // the last field (RFC 1035 section 3.3.13)
  const auto minimum = load_u32(rdata.data() + rdata.size() - kMinimum);
  return seconds(std::min<std::uint32_t>(soa->ttl, minimum));
}

model::RdataSet records_at(const dns::Zone& zone, std::string_view key) {
  return records_of(zone.node(key).find(RrType::kTlsa));
}

void keep_present(OwnerWish& wish) {
  wish.wanted = model::without(wish.owner.present(), wish.owner.foreign);
  wish.ttl = wish.owner.versions.back().ttl;
}

bool is_kept_for_pointers(const OwnerWish& wish) {
  const auto& pointers = wish.owner.pointers;
  return wish.is_left && pointers && pointers->left.version != 0;
}

std::string digest_of(const std::vector<OwnerWish>& wishes) {
  const auto is_empty = [](const OwnerWish& wish) { return wish.wanted.empty(); };
  if (std::ranges::all_of(wishes, is_empty)) return {};
  crypto::DigestStream stream(crypto::DigestType::kSha256);
  const auto add = [&](ByteView octets) {
    Bytes size;
    append_u32(size, static_cast<std::uint32_t>(octets.size()));
    stream.update(size);
    stream.update(octets);
  };
  for (const auto& wish : wishes) {
    if (is_empty(wish)) continue;
    add(as_bytes(wish.owner.name));
    for (const auto& rdata : wish.wanted) add(rdata);
    add(as_bytes(to_text(wish.ttl)));
  }
  return to_hex(stream.finish().view());
}

bool note_foreign(const dns::Zone& source, OwnerWish& wish) {
  // Where something of ours stands, no wildcard answers (RFC 4592 section 2.2.1).
  const bool has_ours = !model::without(wish.wanted, wish.owner.foreign).empty();
  const auto there =
      has_ours ? own_rrset_at(source, wish.owner.name) : rrset_at(source, wish.owner.name);
  auto foreign = model::without(records_of(there), wish.adopted);
  const bool is_news = foreign != wish.owner.foreign;
  if (is_news) wish.wanted = model::without(wish.owner.present(), wish.owner.foreign);
  wish.owner.foreign = std::move(foreign);
  return is_news;
}

bool enter_authors(const dns::Zone& source, const model::RdataSet& adopted, const NextVersion& next,
                   model::TlsaOwner& owner) {
  OwnerWish wish{
      .owner = owner, .wanted = model::without(owner.present(), owner.foreign), .adopted = adopted};
  if (!note_foreign(source, wish)) return false;
  owner = std::move(wish.owner);
  const auto authors = rrset_at(source, owner.name);
  auto ttl = owner.versions.back().ttl;
  if (authors)
    ttl = owner.present().empty() ? seconds(authors->ttl) : std::max(ttl, seconds(authors->ttl));
  rollover::commit_rrset(owner, {.records = model::together(wish.wanted, owner.foreign),
                                 .ttl = ttl,
                                 .first = next.number,
                                 .made = next.made});
  return true;
}

void enter_first_sight(const FirstSight& sight, model::TlsaOwner& owner) {
  enter_alias(*sight.source, owner);
  const auto authors = rrset_at(*sight.source, owner.name);
  owner.foreign = records_of(authors);
  // Resolvers have what was published; of a zone that was not, somebody may have served the source.
  const auto published = sight.output == nullptr ? authors : rrset_at(*sight.output, owner.name);
  auto& versions = owner.versions;
  if (published) {
    const seconds ttl(published->ttl);
    auto& present = versions.back();
    present.records = records_of(published);
    present.ttl = ttl;
    present.first = sight.version;
    const auto until = std::max<model::VersionNumber>(sight.version, 1);
    versions.insert(versions.begin(), model::unknown_version(ttl, until));
  }
  if (!authors || std::ranges::includes(versions.back().records, owner.foreign)) return;
  // What the author added comes with the next version, whatever is decided here.
  model::TlsaVersion next{.records = model::together(versions.back().records, owner.foreign),
                          .ttl = std::max(versions.back().ttl, seconds(authors->ttl)),
                          .first = sight.version + 1};
  rollover::commit_rrset(owner, std::move(next));
}

managed::ServiceTlsa service_tlsa(const OwnerWish& wish, const dns::Zone& base) {
  managed::ServiceTlsa service{.owner = follow(base, wish.owner.name).name,
                               .ttl = static_cast<dns::Ttl>(wish.ttl.count())};
  const auto put = [](const model::RdataSet& from, std::vector<Bytes>& to) {
    to.assign(from.begin(), from.end());
  };
  model::RdataSet ours = wish.adopted;
  for (const auto& version : wish.owner.versions) {
    ours.insert(version.records.begin(), version.records.end());
  }
  put(model::without(ours, wish.owner.foreign), service.ours);
  put(model::without(wish.wanted, wish.owner.foreign), service.wanted);
  return service;
}

void add_service(managed::ServiceTlsa service, std::vector<managed::ServiceTlsa>& to) {
  const auto same = std::ranges::find_if(to, [&](const managed::ServiceTlsa& other) {
    return dns::equal(other.owner, service.owner);
  });
  if (same == to.end()) {
    to.push_back(std::move(service));
    return;
  }
  const auto unite = [](std::vector<Bytes>& into, const std::vector<Bytes>& more) {
    for (const auto& rdata : more) {
      if (std::ranges::find(into, rdata) == into.end()) into.push_back(rdata);
    }
  };
  unite(same->wanted, service.wanted);
  unite(same->ours, service.ours);
  same->ttl = std::min(same->ttl, service.ttl);
}

std::vector<std::string> addresses_at(const dns::Zone& zone, const std::string& host) {
  std::vector<std::string> addresses;
  const auto end = follow(zone, host);
  if (!end.obstacle.empty()) return addresses;
  const auto node = answering(zone, dns::sort_key(end.name, zone.apex()));
  for (const auto type : {RrType::kA, RrType::kAaaa}) {
    const auto rrset = node.find(type);
    if (!rrset) continue;
    for (const auto rdata : rrset->rdata) addresses.push_back(dns::rdata_to_text(type, rdata));
  }
  std::ranges::sort(addresses);
  return addresses;
}

void enter_version(model::TlsaOwner& owner, const dns::Zone& zone, model::VersionNumber number,
                   sys_seconds now) {
  enter_alias(zone, owner);
  const auto rrset = rrset_at(zone, owner.name);
  model::TlsaVersion next{.records = records_of(rrset),
                          .ttl = rrset ? seconds(rrset->ttl) : negative_ttl(zone),
                          .first = number,
                          .made = now};
  if (rrset) next.signed_until = signed_until(*rrset, now);
  rollover::commit_rrset(owner, std::move(next));
  if (!rrset) return;
  // Signed again: whoever has the record may replay it for longer.
  auto& present = owner.versions.back();
  const auto until = signed_until(*rrset, now);
  if (until && (!present.signed_until || *present.signed_until < *until)) {
    present.signed_until = until;
  }
}

}  // namespace danewerk::engine
