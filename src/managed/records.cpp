#include "managed/records.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::managed {

using dns::RrType;

namespace {

Result<void> check_tags(dns::NodeView apex, const std::vector<model::Dnskey>& ours) {
  const auto foreign = apex.find(RrType::kDnskey);
  if (!foreign) return {};
  for (const auto rdata : foreign->rdata) {
    DW_TRY(const auto other, model::dnskey_from_rdata(rdata));
    for (const auto& key : ours) {
      const bool same = key.public_key == other.public_key;
      if (same || key.algorithm != other.algorithm || key.tag() != other.tag()) continue;
      return fail(Errc::kRefused,
                  fmt::format("key {} of ours has the tag of a foreign DNSKEY", key.tag()),
                  "replace our key by a new one");
    }
  }
  return {};
}

/// False when the child is not delegated.
bool put_ds(const dns::Zone& zone, const ChildDs& ds, dns::TreeEdit& edit) {
  const auto key = dns::sort_key(ds.child.view(), zone.apex());
  const auto before = zone.node(key);
  if (!before.has(RrType::kNs)) return ds.wanted.empty();
  dns::NodeBuilder node;
  node.load(before);
  bool is_changed = false;
  for (const auto& rdata : ds.ours) {
    if (std::ranges::find(ds.wanted, rdata) == ds.wanted.end()) {
      is_changed |= node.remove(RrType::kDs, rdata);
    }
  }
  for (const auto& rdata : ds.wanted) is_changed |= node.add(RrType::kDs, ds.ttl, rdata);
  if (!is_changed) return true;
  node.remove_rrsigs(RrType::kDs);
  edit.put(key, node.pack(), node.earliest_expiration());
  return true;
}

bool contains(const std::vector<Bytes>& all, ByteView one) {
  return std::ranges::any_of(all,
                             [&](const Bytes& rdata) { return std::ranges::equal(rdata, one); });
}

/// What shall stand there, the author's own with it.
struct TlsaRrset {
  std::vector<Bytes> rdata;
  dns::Ttl ttl = 0;
};

TlsaRrset tlsa_rrset(const std::optional<dns::RrsetView>& before, const ServiceTlsa& service) {
  TlsaRrset next{.rdata = service.wanted, .ttl = service.ttl};
  if (!before) return next;
  for (const auto rdata : before->rdata) {
    const bool is_ours = contains(service.ours, rdata) || contains(service.wanted, rdata);
    if (is_ours) continue;
    next.rdata.emplace_back(rdata.begin(), rdata.end());
    // RFC 2181 section 5.2: one TTL; the lower of the two is what both can stand.
    next.ttl = std::min(next.ttl, before->ttl);
  }
  return next;
}

bool stands_there(const std::optional<dns::RrsetView>& before, const TlsaRrset& next) {
  if (!before) return next.rdata.empty();
  if (before->ttl != next.ttl && !next.rdata.empty()) return false;
  std::size_t count = 0;
  for (const auto rdata : before->rdata) {
    ++count;
    if (!contains(next.rdata, rdata)) return false;
  }
  return count == next.rdata.size();
}

/// False when no TLSA can stand there.
bool put_tlsa(const dns::Zone& zone, const ServiceTlsa& service, dns::TreeEdit& edit) {
  const auto key = dns::sort_key(service.owner.view(), zone.apex());
  const auto before = zone.node(key);
  const bool has_place = !before.has(RrType::kCname) && !zone.cut_above(key);
  if (!has_place) return service.wanted.empty();
  const auto present = before.find(RrType::kTlsa);
  const auto next = tlsa_rrset(present, service);
  if (stands_there(present, next)) return true;
  dns::NodeBuilder node;
  if (before.empty()) {
    node.set_cased_owner(service.owner.view());
  } else {
    node.load(before);
  }
  node.remove(RrType::kTlsa);
  for (const auto& rdata : next.rdata) node.add(RrType::kTlsa, next.ttl, rdata);
  const auto packed = node.pack();
  if (packed.empty()) {
    edit.erase(key);
  } else {
    edit.put(key, packed, node.earliest_expiration());
  }
  return true;
}

}  // namespace

Result<Managed> add_records(const dns::Zone& zone, const Records& records) {
  const auto apex = zone.apex_node();
  DW_TRY_VOID(check_tags(apex, records.dnskeys));
  const auto soa = apex.find(RrType::kSoa);
  DW_CHECK(soa.has_value(), "a zone to be signed has an SOA");
  const auto foreign = apex.find(RrType::kDnskey);
  const auto dnskey_ttl = foreign ? foreign->ttl : records.dnskey_ttl;

  dns::NodeBuilder node;
  node.load(apex);
  const bool had_zonemd = node.remove(RrType::kZonemd);
  for (const auto& key : records.dnskeys) node.add(RrType::kDnskey, dnskey_ttl, key.rdata());
  for (const auto& rdata : records.cds) node.add(RrType::kCds, dnskey_ttl, rdata);
  for (const auto& rdata : records.cdnskey) node.add(RrType::kCdnskey, dnskey_ttl, rdata);
  // No cache holds NSEC3PARAM for anybody: only servers of the zone read it.
  if (records.nsec3param) node.add(RrType::kNsec3Param, 0, *records.nsec3param);
  if (records.zonemd) node.add(RrType::kZonemd, soa->ttl, *records.zonemd);

  dns::TreeEdit edit(zone.names());
  edit.put({}, node.pack(), node.earliest_expiration());
  Managed managed{.zone = zone, .dropped_zonemd = had_zonemd && !records.zonemd};
  for (const auto& ds : records.ds) {
    if (!put_ds(zone, ds, edit)) managed.undelegated.push_back(ds.child);
  }
  for (const auto& service : records.tlsa) {
    if (!put_tlsa(zone, service, edit)) managed.misplaced.push_back(service.owner);
  }
  managed.zone = dns::Zone(zone.apex(), edit.tree(), zone.denial());
  return managed;
}

namespace {

bool is_made_here(RrType type) {
  switch (type) {
    case RrType::kDnskey:
    case RrType::kCds:
    case RrType::kCdnskey:
    case RrType::kNsec:
    case RrType::kNsec3Param:
    case RrType::kZonemd:
      return true;
    default:
      return false;
  }
}

/// Records of the author's at a node, without signatures.
void add_others(dns::NodeView node, dns::NodeBuilder& builder) {
  for (const auto& rrset : node) {
    if (is_made_here(rrset.type)) continue;
    for (const auto rdata : rrset.rdata) builder.add(rrset.type, rrset.ttl, rdata);
  }
}

/// Takes away what we add, and all signatures. \param builder  has what NODE has.
void strip(dns::NodeView node, dns::NodeBuilder& builder) {
  for (const auto& rrset : node) {
    if (is_made_here(rrset.type)) {
      builder.remove(rrset.type);
    } else {
      builder.remove_rrsigs(rrset.type);
    }
  }
}

}  // namespace

dns::Zone without_records(const dns::Zone& signed_zone) {
  dns::NodeBuilder node;
  node.set_cased_owner(signed_zone.apex());
  add_others(signed_zone.apex_node(), node);
  dns::TreeEdit edit(signed_zone.names());
  edit.put({}, node.pack(), 0);
  return {signed_zone.apex(), edit.tree(), signed_zone.denial()};
}

dns::Zone without_signatures(const dns::Zone& signed_zone) {
  dns::TreeEdit edit(signed_zone.names());
  dns::NodeBuilder builder;
  dns::Tree::Cursor cursor(signed_zone.names());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const dns::NodeView node(cursor.entry().value);
    builder.load(node);
    strip(node, builder);
    edit.put(cursor.entry().key, builder.pack(), 0);
  }
  return {signed_zone.apex(), edit.tree(), dns::Tree()};
}

}  // namespace danewerk::managed
