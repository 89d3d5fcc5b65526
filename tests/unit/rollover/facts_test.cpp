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

model::VersionNumber newest(const Driver& zone) {
  return zone.zone.next_version - 1;
}

}  // namespace

TEST_CASE("rollover: a TTL lowered in mid-roll does not shorten the wait that runs") {
  auto zone = settled();
  zone.zone.policy.dnskey_ttl = days(1);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(seconds(0));  // z2 in a version with TTL 1 d; caches hold the one before, 1 h
  const auto published = zone.when("z2", kDnskey, kRumoured);
  zone.zone.policy.dnskey_ttl = minutes(1);
  zone.signed_ttl = minutes(5);
  zone.run_for(days(10));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) == published + hours(1) + hours(1));
  // The signatures of z1 were out with 24 h; the version of the swap is the first with 5 min.
  const auto swap = published + hours(2);
  CHECK(zone.when("z1", kZrrsig, kHidden) == swap + hours(1) + hours(24));
  // z1 leaves when sets with TTL 1 d have run out: until the swap's version, which has 1 min.
  const auto gone = zone.when("z1", kDnskey, kUnretentive);
  CHECK(zone.when("z1", kDnskey, kHidden) == gone + hours(1) + minutes(1));
}

TEST_CASE("rollover: a TTL that was out before counts until it has run out") {
  auto zone = settled();
  zone.zone.policy.dnskey_ttl = days(5);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(hours(2));  // the swap makes a version, too: TTL 5 d is out since z2 came
  zone.zone.policy.dnskey_ttl = minutes(1);
  REQUIRE(zone.state("z1", kZrrsig) == kUnretentive);
  zone.run_for(days(40));
  const auto gone = zone.when("z1", kDnskey, kUnretentive);
  CHECK(zone.when("z1", kDnskey, kHidden) == gone + hours(1) + days(5));
}

TEST_CASE("rollover: with nobody listed, REFRESH + RETRY of the SOA are waited for") {
  auto zone = settled();
  zone.zone.facts.soa_refresh = hours(4);
  zone.zone.facts.soa_retry = hours(1);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(10));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) ==
        zone.when("z2", kDnskey, kRumoured) + hours(5) + hours(1));
}

TEST_CASE("rollover: caches count from the last secondary's first sight of a version") {
  auto zone = settled();
  auto& secondaries = zone.zone.facts.secondaries;
  secondaries = {{.address = "192.0.2.1@53"}, {.address = "192.0.2.2@53"}};
  for (auto& one : secondaries) one.seen = {{newest(zone), zone.zone.now}};
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(minutes(10));
  secondaries[0].seen.push_back({newest(zone), zone.zone.now});
  zone.run_for(hours(30));
  CHECK(zone.state("z2", kDnskey) == kRumoured);
  REQUIRE(zone.waits_for(ids::kNotSeen));
  const auto seen = zone.zone.now;
  secondaries[1].seen.push_back({newest(zone), seen});
  zone.run_for(hours(3));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) == seen + hours(1) + hours(1));
}

TEST_CASE(
    "rollover: a secondary that was cut off counts until SOA EXPIRE (RFC 1035 section 3.3.13)") {
  auto zone = settled();
  auto& secondaries = zone.zone.facts.secondaries;
  secondaries = {{.address = "192.0.2.1@53"}};
  secondaries[0].seen = {{newest(zone), zone.zone.now}};
  secondaries[0].silent_since = zone.zone.now;
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(13));
  const auto published = zone.when("z2", kDnskey, kRumoured);
  for (const auto& wait : zone.last.waits) {
    if (wait.rule == ids::kNotSeen) CHECK(wait.latest == published + days(14) + hours(1));
  }
  zone.run_for(days(3));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) == published + days(14) + hours(1));
}

TEST_CASE("rollover: a secondary that answers is waited for, SOA EXPIRE or not") {
  auto zone = settled();
  auto& secondaries = zone.zone.facts.secondaries;
  secondaries = {{.address = "192.0.2.1@53"}};
  secondaries[0].seen = {{newest(zone), zone.zone.now}};
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(40));
  CHECK(zone.state("z2", kDnskey) == kRumoured);
  REQUIRE(zone.waits_for(ids::kNotSeen));
  const auto silent = zone.zone.now;
  secondaries[0].silent_since = silent;
  zone.run_for(days(13));
  CHECK(zone.state("z2", kDnskey) == kRumoured);  // it may have been refreshed until then
  zone.run_for(days(2));
  CHECK(zone.state("z2", kDnskey) == kOmnipresent);
}

TEST_CASE("rollover: a secondary that the operator gave up does not count") {
  auto zone = settled();
  auto& secondaries = zone.zone.facts.secondaries;
  secondaries = {{.address = "192.0.2.1@53"}};
  secondaries[0].released = newest(zone) + 1;
  secondaries[0].silent_since = zone.zone.now - days(1);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(hours(3));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) ==
        zone.when("z2", kDnskey, kRumoured) + hours(1) + hours(1));
}

TEST_CASE("rollover: a secondary that was given up counts until it fell silent") {
  auto zone = settled();
  auto& secondaries = zone.zone.facts.secondaries;
  secondaries = {{.address = "192.0.2.1@53"}};
  secondaries[0].released = newest(zone) + 1;
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(2));
  CHECK(zone.state("z2", kDnskey) == kRumoured);  // it answers with an older version
  CHECK(zone.waits_for(ids::kNotSeen));
  const auto silent = zone.zone.now;
  secondaries[0].silent_since = silent;
  zone.run_for(hours(3));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) == silent + hours(1) + hours(1));
}

TEST_CASE(
    "rollover: while publishing fails, all that depends on it stands still, and nothing else") {
  auto zone = settled();
  zone.can_publish = false;
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(50));
  CHECK(zone.state("z2", kDnskey) == kRumoured);
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
  REQUIRE(zone.waits_for(ids::kNotPublished));
  CHECK_FALSE(zone.last.wake.has_value());
  zone.can_publish = true;
  const auto published = zone.zone.now;
  zone.run_for(days(5));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) == published + hours(1) + hours(1));
}

TEST_CASE("rollover: a DS that was uploaded settles though publishing fails") {
  auto zone = settled();
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(hours(3));
  REQUIRE(zone.state("k2", kDs) == kRumoured);
  zone.can_publish = false;
  zone.run_for(days(5));
  CHECK(zone.state("k2", kDs) == kOmnipresent);
  CHECK(zone.state("k1", kDs) == kHidden);
  CHECK(zone.state("k1", kDnskey) == kUnretentive);
}

TEST_CASE("rollover: what the parent showed before a DS was to go does not let it be gone") {
  auto zone = settled();
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(hours(3));
  REQUIRE(zone.state("k2", kDs) == kRumoured);
  zone.has_parents = false;  // uploaded meanwhile, as nobody sees
  zone.zone.facts.ds["k2"] = {.seen = {}, .gone = zone.zone.now};
  SUBCASE("at an earlier moment") {
    zone.run_for(hours(1));
  }
  SUBCASE("at the same moment") {}
  REQUIRE(abort_roll(zone.zone, KeyRole::kKsk));
  zone.pass();
  REQUIRE(zone.state("k2", kDs) == kUnretentive);
  CHECK(zone.waits_for(ids::kDsRemoval));
  zone.run_for(days(10));
  CHECK(zone.state("k2", kDs) == kUnretentive);
  CHECK(zone.state("k2", kDnskey) == kOmnipresent);
}

TEST_CASE("rollover: what the parent showed before a DS was to come does not make it known") {
  auto zone = settled();
  zone.has_parents = false;
  zone.zone.facts.ds["k2"] = {.seen = zone.zone.now, .gone = {}};
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(days(10));
  CHECK(zone.state("k2", kDs) == kRumoured);
  zone.zone.facts.ds["k2"] = {.seen = zone.zone.now, .gone = {}};
  zone.run_for(days(2));
  CHECK(zone.state("k2", kDs) == kOmnipresent);
}

TEST_CASE("rollover: a later version that was published stands for the one that was not") {
  auto zone = settled();
  zone.can_publish = false;
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(hours(5));
  const auto later = zone.zone.now;
  zone.zone.facts.publications.push_back({zone.zone.next_version++, 9, later});
  zone.run_for(hours(2));
  CHECK(zone.when("z2", kDnskey, kOmnipresent) == later + hours(2));
}

TEST_CASE("rollover: a new ZSK that takes over little by little waits for its last signature") {
  auto zone = settled();
  zone.roll_in = hours(24);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(days(10));
  const auto swap = zone.when("z2", kZrrsig, kRumoured);
  CHECK(zone.when("z2", kZrrsig, kOmnipresent) == swap + hours(24) + hours(1) + zone.signed_ttl);
  CHECK(zone.when("z1", kZrrsig, kHidden) == swap + hours(24) + hours(1) + zone.signed_ttl);
}

TEST_CASE("rollover: during a take-over the old key's signatures stay and the new key makes them") {
  auto zone = settled();
  zone.roll_in = hours(24);
  REQUIRE(request_roll(zone.zone, KeyRole::kZsk));
  zone.run_for(hours(3));
  const auto signing = signers(zone.zone.ring);
  CHECK(signing.sign_zone == std::vector<std::string>{"z2"});
  CHECK(signing.retiring == std::vector<std::string>{"z1"});
  zone.run_for(hours(24));
  CHECK(signers(zone.zone.ring).retiring.empty());
}

}  // namespace danewerk::rollover
