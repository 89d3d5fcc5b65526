#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

using enum model::KeyRecord;
using enum model::Visibility;

constexpr auto kIpubC = hours(1) + hours(1);
constexpr auto kIpubP = hours(1) + days(1);

Driver settled() {
  Driver zone;
  zone.run_for(days(10));
  return zone;
}

}  // namespace

TEST_CASE("rollover: an algorithm rolls in the conservative order of RFC 6781 section 4.1.4") {
  auto zone = settled();
  const auto begin = zone.zone.now;
  zone.zone.policy.algorithm = crypto::Algorithm::kEcdsaP256;
  zone.run_for(days(20));
  const auto iret = hours(1) + zone.signed_ttl;
  CHECK(zone.when("z2", kZrrsig, kRumoured) == begin);
  const auto keys = begin + iret;
  CHECK(zone.when("z2", kDnskey, kRumoured) == keys);
  CHECK(zone.when("k2", kDnskey, kRumoured) == keys);
  const auto swap = keys + kIpubC;
  CHECK(zone.when("k2", kDs, kRumoured) == swap);
  CHECK(zone.when("k1", kDs, kUnretentive) == swap);
  const auto gone = swap + zone.ds_delay + kIpubP;
  CHECK(zone.when("k1", kDnskey, kUnretentive) == gone);
  CHECK(zone.when("z1", kDnskey, kUnretentive) == gone);
  CHECK(zone.when("z1", kZrrsig, kUnretentive) == gone + kIpubC);
  CHECK(zone.when("z1", kZrrsig, kHidden) == gone + kIpubC + iret);
  CHECK(zone.zone.ring.find("k1")->is_gone());
  CHECK(zone.zone.ring.find("z1")->is_gone());
  CHECK(zone.made(KeyRole::kKsk) == 2);
  CHECK(zone.made(KeyRole::kZsk) == 2);
}

TEST_CASE("rollover: a CSK's algorithm rolls the same way") {
  Driver zone;
  zone.zone.policy.has_csk = true;
  zone.run_for(days(10));
  const auto begin = zone.zone.now;
  zone.zone.policy.algorithm = crypto::Algorithm::kEd25519;
  zone.run_for(days(20));
  CHECK(zone.when("c2", kZrrsig, kRumoured) == begin);
  CHECK(zone.when("c2", kDnskey, kRumoured) == begin + hours(1) + zone.signed_ttl);
  CHECK(zone.when("c1", kZrrsig, kUnretentive) == zone.when("c1", kDnskey, kHidden));
  CHECK(zone.zone.ring.find("c1")->is_gone());
}

TEST_CASE("rollover: an algorithm roll whose DS nobody uploads keeps both algorithms") {
  auto zone = settled();
  zone.has_parents = false;
  zone.zone.policy.algorithm = crypto::Algorithm::kEcdsaP256;
  zone.run_for(days(100));
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
  CHECK(zone.state("k1", kDnskey) == kOmnipresent);
  CHECK(zone.waits_for(ids::kDsUpload));
}

TEST_CASE("rollover: another key size is a plain roll of that role") {
  auto zone = settled();
  zone.zone.policy.zsk.bits = 3072;
  zone.run_for(days(10));
  CHECK(zone.made(KeyRole::kZsk) == 2);
  CHECK(zone.made(KeyRole::kKsk) == 1);
  CHECK(zone.zone.ring.find("z1")->is_gone());
  CHECK(zone.zone.ring.find("z2")->bits == 3072);
}

TEST_CASE("rollover: a CSK gives way to KSK and ZSK, and comes back") {
  Driver zone;
  zone.zone.policy.has_csk = true;
  zone.run_for(days(10));
  zone.zone.policy.has_csk = false;
  zone.run_for(days(20));
  CHECK(zone.zone.ring.find("c1")->is_gone());
  CHECK(zone.state("k1", kDs) == kOmnipresent);
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
  zone.zone.policy.has_csk = true;
  zone.run_for(days(20));
  CHECK(zone.zone.ring.find("k1")->is_gone());
  CHECK(zone.zone.ring.find("z1")->is_gone());
  CHECK(zone.state("c2", kDs) == kOmnipresent);
  CHECK(zone.state("c2", kZrrsig) == kOmnipresent);
  CHECK(zone.made(KeyRole::kCsk) == 2);
}

TEST_CASE("rollover: role and algorithm may change together") {
  Driver zone;
  zone.zone.policy.has_csk = true;
  zone.run_for(days(10));
  zone.zone.policy.has_csk = false;
  zone.zone.policy.algorithm = crypto::Algorithm::kEd25519;
  zone.run_for(days(20));
  CHECK(zone.zone.ring.find("c1")->is_gone());
  CHECK(zone.when("k1", kDnskey, kRumoured) >= zone.when("z1", kZrrsig, kOmnipresent));
}

TEST_CASE("rollover: a zone becomes insecure by its DS first, then all else at once") {
  auto zone = settled();
  const auto begin = zone.zone.now;
  REQUIRE(go_insecure(zone.zone));
  CHECK_FALSE(go_insecure(zone.zone));
  zone.run_for(minutes(1));
  CHECK(zone.last.cds == CdsWish{.is_delete = true});
  const auto gone = begin + zone.ds_delay + kIpubP;
  zone.run_until(gone - seconds(1));
  CHECK(zone.last.cds == CdsWish{.is_delete = true});
  CHECK(zone.state("k1", kDnskey) == kOmnipresent);
  zone.run_for(days(3));
  CHECK(zone.last.cds == CdsWish{});
  CHECK(zone.when("k1", kDs, kUnretentive) == begin);
  for (const auto record : {kDnskey, kKrrsig}) CHECK(zone.when("k1", record, kUnretentive) == gone);
  CHECK(zone.when("z1", kZrrsig, kUnretentive) == gone);
  CHECK(zone.when("z1", kDnskey, kUnretentive) == gone);
  zone.run_for(days(200));
  CHECK(zone.zone.ring.keys.empty());  // purged after key-retention
  CHECK(zone.last.wanted.empty());
}

TEST_CASE("rollover: no signature goes while a parent still shows a DS") {
  auto zone = settled();
  zone.has_parents = false;
  zone.zone.policy.is_unsigned = true;
  zone.run_for(days(100));
  CHECK(zone.state("k1", kDs) == kUnretentive);
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
  zone.zone.facts.ds["k1"] = {.seen = {}, .gone = zone.zone.now};
  zone.zone.facts.ds["somebody's"] = {.seen = zone.zone.now, .gone = {}};
  zone.run_for(days(100));
  CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
  CHECK(zone.waits_for(ids::kInsecure));
}

TEST_CASE("rollover: the way to insecure can be turned back at each point") {
  for (const auto after : {hours(1), hours(3), hours(26), hours(27), hours(40)}) {
    CAPTURE(after.count());
    auto zone = settled();
    REQUIRE(go_insecure(zone.zone));
    zone.run_for(after);
    REQUIRE(abort_roll(zone.zone, KeyRole::kKsk));
    zone.run_for(days(10));
    CHECK(zone.state("k1", kDs) == kOmnipresent);
    CHECK(zone.state("z1", kZrrsig) == kOmnipresent);
    CHECK(zone.made(KeyRole::kKsk) == 1);
  }
}

}  // namespace danewerk::rollover
