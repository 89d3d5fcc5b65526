/// \file
/// The signed zones and zone digests that RFCs print.

#include <doctest/doctest.h>

#include "source/zone_file.h"
#include "verify/verify.h"

namespace danewerk {

namespace {

dns::Zone read(const std::string& name, std::string_view origin = "example.") {
  source::ReadOptions options;
  options.dnssec = source::Dnssec::kKeepAll;
  options.origin = *dns::name_from_text(origin);
  auto read = source::read_zone_file(std::string(DW_TESTS_DIR) + "/golden/zones/" + name, options);
  std::string text;
  for (const auto& finding : read.findings.list()) text += to_text(finding) + "\n";
  REQUIRE_MESSAGE(read.zone.has_value(), text);
  return *std::move(read.zone);
}

verify::Report check(const dns::Zone& zone, std::string_view at) {
  return verify::verify_zone(zone, {.at = *parse_instant(at), .ds = {}, .jobs = 1});
}

std::string told(const verify::Report& report) {
  std::string text;
  for (const auto& finding : report.findings.list()) text += to_text(finding) + "\n";
  return text;
}

}  // namespace

// Both files lack RRSIGs whose octets could not be had, and say so; nothing else may be found.
TEST_CASE("verify: in the zone of RFC 4035 appendix A only what the file lacks is found") {
  CHECK(told(check(read("rfc4035-appendix-a.zone"), "20040420000000")) ==
        "error: [VERIFY-RRSIG-MISSING] xx.example.: NSEC is not signed\n");
}

TEST_CASE("verify: in the zone of RFC 5155 appendix A only what the file lacks is found") {
  CHECK(told(check(read("rfc5155-appendix-a.zone"), "20120101000000")) ==
        "error: [VERIFY-RRSIG-MISSING] xx.example.: AAAA is not signed\n"
        "error: [VERIFY-RRSIG-MISSING] t644ebqk9bibcna874givr6joj62mlhv.example.: "
        "NSEC3 is not signed\n");
}

TEST_CASE(
    "verify: the digests of RFC 8976 appendix A are right, and wrong when a digit is changed") {
  for (const std::string name :
       {"a1-simple", "a2-complex", "a3-multiple-digests", "a4-uri-arpa", "a5-root-servers-net"}) {
    CAPTURE(name);
    const std::string_view origin = name.starts_with("a4")   ? "uri.arpa."
                                    : name.starts_with("a5") ? "root-servers.net."
                                                             : "example.";
    const auto zone = read("rfc8976-" + name + ".zone", origin);
    const auto report = check(zone, "20181015000000");
    for (const auto& [id, count] : report.findings.counts()) {
      CHECK(id.find("ZONEMD-MISMATCH") == std::string::npos);
      CHECK(id.find("ZONEMD-FORMAT") == std::string::npos);
    }
    dns::NodeBuilder apex;
    apex.load(zone.apex_node());
    const auto zonemd = zone.apex_node().find(dns::RrType::kZonemd);
    REQUIRE(zonemd.has_value());
    for (const ByteView rdata : zonemd->rdata) {
      Bytes wrong(rdata.begin(), rdata.end());
      wrong.back() ^= 1U;
      apex.remove(dns::RrType::kZonemd, rdata);
      apex.add(dns::RrType::kZonemd, zonemd->ttl, wrong);
    }
    dns::TreeEdit names(zone.names());
    names.put({}, apex.pack(), apex.earliest_expiration());
    const auto damaged = check({zone.apex(), names.tree(), zone.denial()}, "20181015000000");
    CHECK(damaged.findings.count("VERIFY-ZONEMD-MISMATCH") >= 1);
  }
}

}  // namespace danewerk
