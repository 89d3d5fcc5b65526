#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

using enum model::KeyRecord;
using enum model::Visibility;

Driver settled() {
  Driver zone;
  zone.run_for(days(10));
  return zone;
}

/// The zone is again as it was before the roll.
void check_back(const Driver& zone, const std::string& old, const std::string& given_up) {
  const auto* key = zone.zone.ring.find(old);
  REQUIRE(key != nullptr);
  for (const auto record : model::kKeyRecords) {
    if (key->owns(record)) CHECK(key->visibility(record) == kOmnipresent);
  }
  const auto* successor = zone.zone.ring.find(given_up);
  REQUIRE(successor != nullptr);
  CHECK(successor->is_gone());
}

}  // namespace

TEST_CASE("rollover: a ZSK roll can be turned back in each phase") {
  for (int after = 0; after < 60; after += 3) {
    CAPTURE(after);
    auto zone = settled();
    REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
    zone.run_for(hours(after));
    REQUIRE(abort_roll(zone.zone, KeyRole::kZsk));
    zone.run_for(days(10));
    check_back(zone, "z1", "z2");
    CHECK(zone.made(KeyRole::kZsk) == 2);
  }
}

TEST_CASE("rollover: a KSK roll can be turned back in each phase, by double-KSK and double-DS") {
  for (const auto method : {model::KskRoll::kDoubleKsk, model::KskRoll::kDoubleDs}) {
    for (int after = 0; after < 70; after += 3) {
      CAPTURE(after);
      Driver zone;
      zone.zone.policy.ksk_roll = method;
      zone.run_for(days(10));
      REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
      zone.run_for(hours(after));
      REQUIRE(abort_roll(zone.zone, KeyRole::kKsk));
      zone.run_for(days(20));
      check_back(zone, "k1", "k2");
    }
  }
}

TEST_CASE("rollover: a CSK roll can be turned back in each phase") {
  for (const auto method : {model::KskRoll::kDoubleKsk, model::KskRoll::kDoubleDs}) {
    for (int after = 0; after < 90; after += 5) {
      CAPTURE(after);
      Driver zone;
      zone.zone.policy.ksk_roll = method;
      zone.zone.policy.has_csk = true;
      zone.run_for(days(10));
      REQUIRE(request_roll(zone.zone, KeyRole::kCsk));
      zone.run_for(hours(after));
      REQUIRE(abort_roll(zone.zone, KeyRole::kCsk));
      zone.run_for(days(20));
      check_back(zone, "c1", "c2");
    }
  }
}

TEST_CASE("rollover: an algorithm roll can be turned back in each phase, with the policy") {
  for (int after = 0; after < 130; after += 7) {
    CAPTURE(after);
    auto zone = settled();
    zone.zone.policy.algorithm = crypto::Algorithm::kEcdsaP256;
    zone.run_for(hours(after));
    zone.zone.policy.algorithm = crypto::Algorithm::kRsaSha256;
    REQUIRE(abort_roll(zone.zone, KeyRole::kKsk));
    zone.run_for(days(20));
    check_back(zone, "k1", "k2");
    check_back(zone, "z1", "z2");
    CHECK(zone.made(KeyRole::kZsk) == 2);
  }
}

TEST_CASE("rollover: a roll that the policy began is turned back by the policy only") {
  auto zone = settled();
  SUBCASE("of the algorithm") {
    zone.zone.policy.algorithm = crypto::Algorithm::kEcdsaP256;
  }
  SUBCASE("of the key size") {
    zone.zone.policy.zsk.bits = 3072;
  }
  zone.run_for(hours(3));
  REQUIRE(zone.made(KeyRole::kZsk) == 2);
  CHECK_FALSE(abort_roll(zone.zone, KeyRole::kZsk));
  zone.zone.policy = settled().zone.policy;
  REQUIRE(abort_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(20));
  check_back(zone, "z1", "z2");
  CHECK(zone.made(KeyRole::kZsk) == 2);
}

TEST_CASE("rollover: a roll that was turned back can begin again") {
  auto zone = settled();
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(hours(20));
  REQUIRE(abort_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(days(10));
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(days(10));
  CHECK(zone.state("k3", kDs) == kOmnipresent);
  CHECK(zone.zone.ring.find("k1")->is_gone());
}

TEST_CASE(
    "rollover: turning back a roll that the lifetime began gives the old key a new lifetime") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.run_for(days(30) - hours(1));
  REQUIRE(zone.did("z2", kDnskey, kRumoured));
  const auto aborted = zone.zone.now;
  REQUIRE(abort_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(29));
  CHECK(zone.made(KeyRole::kZsk) == 2);
  zone.run_for(days(2));
  CHECK(zone.when("z3", kZrrsig, kRumoured) == aborted + days(30));
}

TEST_CASE("rollover: turning back says what it needs") {
  auto zone = settled();
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(hours(5));
  const auto needs = abort_roll(zone.zone, KeyRole::kKsk);
  REQUIRE(needs);
  REQUIRE(needs->size() == 2);
  CHECK(needs->at(0) == "the DS of KSK 0 has to stand at the parent again");
}

TEST_CASE("rollover: a roll is refused while one is under way, and turning back without one") {
  auto zone = settled();
  CHECK_FALSE(abort_roll(zone.zone, KeyRole::kZsk));
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  CHECK_FALSE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(hours(1));
  CHECK_FALSE(request_roll(zone.zone, KeyRole::kZsk));
  CHECK_FALSE(request_roll(zone.zone, KeyRole::kCsk));
  zone.run_for(days(10));
  CHECK(request_roll(zone.zone, KeyRole::kZsk));
}

TEST_CASE("rollover: a request that was not begun is turned back without a trace") {
  auto zone = settled();
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  REQUIRE(abort_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(1));
  CHECK(zone.made(KeyRole::kZsk) == 1);
}

TEST_CASE("rollover: the last key of a chain is not taken out of use") {
  auto zone = settled();
  CHECK_FALSE(retire(zone.zone, "k1"));
  CHECK_FALSE(retire(zone.zone, "z1"));
  CHECK_FALSE(retire(zone.zone, "nobody"));
}

TEST_CASE("rollover: in manual mode each beginning waits for the operator") {
  Driver zone;
  zone.zone.policy.is_manual = true;
  zone.run_for(days(3));
  CHECK(zone.log.empty());
  REQUIRE(zone.waits_for(ids::kManual));
  CHECK_FALSE(zone.last.wake.has_value());
  zone.zone.step_released = true;
  zone.pass();
  zone.zone.step_released = false;
  CHECK(zone.state("z1", kZrrsig) == kRumoured);
  zone.run_for(days(10));
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);  // what has begun goes on
  CHECK(zone.state("k1", kDs) == kHidden);
  CHECK(zone.waits_for(ids::kManual));
}

TEST_CASE("rollover: while the zone is held, nothing settles, is withdrawn or forgotten") {
  auto zone = settled();
  zone.zone.facts.held = "the clock stood still";
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(300));
  CHECK(zone.state("z2", kDnskey) == kRumoured);
  REQUIRE(zone.waits_for(ids::kHeld));
  zone.zone.facts.held.clear();
  zone.pass();
  REQUIRE(zone.state("z1", kZrrsig) == kUnretentive);
  zone.zone.facts.held = "a long gap";
  zone.run_for(days(300));
  CHECK(zone.state("z1", kZrrsig) == kUnretentive);
  CHECK(zone.state("z1", kDnskey) == kOmnipresent);
  zone.zone.facts.held.clear();
  zone.run_for(days(10));
  CHECK(zone.zone.ring.find("z1")->is_gone());
}

TEST_CASE("rollover: a key that is gone is purged after key-retention, and a spare key never") {
  auto zone = settled();
  model::RingKey spare;
  spare.id = "spare";
  zone.zone.ring.keys.push_back(spare);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(10));
  const auto gone = zone.when("z1", kDnskey, kHidden);
  zone.run_until(gone + days(90) - seconds(1));
  CHECK(zone.zone.ring.find("z1") != nullptr);
  CHECK(zone.last.wake == gone + days(90));
  zone.zone.now += seconds(1);
  const auto decision = decide(zone.zone);
  CHECK(decision.purge == std::vector<std::string>{"z1"});
  CHECK(decision.ring.find("z1") == nullptr);
  CHECK(decision.ring.find("spare") != nullptr);
}

}  // namespace danewerk::rollover
