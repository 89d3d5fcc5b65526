/// \file
/// Faults of NSEC chains (RFC 4034 section 4, RFC 4035 section 2.3).

#include <algorithm>

#include <doctest/doctest.h>

#include "fault_table.h"

namespace danewerk::fault {

using dns::RrType;

std::vector<Fault> nsec_faults() {
  return {
      {"NSEC missing",
       "nsec",
       [](EditZone& z) {
         z.remove("www.example.", RrType::kNsec);
         z.remove_rrsigs("www.example.", RrType::kNsec);
       },
       {"VERIFY-NSEC-MISSING"},
       "www.example."},
      {"NSEC missing at the apex",
       "nsec",
       [](EditZone& z) {
         z.remove("example.", RrType::kNsec);
         z.remove_rrsigs("example.", RrType::kNsec);
       },
       {"VERIFY-NSEC-MISSING"},
       "example."},
      {"NSEC missing, its RRSIG left",
       "nsec",
       [](EditZone& z) { z.remove("www.example.", RrType::kNsec); },
       {"VERIFY-NSEC-MISSING", "VERIFY-RRSIG-ORPHAN"},
       "www.example."},
      {"NSEC skips a name",
       "nsec",
       [](EditZone& z) {
         const std::string next = nsec_next(z.one("ns1.example.", RrType::kNsec));
         const std::string after = nsec_next(z.one(next, RrType::kNsec));
         edit_nsec(z, "ns1.example.", [&](Record& r) { set_next_name(r, after); });
       },
       {"VERIFY-NSEC-NEXT"},
       "ns1.example."},
      {"NSEC does not close the ring",
       "nsec",
       [](EditZone& z) {
         for (Record& r : z.records) {
           if (r.type == RrType::kNsec && nsec_next(r) == "example.") {
             const std::string owner = r.owner;
             set_next_name(r, "www.example.");
             z.sign(owner, RrType::kNsec, zsk());
             return;
           }
         }
         FAIL("no last NSEC");
       },
       {"VERIFY-NSEC-NEXT"}},
      {"a type too many in the bitmap",
       "nsec",
       [](EditZone& z) {
         edit_nsec(z, "www.example.", [](Record& r) { fault::flip_type(r, RrType::kTxt); });
       },
       {"VERIFY-NSEC-BITMAP"},
       "www.example."},
      {"a type missing in the bitmap",
       "nsec",
       [](EditZone& z) {
         edit_nsec(z, "example.", [](Record& r) { fault::flip_type(r, RrType::kCaa); });
       },
       {"VERIFY-NSEC-BITMAP"},
       "example."},
      {"DS missing in the bitmap of a delegation",
       "nsec",
       [](EditZone& z) {
         edit_nsec(z, "secure.example.", [](Record& r) { fault::flip_type(r, RrType::kDs); });
       },
       {"VERIFY-NSEC-BITMAP"},
       "secure.example."},
      {"NSEC at glue",
       "nsec",
       [](EditZone& z) { z.add("ns.secure.example. 300 IN NSEC self.example. A RRSIG NSEC"); },
       {"VERIFY-NSEC-EXTRA"},
       "ns.secure.example."},
      {"two NSEC at one name",
       "nsec",
       [](EditZone& z) {
         z.add("www.example. 300 IN NSEC example. TXT RRSIG NSEC");
         z.sign("www.example.", RrType::kNsec, zsk());
       },
       {"VERIFY-NSEC-FORMAT"},
       "www.example."},
      {"NSEC with a TTL above the SOA's",
       "nsec",
       [](EditZone& z) { edit_nsec(z, "www.example.", [](Record& r) { r.ttl = 301; }); },
       {"VERIFY-DENIAL-TTL"},
       "www.example."},
      {"NSEC3PARAM in an NSEC zone",
       "nsec",
       [](EditZone& z) {
         z.add("example. 0 IN NSEC3PARAM 1 0 0 -");
         z.sign("example.", RrType::kNsec3Param, zsk());
         edit_nsec(z, "example.", [](Record& r) { fault::flip_type(r, RrType::kNsec3Param); });
       },
       {"VERIFY-NSEC3PARAM-EXTRA"},
       "example."},
      {"a stray NSEC3 in an NSEC zone",
       "nsec",
       [](EditZone& z) {
         z.add(
             "00000000000000000000000000000000.example. 300 IN NSEC3 1 0 0 - "
             "00000000000000000000000000000000 A");
         z.sign("00000000000000000000000000000000.example.", RrType::kNsec3, zsk());
       },
       {"VERIFY-NSEC-AND-NSEC3"}},
      {"all NSEC missing",
       "nsec",
       [](EditZone& z) {
         std::erase_if(z.records, [](const Record& r) {
           return r.type == RrType::kNsec ||
                  (r.type == RrType::kRrsig && r.covered() == RrType::kNsec);
         });
       },
       {"VERIFY-NO-DENIAL"},
       "example."},
      {"an unsigned record of a new name",
       "nsec",
       [](EditZone& z) { z.add("new.example. 600 IN TXT \"new\""); },
       {"VERIFY-RRSIG-MISSING", "VERIFY-NSEC-MISSING", "VERIFY-NSEC-NEXT"}},
      {"a name removed",
       "nsec",
       [](EditZone& z) { z.remove_name("ns2.example."); },
       {"VERIFY-NSEC-NEXT"}},
      {"a delegation that hides signed names",
       "nsec",
       [](EditZone& z) {
         z.add("host.b.c.example. 600 IN NS ns1.example.");
         z.add("a.host.b.c.example. 600 IN TXT \"hidden\"");
       },
       {"VERIFY-NSEC-BITMAP", "VERIFY-SIGNED-GLUE"},
       "host.b.c.example."},
  };
}

}  // namespace danewerk::fault
