/// \file
/// Faults of keys (RFC 4034 section 2), and of what stands at and below zone cuts (RFC 4035
/// section 2.2).

#include <algorithm>

#include <doctest/doctest.h>

#include "fault_table.h"

namespace danewerk::fault {

using dns::RrType;

namespace {

void add_dnskey(EditZone& zone, const TestKey& key, std::uint16_t flags) {
  Bytes rdata = key.dnskey;
  set_u16(rdata, 0, flags);
  zone.records.push_back({"example.", 3600, RrType::kDnskey, rdata});
  zone.sign("example.", RrType::kDnskey, ksk());
}

/// A new zone key with this tag. Flags other than zone key, revoked and SEP are free, and shift the
/// tag (RFC 4034 appendix B): one key in eight can be given it.
TestKey key_with_tag(std::uint16_t tag) {
  for (int tries = 0; tries < 500; ++tries) {
    auto made = crypto::generate(crypto::Algorithm::kEcdsaP256, 0);
    REQUIRE(made.has_value());
    TestKey key{{1, 0, 3, 13}, *std::move(made)};
    const Bytes half = key.private_key->public_key();
    key.dnskey.insert(key.dnskey.end(), half.begin(), half.end());
    for (unsigned flags = 0x100; flags < 0x10000; ++flags) {
      if ((flags & 0x181U) != 0x100U) continue;
      set_u16(key.dnskey, 0, flags);
      if (key.tag() == tag) return key;
    }
  }
  FAIL("no key with tag " << tag);
  return {};
}

}  // namespace

std::vector<Fault> key_faults() {
  return {
      {"ZSK not in DNSKEY",
       kAll,
       [](EditZone& z) {
         std::erase_if(z.records, [](const Record& r) {
           return r.type == RrType::kDnskey && r.rdata == zsk().dnskey;
         });
         z.sign("example.", RrType::kDnskey, ksk());
       },
       {"VERIFY-RRSIG-UNPUBLISHED-KEY"}},
      {"no DNSKEY at all",
       "nsec3 opt-out",
       [](EditZone& z) {
         z.remove("example.", RrType::kDnskey);
         z.remove_rrsigs("example.", RrType::kDnskey);
       },
       {"VERIFY-NO-DNSKEY", "VERIFY-NSEC3-BITMAP"},
       "example."},
      {"DNSKEY not signed",
       kAll,
       [](EditZone& z) { z.remove_rrsigs("example.", RrType::kDnskey); },
       {"VERIFY-RRSIG-MISSING"},
       "example."},
      {"DNSKEY signed by the ZSK alone",
       kAll,
       [](EditZone& z) { z.sign("example.", RrType::kDnskey, zsk()); },
       {"VERIFY-SEP-NOT-SIGNING"},
       "example."},
      {"DNSKEY with a protocol other than 3",
       kAll,
       [](EditZone& z) {
         Bytes rdata = other_key().dnskey;
         rdata[2] = 2;
         z.records.push_back({"example.", 3600, RrType::kDnskey, rdata});
         z.sign("example.", RrType::kDnskey, ksk());
       },
       {"VERIFY-DNSKEY-PROTOCOL"},
       "example."},
      {"DNSKEY that is no zone key",
       kAll,
       [](EditZone& z) { add_dnskey(z, other_key(), 0); },
       {"VERIFY-DNSKEY-NOT-ZONE-KEY"},
       "example."},
      {"signed by a DNSKEY that is no zone key",
       kAll,
       [](EditZone& z) {
         TestKey key = other_key();
         set_u16(key.dnskey, 0, 0);
         add_dnskey(z, key, 0);
         z.sign("www.example.", RrType::kA, key);
       },
       {"VERIFY-DNSKEY-NOT-ZONE-KEY", "VERIFY-RRSIG-UNPUBLISHED-KEY"}},
      {"DNSKEY that is no point of its curve",
       kAll,
       [](EditZone& z) {
         Bytes rdata = other_key().dnskey;
         std::fill(rdata.begin() + 4, rdata.end(), std::uint8_t{0xff});
         z.records.push_back({"example.", 3600, RrType::kDnskey, rdata});
         z.sign("example.", RrType::kDnskey, ksk());
       },
       {"VERIFY-DNSKEY-FORMAT"},
       "example."},
      {"DNSKEY of an unknown algorithm, which signs nothing",
       kAll,
       [](EditZone& z) {
         z.add("example. 3600 IN DNSKEY 256 3 250 AQID");
         z.sign("example.", RrType::kDnskey, ksk());
       },
       {"VERIFY-ALGORITHM-UNKNOWN", "VERIFY-RRSIG-ALGORITHM-MISSING"}},
      {"DNSKEY of a second algorithm, which signs nothing (RFC 4035 section 2.2)",
       kAll,
       [](EditZone& z) {
         z.records.push_back(
             {"example.", 3600, RrType::kDnskey, fault::load_key("Kexample.+015+11784").dnskey});
         z.sign("example.", RrType::kDnskey, ksk());
       },
       {"VERIFY-RRSIG-ALGORITHM-MISSING"}},
      {"a revoked key signs data alone",
       kAll,
       [](EditZone& z) {
         TestKey key = other_key();
         set_u16(key.dnskey, 0, 0x180);
         z.records.push_back({"example.", 3600, RrType::kDnskey, key.dnskey});
         z.sign("example.", RrType::kDnskey, ksk());
         z.sign_too("example.", RrType::kDnskey, key);
         z.sign("www.example.", RrType::kA, key);
       },
       {"VERIFY-RRSIG-REVOKED-KEY"},
       "www.example."},
      {"a revoked key does not sign DNSKEY",
       kAll,
       [](EditZone& z) { add_dnskey(z, other_key(), 0x181); },
       {"VERIFY-REVOKED-NOT-SELF-SIGNED"},
       "example."},
      {"an additional RRSIG by an unpublished key: told, no fault",
       kAll,
       [](EditZone& z) { z.sign_too("www.example.", RrType::kA, other_key()); },
       {"VERIFY-RRSIG-EXTRA-KEY"},
       "www.example."},
      {"an additional RRSIG that has expired: told, no fault",
       kAll,
       [](EditZone& z) {
         z.sign_too("www.example.", RrType::kA, zsk(), {.expiration = "20261120000000"});
       },
       {"VERIFY-RRSIG-EXPIRED"},
       "www.example."},
      {"two keys, one tag: both are tried",
       kAll,
       [](EditZone& z) {
         const TestKey twin = key_with_tag(zsk().tag());
         z.records.push_back({"example.", 3600, RrType::kDnskey, twin.dnskey});
         z.sign("example.", RrType::kDnskey, ksk());
         z.sign("www.example.", RrType::kA, twin);
       },
       {}},
  };
}

std::vector<Fault> cut_faults() {
  return {
      {"glue signed",
       kAll,
       [](EditZone& z) { z.sign("ns.secure.example.", RrType::kA, zsk()); },
       {"VERIFY-SIGNED-GLUE"},
       "ns.secure.example."},
      {"glue at the delegation itself signed",
       kAll,
       [](EditZone& z) { z.sign("self.example.", RrType::kA, zsk()); },
       {"VERIFY-SIGNED-GLUE"},
       "self.example."},
      {"NS of a delegation signed",
       kAll,
       [](EditZone& z) { z.sign("insecure.example.", RrType::kNs, zsk()); },
       {"VERIFY-SIGNED-DELEGATION-NS"},
       "insecure.example."},
      {"a name below a DNAME signed",
       kAll,
       [](EditZone& z) {
         z.add("below.dn.example. 600 IN TXT \"occluded\"");
         z.sign("below.dn.example.", RrType::kTxt, zsk());
       },
       {"VERIFY-SIGNED-OCCLUDED"},
       "below.dn.example."},
      {"a name below a DNAME, unsigned: no fault",
       kAll,
       [](EditZone& z) { z.add("below.dn.example. 600 IN TXT \"occluded\""); },
       {}},
      {"a type beside a delegation, unsigned: no fault",
       kAll,
       [](EditZone& z) { z.add("insecure.example. 600 IN TXT \"occluded\""); },
       {}},
      {"a type beside a delegation, signed",
       kAll,
       [](EditZone& z) {
         z.add("insecure.example. 600 IN TXT \"occluded\"");
         z.sign("insecure.example.", RrType::kTxt, zsk());
       },
       {"VERIFY-SIGNED-OCCLUDED"},
       "insecure.example."},
      {"SOA away from the apex",
       kAll,
       [](EditZone& z) { z.add("ns.secure.example. 600 IN SOA a. b. 1 2 3 4 5"); },
       {"VERIFY-SOA-NOT-AT-APEX"},
       "ns.secure.example."},
      {"two SOA records",
       kAll,
       [](EditZone& z) {
         z.add(
             "example. 3600 IN SOA ns1.example. hostmaster.example. 2026112102 7200 3600 1209600 "
             "300");
         z.sign("example.", RrType::kSoa, zsk());
       },
       {"VERIFY-SOA-COUNT"},
       "example."},
  };
}

}  // namespace danewerk::fault
