/// \file
/// The example zones of RFC 4035, RFC 5155 and RFC 8976. Each file's head says where it is from,
/// what is expected of it, and what is missing.

#include <map>

#include <doctest/doctest.h>

#include "denial/nsec3.h"
#include "denial/update.h"
#include "managed/records.h"
#include "seal/zonemd.h"
#include "support/result.h"
#include "support/scoped_folder.h"
#include "support/zone_text.h"
#include "verify/verify.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): tests of all stages
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const model::DenialParameters kRfc5155{
    .iterations = 12, .salt = {0xaa, 0xbb, 0xcc, 0xdd}, .opt_out = true};
const model::DenialParameters kNsec{.kind = model::DenialKind::kNsec};

std::string text(const std::string& name) {
  return text_of(std::string(DW_TESTS_DIR) + "/golden/zones/" + name);
}

dns::Zone whole(const std::string& name, const std::string& origin) {
  return zone_of("$ORIGIN " + origin + "\n" + text(name), source::Dnssec::kKeepAll, origin);
}

/// The zone as its author had it: DNSKEY, but no RRSIG, NSEC, NSEC3 and NSEC3PARAM.
dns::Zone content(const std::string& name) {
  return zone_of(text(name), source::Dnssec::kKeepKeys, "example.");
}

/// "ID owner" of each error.
std::vector<std::string> errors(const verify::Report& report) {
  std::vector<std::string> out;
  for (const auto& finding : report.findings.list()) {
    if (finding.level == Level::kError)
      out.push_back(std::string(finding.id) + " " + finding.owner);
  }
  std::sort(out.begin(), out.end());
  return out;
}

verify::Report judged(const dns::Zone& zone, const char* at) {
  return verify::verify_zone(zone, {.at = test::good(parse_instant(at)), .ds = {}});
}

/// The digest of the ZONEMD with SIMPLE scheme and SHA-384 at the apex, as hex.
std::string zonemd_of(const dns::Zone& zone) {
  const auto rrset = zone.apex_node().find(dns::RrType::kZonemd);
  REQUIRE(rrset.has_value());
  for (const auto rdata : rrset->rdata) {
    if (rdata[4] == 1 && rdata[5] == 1) return to_hex(rdata.subspan(6));
  }
  return {};
}

}  // namespace

TEST_CASE("golden: hashes of owner names (RFC 5155 appendix A)") {
  const std::map<std::string, std::string> hashes{
      {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
      {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
      {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
      {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
      {"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},
      {"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
      {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
      {"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
      {"y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},
      {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
      {"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"},
      {"2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.", "kohar7mbb8dc2ce8a9qvl8hon4k53uhi"}};
  for (const auto& [name, hash] : hashes) {
    CHECK(to_base32hex(denial::nsec3_hash(*dns::name_from_text(name), kRfc5155)) == hash);
  }
}

TEST_CASE("golden: the content of RFC 5155 appendix A gets exactly its NSEC3 records") {
  const auto published = whole("rfc5155-appendix-a.zone", "example.");
  REQUIRE(lines_of(published, "NSEC3").size() == 12);
  const auto managed = test::good(
      managed::add_records(content("rfc5155-appendix-a.zone"),
                           {.dnskeys = {}, .nsec3param = denial::nsec3param_rdata(kRfc5155)}));
  const auto made =
      test::good(denial::update({dns::Zone(managed.zone.apex()), managed.zone}, {kRfc5155}));
  CHECK(lines_of(made, "NSEC3") == lines_of(published, "NSEC3"));
  // c.example is an insecure delegation: opt-out leaves it out. All carry the flag.
  const auto c = denial::nsec3_hash(*dns::name_from_text("c.example."), kRfc5155);
  CHECK_FALSE(made.denial().find(denial::as_key(c)).has_value());
  for (const auto& line : lines_of(made, "NSEC3")) {
    CHECK(line.find(" NSEC3 1 1 12 aabbccdd ") != std::string::npos);
  }
  CHECK(denial::parameters_of(published) == kRfc5155);
}

TEST_CASE("golden: the content of RFC 4035 appendix A gets exactly its NSEC records") {
  const auto zone = content("rfc4035-appendix-a.zone");
  const auto made = test::good(denial::update({dns::Zone(zone.apex()), zone}, {kNsec}));
  const auto published = lines_of(whole("rfc4035-appendix-a.zone", "example."), "NSEC");
  REQUIRE(published.size() == 10);
  CHECK(lines_of(made, "NSEC") == published);
}

TEST_CASE("golden: our verifier checks the signatures of RFC 5155 appendix A (algorithm 7)") {
  const auto zone = whole("rfc5155-appendix-a.zone", "example.");
  const auto report = judged(zone, "20100101000000");
  CHECK(errors(report) ==
        std::vector<std::string>{"VERIFY-RRSIG-MISSING t644ebqk9bibcna874givr6joj62mlhv.example.",
                                 "VERIFY-RRSIG-MISSING xx.example."});
  CHECK(report.counts.signatures == lines_of(zone, "RRSIG").size());
  CHECK(report.counts.denial_records == 12);
}

TEST_CASE("golden: our verifier checks the signatures of RFC 4035 appendix A (algorithm 5)") {
  const auto zone = whole("rfc4035-appendix-a.zone", "example.");
  const auto report = judged(zone, "20040420000000");
  CHECK(errors(report) == std::vector<std::string>{"VERIFY-RRSIG-MISSING xx.example."});
  CHECK(report.counts.signatures == lines_of(zone, "RRSIG").size());
  CHECK(report.counts.denial_records == 10);
}

TEST_CASE("golden: outside of their validity, all signatures are refused") {
  for (const auto* name : {"rfc5155-appendix-a.zone", "rfc4035-appendix-a.zone"}) {
    const auto zone = whole(name, "example.");
    const auto early = judged(zone, "20030101000000").findings;
    CHECK(early.count("VERIFY-RRSIG-NOT-YET-VALID") == lines_of(zone, "RRSIG").size());
    const auto late = judged(zone, "20200101000000").findings;
    CHECK(late.count("VERIFY-RRSIG-EXPIRED") == lines_of(zone, "RRSIG").size());
  }
}

TEST_CASE("golden: one changed record of an RFC's zone is found") {
  auto changed = text("rfc4035-appendix-a.zone");
  const auto at = changed.find("192.0.2.10");
  REQUIRE(at != std::string::npos);
  changed.replace(at, 10, "192.0.2.11");
  const auto report = judged(zone_of(changed), "20040420000000");
  CHECK(report.findings.count("VERIFY-RRSIG-BOGUS") == 1);
}

TEST_CASE("golden: digests of zones (RFC 8976 appendix A)") {
  const std::pair<const char*, const char*> zones[] = {
      {"rfc8976-a1-simple.zone", "example."},
      {"rfc8976-a2-complex.zone", "example."},
      {"rfc8976-a3-multiple-digests.zone", "example."},
      {"rfc8976-a4-uri-arpa.zone", "uri.arpa."},
      {"rfc8976-a5-root-servers-net.zone", "root-servers.net."}};
  for (const auto& [name, origin] : zones) {
    const auto zone = whole(name, origin);
    CHECK_MESSAGE(to_hex(seal::zonemd_digest(zone)) == zonemd_of(zone), name);
    const auto report = judged(zone, "20181020000000");
    CHECK_MESSAGE(report.findings.count("VERIFY-ZONEMD-MISMATCH") == 0, name);
    const auto other = with(zone, origin, dns::RrType::kTxt, "\"one more\"");
    CHECK_MESSAGE(judged(other, "20181020000000").findings.count("VERIFY-ZONEMD-MISMATCH") == 1,
                  name);
  }
}

TEST_CASE("golden: what is no SIMPLE SHA-384 digest is told (RFC 8976 appendix A.3)") {
  const auto report =
      judged(whole("rfc8976-a3-multiple-digests.zone", "example."), "20181020000000");
  CHECK(report.findings.count("VERIFY-ZONEMD-UNKNOWN") == 2);
}

TEST_CASE("golden: uri.arpa of RFC 8976 appendix A.4 verifies but for the ZONEMD added later") {
  const auto zone = whole("rfc8976-a4-uri-arpa.zone", "uri.arpa.");
  const auto report = judged(zone, "20181020000000");
  CHECK(errors(report) ==
        std::vector<std::string>{"VERIFY-NSEC-BITMAP uri.arpa.", "VERIFY-RRSIG-MISSING uri.arpa."});
  CHECK(report.counts.signatures == lines_of(zone, "RRSIG").size());
  CHECK(errors(judged(without(zone, "uri.arpa.", dns::RrType::kZonemd), "20181020000000")).empty());
}
