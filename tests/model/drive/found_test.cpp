/// \file
/// What the model once found, each by hand and as short as it gets; and single troubles that chance
/// meets too seldom.

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "drive/drive.h"

namespace danewerk::drive {

namespace {

using crypto::Algorithm;
using model::KeyRecord;
using model::KeyRole;
using model::Visibility;
using std::chrono::days;
using std::chrono::hours;

Scenario calm() {
  Scenario scenario;
  scenario.policy.algorithm = Algorithm::kEcdsaP256;
  scenario.policy.ksk.lifetime.reset();
  scenario.policy.zsk.lifetime.reset();
  scenario.operator_delay = hours(1);
  return scenario;
}

bool has(Drive& drive, KeyRole role, Algorithm algorithm, KeyRecord record, Visibility visibility) {
  return std::ranges::any_of(drive.ring().keys, [&](const model::RingKey& key) {
    return key.role == role && key.algorithm == static_cast<std::uint8_t>(algorithm) &&
           key.visibility(record) == visibility;
  });
}

/// Passes until a key of that role and algorithm has the record there.
void run_until(Drive& drive, KeyRole role, Algorithm algorithm, KeyRecord record,
               Visibility visibility) {
  for (int i = 0; i < 2000 && !has(drive, role, algorithm, record, visibility); ++i)
    drive.pass_for(hours(1));
  REQUIRE(has(drive, role, algorithm, record, visibility));
}

void settle_silently(Drive& drive) {
  drive.settle();
  for (const auto& fault : drive.outcome().faults) FAIL_CHECK(fault);
}

}  // namespace

TEST_CASE(
    "model: an algorithm that comes back signs with its new keys first (RFC 4035 section 2.2)") {
  Drive drive(calm());
  run_until(drive, KeyRole::kKsk, Algorithm::kEcdsaP256, KeyRecord::kDs, Visibility::kOmnipresent);
  drive.policy().algorithm = Algorithm::kEd25519;
  run_until(drive, KeyRole::kZsk, Algorithm::kEcdsaP256, KeyRecord::kDnskey,
            Visibility::kUnretentive);
  SUBCASE("while the old keys leave caches") {}
  SUBCASE("while the old signatures leave caches") {
    run_until(drive, KeyRole::kZsk, Algorithm::kEcdsaP256, KeyRecord::kZrrsig,
              Visibility::kUnretentive);
  }
  drive.policy().algorithm = Algorithm::kEcdsaP256;
  settle_silently(drive);
}

TEST_CASE("model: a new algorithm waits for the signatures of the key that is published") {
  Scenario scenario = calm();
  scenario.data_ttls = {days(2), hours(1)};
  Drive drive(scenario);
  run_until(drive, KeyRole::kKsk, Algorithm::kEcdsaP256, KeyRecord::kDs, Visibility::kOmnipresent);
  drive.policy().algorithm = Algorithm::kEd25519;
  run_until(drive, KeyRole::kZsk, Algorithm::kEd25519, KeyRecord::kZrrsig, Visibility::kRumoured);
  drive.pass_for(hours(8));
  drive.policy().has_csk = true;
  settle_silently(drive);
}

TEST_CASE(
    "model: the keys of an algorithm leave the DNSKEY RRset together (RFC 4035 section 2.2)") {
  Scenario scenario = calm();
  scenario.policy.dnskey_ttl = days(2);
  Drive drive(scenario);
  run_until(drive, KeyRole::kKsk, Algorithm::kEcdsaP256, KeyRecord::kDs, Visibility::kOmnipresent);
  drive.policy().algorithm = Algorithm::kEd25519;
  run_until(drive, KeyRole::kKsk, Algorithm::kEd25519, KeyRecord::kDs, Visibility::kRumoured);
  SUBCASE("when a CSK replaces them") {
    drive.policy().has_csk = true;
  }
  SUBCASE("when the first algorithm comes back") {
    drive.policy().algorithm = Algorithm::kEcdsaP256;
  }
  SUBCASE("when a third one comes") {
    drive.policy().algorithm = Algorithm::kRsaSha256;
  }
  settle_silently(drive);
}

TEST_CASE("model: a clock that is ahead for one pass moves nothing for good (promise P1)") {
  Scenario scenario = calm();
  scenario.policy.zsk.lifetime = days(20);
  Drive drive(scenario);
  run_until(drive, KeyRole::kKsk, Algorithm::kEcdsaP256, KeyRecord::kDs, Visibility::kOmnipresent);
  SUBCASE("a new ZSK is not in all caches") {
    run_until(drive, KeyRole::kZsk, Algorithm::kEcdsaP256, KeyRecord::kDnskey,
              Visibility::kRumoured);
  }
  SUBCASE("old signatures are in caches") {
    run_until(drive, KeyRole::kZsk, Algorithm::kEcdsaP256, KeyRecord::kZrrsig,
              Visibility::kUnretentive);
  }
  drive.pass_with_clock_ahead(days(60));
  drive.pass_for(days(3));
  for (const auto& fault : drive.outcome().faults) FAIL_CHECK(fault);
}

TEST_CASE(
    "model: a secondary that is cut off holds a roll up until EXPIRE (RFC 1035 section 3.3.13)") {
  Scenario scenario = calm();
  scenario.secondaries = 1;
  Drive drive(scenario);
  run_until(drive, KeyRole::kKsk, Algorithm::kEcdsaP256, KeyRecord::kDs, Visibility::kOmnipresent);
  drive.pass_for(days(1));
  drive.world().zone().cut(0, drive.now());
  const auto cut = drive.now();
  REQUIRE(drive.ask(
      [](auto& asked) { return rollover::request_roll(asked, KeyRole::kZsk).has_value(); }));
  run_until(drive, KeyRole::kZsk, Algorithm::kEcdsaP256, KeyRecord::kZrrsig,
            Visibility::kUnretentive);
  CHECK(drive.now() - cut > scenario.soa_expire);
  CHECK(drive.now() - cut < scenario.soa_expire + days(2));
  for (const auto& fault : drive.outcome().faults) FAIL_CHECK(fault);
}

TEST_CASE("model: nothing moves on a version that is not published") {
  Drive drive(calm());
  run_until(drive, KeyRole::kKsk, Algorithm::kEcdsaP256, KeyRecord::kDs, Visibility::kOmnipresent);
  drive.fail_publishing_until(drive.now() + days(20));
  REQUIRE(drive.ask(
      [](auto& asked) { return rollover::request_roll(asked, KeyRole::kZsk).has_value(); }));
  drive.pass_for(days(20));
  CHECK(
      has(drive, KeyRole::kZsk, Algorithm::kEcdsaP256, KeyRecord::kDnskey, Visibility::kRumoured));
  settle_silently(drive);
}

}  // namespace danewerk::drive
