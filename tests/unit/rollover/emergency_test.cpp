#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

using enum model::KeyRecord;
using enum model::Visibility;

}  // namespace

TEST_CASE("rollover: a compromised ZSK is replaced as fast as caches allow") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(90);
  zone.run_for(days(10));
  const auto known = zone.zone.now;
  zone.zone.ring.find("z1")->is_compromised = true;
  zone.run_for(days(5));
  CHECK(zone.when("z1", kZrrsig, kUnretentive) == known + hours(2));
  CHECK(zone.when("z1", kDnskey, kUnretentive) == known + hours(2) + hours(1) + zone.signed_ttl);
  CHECK_FALSE(abort_roll(zone.zone, KeyRole::kZsk));
}

TEST_CASE("rollover: a ZSK in reserve takes over at once") {
  Driver zone;
  zone.zone.policy.standby_zsks = 1;
  zone.run_for(days(10));
  CHECK(zone.made(KeyRole::kZsk) == 2);
  CHECK(zone.state("z2", kDnskey) == kOmnipresent);
  CHECK(zone.state("z2", kZrrsig) == kHidden);
  const auto known = zone.zone.now;
  zone.zone.ring.find("z1")->is_compromised = true;
  zone.run_for(days(5));
  CHECK(zone.when("z2", kZrrsig, kRumoured) == known);
  CHECK(zone.zone.ring.find("z3")->is_standby);
  CHECK(zone.made(KeyRole::kZsk) == 3);
}

TEST_CASE("rollover: with double-DS, a KSK in reserve has its DS at the parent and no DNSKEY") {
  Driver zone;
  zone.zone.policy.standby_ksks = 1;
  zone.zone.policy.ksk_roll = model::KskRoll::kDoubleDs;
  zone.run_for(days(10));
  CHECK(zone.state("k2", kDs) == kOmnipresent);
  CHECK(zone.state("k2", kDnskey) == kHidden);
  const auto known = zone.zone.now;
  zone.zone.ring.find("k1")->is_compromised = true;
  zone.run_for(days(10));
  CHECK(zone.when("k2", kDnskey, kRumoured) == known);
  CHECK(zone.when("k1", kDnskey, kUnretentive) == known);
  CHECK(zone.zone.ring.find("k1")->is_gone());
  CHECK(zone.state("k3", kDs) == kOmnipresent);
}

TEST_CASE("rollover: with double-KSK, a KSK in reserve is published and signs the DNSKEY RRset") {
  Driver zone;
  zone.zone.policy.standby_ksks = 1;
  zone.run_for(days(10));
  CHECK(zone.state("k2", kKrrsig) == kOmnipresent);
  CHECK(zone.state("k2", kDs) == kHidden);
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  const auto asked = zone.zone.now;
  zone.run_for(days(10));
  CHECK(zone.when("k2", kDs, kRumoured) == asked);
  CHECK(zone.zone.ring.find("k1")->is_gone());
}

TEST_CASE("rollover: keys in reserve that the policy does not ask for any more go") {
  Driver zone;
  zone.zone.policy.standby_zsks = 2;
  zone.run_for(days(10));
  CHECK(zone.made(KeyRole::kZsk) == 3);
  zone.zone.policy.standby_zsks = 0;
  zone.run_for(days(10));
  CHECK(zone.zone.ring.find("z2")->is_gone());
  CHECK(zone.zone.ring.find("z3")->is_gone());
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
}

TEST_CASE("rollover: a successor that is compromised before it took over is given up") {
  Driver zone;
  zone.run_for(days(10));
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(hours(6));
  zone.zone.ring.find("k2")->is_compromised = true;
  zone.run_for(days(10));
  CHECK(zone.zone.ring.find("k2")->is_gone());
  CHECK(zone.state("k1", kDs) == kOmnipresent);
}

TEST_CASE("rollover: KSK and ZSK rolls do not begin together") {
  Driver zone;
  zone.run_for(days(10));
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(hours(1));
  CHECK(zone.made(KeyRole::kKsk) == 2);
  CHECK(zone.made(KeyRole::kZsk) == 1);
  CHECK(zone.waits_for(ids::kOneAtATime));
  zone.run_for(days(10));
  CHECK(zone.when("z2", kDnskey, kRumoured) == zone.when("k1", kDnskey, kHidden));
}

TEST_CASE("rollover: a KSK roll that goes on for 7 d holds no ZSK roll back") {
  Driver zone;
  zone.run_for(days(10));
  zone.has_parents = false;
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  const auto asked = zone.zone.now;
  zone.run_for(days(20));
  CHECK(zone.when("z2", kDnskey, kRumoured) == asked + days(7));
  CHECK(zone.zone.ring.find("z1")->is_gone());
}

TEST_CASE("rollover: a KSK roll that waits for a person holds no ZSK roll back") {
  Driver zone;
  zone.run_for(days(10));
  zone.has_parents = false;
  zone.zone.policy.cds = model::CdsPolicy::kNever;
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  const auto asked = zone.zone.now;
  zone.run_for(days(5));
  CHECK(zone.when("z2", kDnskey, kRumoured) == asked + hours(2));
}

}  // namespace danewerk::rollover
