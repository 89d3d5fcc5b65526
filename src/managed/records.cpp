#include "managed/records.h"

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
  // No cache holds NSEC3PARAM for anybody: only servers of the zone read it.
  if (records.nsec3param) node.add(RrType::kNsec3Param, 0, *records.nsec3param);
  if (records.zonemd) node.add(RrType::kZonemd, soa->ttl, *records.zonemd);

  dns::TreeEdit edit(zone.names());
  edit.put({}, node.pack(), node.earliest_expiration());
  return Managed{dns::Zone(zone.apex(), edit.tree(), zone.denial()), had_zonemd && !records.zonemd};
}

}  // namespace danewerk::managed
