/// \file
/// Walks the fault table: by the whole check, and by the check of the fault as a change.

#include <set>

#include <doctest/doctest.h>

#include "fault_table.h"
#include "verify/verify.h"

namespace danewerk {

namespace {

using fault::EditZone;
using fault::Fault;
using Ids = std::set<std::string>;

const sys_seconds kAt = *parse_instant("20261121000000");

Ids ids_of(const verify::Report& report) {
  Ids ids;
  for (const auto& [id, count] : report.findings.counts()) ids.insert(id);
  return ids;
}

std::string told(const verify::Report& report) {
  std::string text;
  for (const auto& finding : report.findings.list()) text += to_text(finding) + "\n";
  return text;
}

bool has_word(std::string_view words, std::string_view word) {
  return (" " + std::string(words) + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

void try_fault(const Fault& fault, const std::string& signer, const std::string& denial) {
  CAPTURE(fault.name);
  CAPTURE(signer);
  CAPTURE(denial);
  auto zone = EditZone::load(std::string(DW_TESTS_DIR) + "/fault/verify/zones/" + signer + "-" +
                             denial + ".zone");
  drop_zonemd(zone);
  const dns::Zone before = zone.build();
  fault.damage(zone);
  const dns::Zone after = zone.build();
  const verify::VerifyOptions options{
      .at = fault.at.empty() ? kAt : *parse_instant(fault.at), .ds = {}, .jobs = 1};
  const auto report = verify::verify_zone(after, options);
  CAPTURE(told(report));
  CHECK(ids_of(report) == fault.findings);
  CHECK(report.verified.has_value() == !report.findings.has_errors());
  for (const auto& finding : report.findings.list()) {
    if (!fault.owner.empty()) CHECK(finding.owner == fault.owner);
  }
  // The same as a change: the incremental check must find what the whole one finds.
  const auto change = verify::verify_change({before, after}, options);
  CAPTURE(told(change));
  CHECK(ids_of(change) == fault.findings);
}

void try_all(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    for (const std::string signer : {"bind", "knot", "ldns"}) {
      for (const std::string denial : {"nsec", "nsec3", "opt-out"}) {
        if (has_word(fault.zones, denial) && has_word(fault.signers, signer)) {
          try_fault(fault, signer, denial);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("verify: each fault of signatures is found by its name") {
  try_all(fault::signature_faults());
}
TEST_CASE("verify: each fault at a zone cut is found by its name") {
  try_all(fault::cut_faults());
}
TEST_CASE("verify: each fault of keys is found by its name") {
  try_all(fault::key_faults());
}
TEST_CASE("verify: each fault of an NSEC3 chain is found by its name") {
  try_all(fault::nsec3_faults());
}
TEST_CASE("verify: content that the NSEC3 chain does not know is found by name") {
  try_all(fault::content_faults());
}
TEST_CASE("verify: each fault of an NSEC chain is found by its name") {
  try_all(fault::nsec_faults());
}

}  // namespace danewerk
