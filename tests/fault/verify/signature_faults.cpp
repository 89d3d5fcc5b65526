/// \file
/// Faults of signatures (RFC 4034 section 3, RFC 4035 section 2.2).

#include <algorithm>

#include "fault_table.h"

namespace danewerk::fault {

using dns::RrType;

namespace {

void corrupt(Record& rrsig) {
  rrsig.rdata.back() ^= 1U;
}

}  // namespace

std::vector<Fault> signature_faults() {
  return {
      {"RRSIG missing",
       kAll,
       [](EditZone& z) { z.remove_rrsigs("www.example.", RrType::kAaaa); },
       {"VERIFY-RRSIG-MISSING"},
       "www.example."},
      {"RRSIG corrupted",
       kAll,
       [](EditZone& z) { corrupt(z.rrsig("www.example.", RrType::kA)); },
       {"VERIFY-RRSIG-BOGUS"},
       "www.example."},
      {"RRSIG shortened by an octet",
       kAll,
       [](EditZone& z) { z.rrsig("www.example.", RrType::kA).rdata.pop_back(); },
       {"VERIFY-RRSIG-BOGUS"},
       "www.example."},
      {"RRSIG without signature",
       kAll,
       [](EditZone& z) { z.rrsig("www.example.", RrType::kA).rdata.resize(27); },
       {"VERIFY-RRSIG-FORMAT"},
       "www.example."},
      {"RRSIG of NSEC3 corrupted",
       kWithNsec3,
       [](EditZone& z) { corrupt(z.rrsig(z.hashed("www.example."), RrType::kNsec3)); },
       {"VERIFY-RRSIG-BOGUS"}},
      {"RRSIG of NSEC3 missing",
       kWithNsec3,
       [](EditZone& z) { z.remove_rrsigs(z.hashed("www.example."), RrType::kNsec3); },
       {"VERIFY-RRSIG-MISSING"}},
      {"RRSIG of DS missing",
       kAll,
       [](EditZone& z) { z.remove_rrsigs("secure.example.", RrType::kDs); },
       {"VERIFY-RRSIG-MISSING"},
       "secure.example."},
      {"a record changed",
       kAll,
       [](EditZone& z) { z.one("ns2.example.", RrType::kA).rdata[3] ^= 1; },
       {"VERIFY-RRSIG-BOGUS"},
       "ns2.example."},
      {"a record added to an RRset",
       kAll,
       [](EditZone& z) { z.add("ns2.example. 3600 IN A 192.0.2.99"); },
       {"VERIFY-RRSIG-BOGUS"},
       "ns2.example."},
      {"one RRSIG expired",
       kAll,
       [](EditZone& z) {
         z.sign("www.example.", RrType::kA, zsk(), {.expiration = "20261120235959"});
       },
       {"VERIFY-RRSIG-EXPIRED"},
       "www.example."},
      {"one RRSIG not yet valid",
       kAll,
       [](EditZone& z) {
         z.sign("www.example.", RrType::kA, zsk(), {.inception = "20261121000001"});
       },
       {"VERIFY-RRSIG-NOT-YET-VALID"},
       "www.example."},
      {"all RRSIGs expired",
       kAll,
       [](EditZone&) {},
       {"VERIFY-RRSIG-EXPIRED"},
       {},
       "20270203000001"},
      {"no RRSIG valid yet",
       kAll,
       [](EditZone&) {},
       {"VERIFY-RRSIG-NOT-YET-VALID"},
       {},
       "20261031220000"},
      {"RRSIG ends before it begins",
       kAll,
       [](EditZone& z) {
         z.sign("www.example.", RrType::kA, zsk(),
                {.inception = "20261122000000", .expiration = "20261120000000"});
       },
       {"VERIFY-RRSIG-TIMES"},
       "www.example."},
      {"the only RRSIG is by an unpublished key",
       kAll,
       [](EditZone& z) { z.sign("www.example.", RrType::kA, other_key()); },
       {"VERIFY-RRSIG-UNPUBLISHED-KEY"},
       "www.example."},
      {"the only RRSIG of an NSEC3 is by an unpublished key",
       kWithNsec3,
       [](EditZone& z) { z.sign(z.hashed("www.example."), RrType::kNsec3, other_key()); },
       {"VERIFY-RRSIG-UNPUBLISHED-KEY"}},
      {"labels too few",
       kAll,
       [](EditZone& z) { z.sign("www.example.", RrType::kA, zsk(), {.labels = 1}); },
       {"VERIFY-RRSIG-LABELS"},
       "www.example."},
      {"labels too many",
       kAll,
       [](EditZone& z) { z.rrsig("www.example.", RrType::kA).rdata[3] = 3; },
       {"VERIFY-RRSIG-LABELS"},
       "www.example."},
      {"the asterisk counted as a label",
       kAll,
       [](EditZone& z) { z.sign("*.wild.example.", RrType::kTxt, zsk(), {.labels = 3}); },
       {"VERIFY-RRSIG-LABELS"},
       "*.wild.example."},
      {"original TTL",
       kAll,
       [](EditZone& z) { z.rrsig("www.example.", RrType::kA).rdata[7] ^= 1; },
       {"VERIFY-RRSIG-ORIGINAL-TTL"},
       "www.example."},
      {"TTL of the RRset changed",
       kAll,
       [](EditZone& z) { z.one("ns2.example.", RrType::kA).ttl = 1800; },
       {"VERIFY-RRSIG-ORIGINAL-TTL", "VERIFY-RRSIG-TTL"},
       "ns2.example."},
      {"TTL of the RRSIG changed",
       kAll,
       [](EditZone& z) { z.rrsig("ns2.example.", RrType::kA).ttl = 1800; },
       {"VERIFY-RRSIG-TTL"},
       "ns2.example."},
      {"signer is not the apex",
       kAll,
       [](EditZone& z) { z.sign("www.example.", RrType::kA, zsk(), {.signer = "www.example."}); },
       {"VERIFY-RRSIG-SIGNER"},
       "www.example."},
      {"RRSIG for a type that is not there",
       kAll,
       [](EditZone& z) {
         z.add("www.example. 600 IN TXT \"gone\"");
         z.sign("www.example.", RrType::kTxt, zsk());
         z.remove("www.example.", RrType::kTxt);
       },
       {"VERIFY-RRSIG-ORPHAN"},
       "www.example."},
      {"RRSIG for a name that is not there",
       kAll,
       [](EditZone& z) {
         z.add("gone.example. 600 IN TXT \"gone\"");
         z.sign("gone.example.", RrType::kTxt, zsk());
         z.remove("gone.example.", RrType::kTxt);
       },
       {"VERIFY-RRSIG-ORPHAN"},
       "gone.example."},
  };
}

}  // namespace danewerk::fault
