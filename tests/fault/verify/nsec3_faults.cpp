/// \file
/// Faults of NSEC3 chains (RFC 5155 section 7.1), and of content that does not fit the chain.

#include <algorithm>

#include "fault_table.h"

namespace danewerk::fault {

using dns::RrType;

namespace {

Record& nsec3_of(EditZone& zone, std::string_view name) {
  return zone.one(zone.hashed(name), RrType::kNsec3);
}

}  // namespace

std::vector<Fault> nsec3_faults() {
  return {
      {"NSEC3 of a name missing, ring closed behind it",
       "nsec3",
       [](EditZone& z) { unlink_nsec3(z, "www.example."); },
       {"VERIFY-NSEC3-MISSING"},
       "www.example."},
      {"NSEC3 of a name missing under opt-out",
       "opt-out",
       [](EditZone& z) { unlink_nsec3(z, "www.example."); },
       {"VERIFY-NSEC3-MISSING"},
       "www.example."},
      {"NSEC3 of a secure delegation missing under opt-out",
       "opt-out",
       [](EditZone& z) { unlink_nsec3(z, "secure.example."); },
       {"VERIFY-NSEC3-MISSING"},
       "secure.example."},
      {"NSEC3 of a name missing, with its RRSIG",
       kWithNsec3,
       [](EditZone& z) { z.remove_name(z.hashed("www.example.")); },
       {"VERIFY-NSEC3-MISSING", "VERIFY-NSEC3-NEXT"}},
      {"NSEC3 of a name missing, its RRSIG left",
       kWithNsec3,
       [](EditZone& z) { z.remove(z.hashed("www.example."), RrType::kNsec3); },
       {"VERIFY-NSEC3-MISSING", "VERIFY-NSEC3-NEXT", "VERIFY-RRSIG-ORPHAN"}},
      {"NSEC3 of an insecure delegation missing",
       "nsec3",
       [](EditZone& z) { unlink_nsec3(z, "insecure.example."); },
       {"VERIFY-NSEC3-OPT-OUT"},
       "insecure.example."},
      {"NSEC3 of an empty non-terminal missing",
       kWithNsec3,
       [](EditZone& z) { unlink_nsec3(z, "b.c.example."); },
       {"VERIFY-NSEC3-MISSING-ENT"},
       "b.c.example."},
      {"NSEC3 of an upper empty non-terminal missing",
       kWithNsec3,
       [](EditZone& z) { unlink_nsec3(z, "c.example."); },
       {"VERIFY-NSEC3-MISSING-ENT"},
       "c.example."},
      {"NSEC3 of an empty non-terminal with one secure name below it missing",
       "opt-out",
       [](EditZone& z) { unlink_nsec3(z, "both.example."); },
       {"VERIFY-NSEC3-MISSING-ENT"},
       "both.example."},
      {"wrong next hash",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "www.example.", [&](Record& r) { r.rdata.at(6U + r.rdata[4]) ^= 1U; });
       },
       {"VERIFY-NSEC3-NEXT"}},
      {"next hash skips one",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "www.example.",
                    [&](Record& r) { set_next_hash(r, z.after(z.after(r.owner))); });
       },
       {"VERIFY-NSEC3-NEXT"}},
      {"a type too many in the bitmap",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "www.example.", [](Record& r) { fault::flip_type(r, RrType::kTxt); });
       },
       {"VERIFY-NSEC3-BITMAP"},
       "www.example."},
      {"a type missing in the bitmap",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "rare.example.",
                    [](Record& r) { fault::flip_type(r, static_cast<RrType>(65280)); });
       },
       {"VERIFY-NSEC3-BITMAP"},
       "rare.example."},
      {"RRSIG bit at an insecure delegation",
       "nsec3",
       [](EditZone& z) {
         edit_nsec3(z, "insecure.example.", [](Record& r) { fault::flip_type(r, RrType::kRrsig); });
       },
       {"VERIFY-NSEC3-BITMAP"},
       "insecure.example."},
      {"glue in the bitmap of a delegation",
       "nsec3",
       [](EditZone& z) {
         edit_nsec3(z, "self.example.", [](Record& r) { fault::flip_type(r, RrType::kA); });
       },
       {"VERIFY-NSEC3-BITMAP"},
       "self.example."},
      {"a type at an empty non-terminal",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "c.example.", [](Record& r) { fault::flip_type(r, RrType::kA); });
       },
       {"VERIFY-NSEC3-BITMAP"},
       "c.example."},
      {"zero octets at the end of the bitmap",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "ns2.example.", [](Record& r) {
           r.rdata.at(fault::bitmap_start(r) + 1) += 1;
           r.rdata.push_back(0);
         });
       },
       {"VERIFY-NSEC3-BITMAP"},
       "ns2.example."},
      {"opt-out flag missing in one record",
       "opt-out",
       [](EditZone& z) { edit_nsec3(z, "www.example.", [](Record& r) { r.rdata[1] = 0; }); },
       {"VERIFY-NSEC3-OPT-OUT"}},
      {"opt-out flag set in one record",
       "nsec3",
       [](EditZone& z) { edit_nsec3(z, "www.example.", [](Record& r) { r.rdata[1] = 1; }); },
       {"VERIFY-NSEC3-OPT-OUT"}},
      {"opt-out flag missing everywhere",
       "opt-out",
       [](EditZone& z) { edit_all_nsec3(z, [](Record& r) { r.rdata[1] = 0; }); },
       {"VERIFY-NSEC3-OPT-OUT", "VERIFY-NSEC3-MISSING-ENT"},
       {},
       {},
       "bind knot"},
      {"unknown flags",
       kWithNsec3,
       [](EditZone& z) { edit_nsec3(z, "www.example.", [](Record& r) { r.rdata[1] |= 2; }); },
       {"VERIFY-NSEC3-FLAGS"}},
      {"iterations of one record",
       kWithNsec3,
       [](EditZone& z) { edit_nsec3(z, "www.example.", [](Record& r) { r.rdata[3] += 1; }); },
       {"VERIFY-NSEC3-PARAMS"}},
      {"NSEC3PARAM with other iterations",
       kWithNsec3,
       [](EditZone& z) {
         z.one("example.", RrType::kNsec3Param).rdata[3] += 1;
         z.sign("example.", RrType::kNsec3Param, zsk());
       },
       {"VERIFY-NSEC3PARAM-MISMATCH"},
       "example."},
      {"NSEC3PARAM with another salt",
       kWithNsec3,
       [](EditZone& z) {
         Bytes& rdata = z.one("example.", RrType::kNsec3Param).rdata;
         rdata.resize(5);
         rdata[4] = 1;
         rdata.push_back(0x55);
         z.sign("example.", RrType::kNsec3Param, zsk());
       },
       {"VERIFY-NSEC3PARAM-MISMATCH"},
       "example."},
      {"NSEC3PARAM with the opt-out flag",
       kWithNsec3,
       [](EditZone& z) {
         z.one("example.", RrType::kNsec3Param).rdata[1] = 1;
         z.sign("example.", RrType::kNsec3Param, zsk());
       },
       {"VERIFY-NSEC3PARAM-FLAGS"},
       "example."},
      {"NSEC3PARAM missing",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "example.", [](Record& r) { fault::flip_type(r, RrType::kNsec3Param); });
         z.remove("example.", RrType::kNsec3Param);
         z.remove_rrsigs("example.", RrType::kNsec3Param);
       },
       {"VERIFY-NSEC3PARAM-MISSING"},
       "example."},
      {"NSEC3 for a name that is not there",
       kWithNsec3,
       [](EditZone& z) { link_nsec3(z, "nobody.example."); },
       {"VERIFY-NSEC3-EXTRA"}},
      {"NSEC3 for glue",
       kWithNsec3,
       [](EditZone& z) { link_nsec3(z, "ns.secure.example."); },
       {"VERIFY-NSEC3-EXTRA"}},
      {"two NSEC3 at one owner",
       kWithNsec3,
       [](EditZone& z) {
         Record record = nsec3_of(z, "www.example.");
         fault::flip_type(record, RrType::kTxt);
         const std::string owner = record.owner;
         z.records.push_back(record);
         z.sign(owner, RrType::kNsec3, zsk());
       },
       {"VERIFY-NSEC3-FORMAT"}},
      {"NSEC3 that cannot be read",
       kWithNsec3,
       [](EditZone& z) {
         edit_nsec3(z, "www.example.", [](Record& r) { r.rdata.resize(5U + r.rdata[4]); });
       },
       {"VERIFY-NSEC3-FORMAT"}},
      {"NSEC3 whose owner is no hash",
       kWithNsec3,
       [](EditZone& z) {
         Record record = nsec3_of(z, "www.example.");
         record.owner = "nohash.example.";
         z.records.push_back(record);
         z.sign(record.owner, RrType::kNsec3, zsk());
       },
       {"VERIFY-NSEC3-OWNER", "VERIFY-NSEC3-MISSING"}},
      {"TTL of one NSEC3 longer than the SOA allows (RFC 9077)",
       kWithNsec3,
       [](EditZone& z) { edit_nsec3(z, "www.example.", [](Record& r) { r.ttl = 301; }); },
       {"VERIFY-DENIAL-TTL"}},
      {"TTL of one NSEC3 shorter",
       kWithNsec3,
       [](EditZone& z) { edit_nsec3(z, "www.example.", [](Record& r) { r.ttl = 299; }); },
       {"VERIFY-DENIAL-TTL"}},
      {"many iterations (RFC 9276)",
       "nsec3",
       [](EditZone& z) {
         // Their owners would all be others; what is asked is what the parameters alone say.
         z.one("example.", RrType::kNsec3Param).rdata[3] = 51;
         z.sign("example.", RrType::kNsec3Param, zsk());
         edit_all_nsec3(z, [](Record& r) { r.rdata[3] = 51; });
       },
       {"VERIFY-NSEC3-ITERATIONS", "VERIFY-NSEC3-MISSING", "VERIFY-NSEC3-MISSING-ENT",
        "VERIFY-NSEC3-OPT-OUT", "VERIFY-NSEC3-EXTRA"}},
      {"an NSEC beside NSEC3",
       kWithNsec3,
       [](EditZone& z) {
         z.add("www.example. 300 IN NSEC example. A AAAA RRSIG NSEC");
         z.sign("www.example.", RrType::kNsec, zsk());
         edit_nsec3(z, "www.example.", [](Record& r) { fault::flip_type(r, RrType::kNsec); });
       },
       {"VERIFY-NSEC-AND-NSEC3"},
       "www.example."},
      {"all NSEC3 missing",
       kWithNsec3,
       [](EditZone& z) {
         std::erase_if(z.records, [](const Record& r) {
           return r.type == RrType::kNsec3 ||
                  (r.type == RrType::kRrsig && r.covered() == RrType::kNsec3);
         });
       },
       {"VERIFY-NO-DENIAL", "VERIFY-NSEC3PARAM-EXTRA"},
       "example."},
  };
}

std::vector<Fault> content_faults() {
  return {
      {"an unsigned record of a new type",
       kWithNsec3,
       [](EditZone& z) { z.add("www.example. 600 IN TXT \"new\""); },
       {"VERIFY-RRSIG-MISSING", "VERIFY-NSEC3-BITMAP"},
       "www.example."},
      {"an unsigned record of a new name",
       kWithNsec3,
       [](EditZone& z) { z.add("new.example. 600 IN TXT \"new\""); },
       {"VERIFY-RRSIG-MISSING", "VERIFY-NSEC3-MISSING"},
       "new.example."},
      {"a new insecure delegation outside the chain",
       "nsec3",
       [](EditZone& z) { z.add("new.example. 600 IN NS ns1.example."); },
       {"VERIFY-NSEC3-OPT-OUT"},
       "new.example."},
      {"a new insecure delegation under opt-out: no fault",
       "opt-out",
       [](EditZone& z) { z.add("deep.new.example. 600 IN NS ns1.example."); },
       {}},
      {"a name removed",
       kWithNsec3,
       [](EditZone& z) { z.remove_name("ns2.example."); },
       {"VERIFY-NSEC3-EXTRA"}},
      {"a delegation that hides signed names",
       kWithNsec3,
       [](EditZone& z) { z.add("c.example. 600 IN NS ns1.example."); },
       {"VERIFY-NSEC3-BITMAP", "VERIFY-NSEC3-EXTRA", "VERIFY-SIGNED-GLUE"}},
  };
}

}  // namespace danewerk::fault
