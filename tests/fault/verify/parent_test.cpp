/// \file
/// DS sets of the parent, and ZONEMD, against zones that others signed.

#include <set>

#include <doctest/doctest.h>

#include "dns/rdata_text.h"
#include "fault_table.h"
#include "verify/verify.h"

namespace danewerk {

namespace {

using dns::RrType;
using fault::EditZone;
using Ids = std::set<std::string>;

const sys_seconds kAt = *parse_instant("20261121000000");

// By dnssec-dsfromkey 9.18: p256-ksk-1 three times, p256-zsk-1, and p256-ksk-2, which is not there.
constexpr std::string_view kSha1 = "18547 13 1 F1FCF33D523D3D43077A099560ABAD2ED443A6E8";
constexpr std::string_view kSha256 =
    "18547 13 2 2B9D1443DCD5B075D4686D8171289E50827A55F55D2D3E8462538BE0FC34AE56";
constexpr std::string_view kSha384 =
    "18547 13 4 "
    "D31C9662AAEA71FD0A331B510DE88D1A1B4C1C1B50B0DF1940E9DD846382B518BBD623AD6E5F376EEB05"
    "85DA14602D3C";
constexpr std::string_view kZsk =
    "50304 13 2 05D5970644DF3A833A30DB68E57A99797918B2ACDBF8382965CD26239FBB5D4E";
constexpr std::string_view kAbsent =
    "59978 13 2 04B87C2B4B2552AE2055B043C858244ECDEE53A188810BDAE7ADFDE9FEDA247E";
constexpr std::string_view kWrongSha1 = "18547 13 1 00FCF33D523D3D43077A099560ABAD2ED443A6E8";
constexpr std::string_view kUnknownDigest = "18547 13 3 0102030405";
constexpr std::string_view kOtherAlgorithm =
    "18547 8 2 2B9D1443DCD5B075D4686D8171289E50827A55F55D2D3E8462538BE0FC34AE56";

EditZone load(const std::string& name) {
  return EditZone::load(std::string(DW_TESTS_DIR) + "/fault/verify/zones/" + name + ".zone");
}

Ids ids_of(const verify::Report& report) {
  Ids ids;
  for (const auto& [id, count] : report.findings.counts()) ids.insert(id);
  return ids;
}

verify::Report check_ds(const std::vector<std::string_view>& set) {
  verify::VerifyOptions options{.at = kAt, .ds = {}, .jobs = 1};
  for (const auto text : set) options.ds.push_back(*dns::rdata_from_text(RrType::kDs, text));
  return verify::verify_zone(load("bind-nsec3").build(), options);
}

verify::Report check(const EditZone& zone) {
  return verify::verify_zone(zone.build(), {.at = kAt, .ds = {}, .jobs = 1});
}

}  // namespace

TEST_CASE("verify: DS by each digest type leads to the key that signs DNSKEY") {
  for (const auto ds : {kSha1, kSha256, kSha384}) CHECK(ids_of(check_ds({ds})).empty());
  CHECK(ids_of(check_ds({kSha1, kSha256, kSha384})).empty());
}

TEST_CASE("verify: a DS that matches no DNSKEY is a fault, unless another of its algorithm does") {
  CHECK(ids_of(check_ds({kAbsent})) == Ids{"VERIFY-DS-MISMATCH"});
  CHECK(!check_ds({kAbsent}).is_good());
  CHECK(ids_of(check_ds({kAbsent, kSha256})) == Ids{"VERIFY-DS-MISMATCH"});
  CHECK(check_ds({kAbsent, kSha256}).is_good());
  CHECK(!check_ds({kOtherAlgorithm}).is_good());
  CHECK(!check_ds({kOtherAlgorithm, kSha256}).is_good());  // RFC 6840 section 5.11
}

TEST_CASE("verify: a DS whose key does not sign DNSKEY is a fault") {
  CHECK(ids_of(check_ds({kZsk})) == Ids{"VERIFY-DS-NOT-SIGNING"});
  CHECK(!check_ds({kZsk}).is_good());
}

TEST_CASE(
    "verify: SHA-1 is ignored beside a better digest, as validators do (RFC 4509 section 3)") {
  CHECK(!check_ds({kWrongSha1}).is_good());
  CHECK(ids_of(check_ds({kWrongSha1, kSha256})).empty());
}

TEST_CASE("verify: a DS with an unknown digest type cannot be checked") {
  CHECK(ids_of(check_ds({kUnknownDigest, kSha256})) == Ids{"VERIFY-DS-DIGEST-UNKNOWN"});
}

TEST_CASE("verify: a ZONEMD that does not fit the zone is found (RFC 8976 section 4)") {
  for (const std::string signer : {"knot", "ldns"}) {
    CAPTURE(signer);
    for (const std::string denial : {"nsec", "nsec3", "opt-out"}) {
      CAPTURE(denial);
      auto wrong_digest = load(signer + "-" + denial);
      for (auto& record : wrong_digest.records) {
        if (record.type == RrType::kZonemd) record.rdata.back() ^= 1U;
      }
      wrong_digest.sign("example.", RrType::kZonemd, fault::zsk());
      CHECK(ids_of(check(wrong_digest)) == Ids{"VERIFY-ZONEMD-MISMATCH"});

      // Glue is not signed: only the digest sees it.
      auto other_glue = load(signer + "-" + denial);
      other_glue.one("ns.secure.example.", RrType::kA).rdata[3] ^= 1U;
      CHECK(ids_of(check(other_glue)) == Ids{"VERIFY-ZONEMD-MISMATCH"});

      auto other_serial = load(signer + "-" + denial);
      for (auto& record : other_serial.records) {
        if (record.type == RrType::kZonemd) record.rdata[3] ^= 1U;
      }
      other_serial.sign("example.", RrType::kZonemd, fault::zsk());
      CHECK(ids_of(check(other_serial)) == Ids{"VERIFY-ZONEMD-SERIAL"});
    }
  }
}

TEST_CASE("verify: of two ZONEMD of one scheme and algorithm the second is a fault") {
  auto zone = load("knot-nsec3");
  zone.add("example. 3600 IN ZONEMD 2026112101 1 2 " + std::string(128, '0'));
  zone.sign("example.", RrType::kZonemd, fault::zsk());
  CHECK(check(zone).findings.count("VERIFY-ZONEMD-DUPLICATE") == 1);
}

TEST_CASE("verify: a ZONEMD of an unknown scheme is told, not judged") {
  auto zone = load("knot-nsec3");
  for (auto& record : zone.records) {
    if (record.type == RrType::kZonemd) record.rdata[4] = 240;
  }
  zone.sign("example.", RrType::kZonemd, fault::zsk());
  CHECK(ids_of(check(zone)) == Ids{"VERIFY-ZONEMD-UNKNOWN"});
}

TEST_CASE("verify: findings and counts do not depend on the number of threads") {
  auto zone = load("ldns-nsec3");
  zone.one("ns2.example.", RrType::kA).rdata[3] ^= 1U;
  zone.remove_rrsigs("www.example.", RrType::kA);
  zone.one(zone.hashed("rare.example."), RrType::kNsec3).rdata.back() ^= 1U;
  const auto built = zone.build();
  const auto text = [&](unsigned jobs) {
    const auto report = verify::verify_zone(built, {.at = kAt, .ds = {}, .jobs = jobs});
    std::string out = std::to_string(report.counts.signatures) + "\n";
    for (const auto& finding : report.findings.list()) out += to_text(finding) + "\n";
    return out;
  };
  const std::string alone = text(1);
  for (const unsigned jobs : {2U, 3U, 8U}) CHECK(text(jobs) == alone);
}

}  // namespace danewerk
