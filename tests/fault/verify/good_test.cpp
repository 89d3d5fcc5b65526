/// \file
/// Zones as BIND, Knot and ldns sign them pass without a word.

#include <doctest/doctest.h>

#include "edit_zone.h"
#include "verify/verify.h"

namespace danewerk {

namespace {

const sys_seconds kAt = *parse_instant("20261121000000");

std::string told(const verify::Report& report) {
  std::string text;
  for (const auto& finding : report.findings.list()) text += to_text(finding) + "\n";
  return text;
}

}  // namespace

TEST_CASE("verify: zones signed by BIND, Knot and ldns pass without a finding") {
  for (const std::string signer : {"bind", "knot", "ldns"}) {
    for (const std::string denial : {"nsec", "nsec3", "opt-out", "nsec3-rsa"}) {
      CAPTURE(signer);
      CAPTURE(denial);
      const auto zone = fault::EditZone::load(std::string(DW_TESTS_DIR) + "/fault/verify/zones/" +
                                              signer + "-" + denial + ".zone")
                            .build();
      for (const unsigned jobs : {1U, 3U}) {
        const auto report = verify::verify_zone(zone, {.at = kAt, .ds = {}, .jobs = jobs});
        CHECK(told(report).empty());
        CHECK(report.verified.has_value());
        CHECK(report.counts.names == zone.names().size());
        CHECK(report.earliest_expiration.has_value());
      }
    }
  }
}

}  // namespace danewerk
