#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

using enum model::KeyRecord;
using enum model::Visibility;

constexpr auto kIpubC = hours(1) + hours(1);  // DprpC + TTLkey
constexpr auto kIpubP = hours(1) + days(1);   // DprpP + TTLds

/// A zone whose first KSK or CSK has its DS in every cache. \returns that moment.
sys_seconds enrol(Driver& zone, const std::string& id) {
  zone.run_for(days(7));
  return zone.when(id, kDs, kOmnipresent);
}

}  // namespace

TEST_CASE("rollover: a KSK rolls by double-KSK at the times of RFC 7583 section 3.3.1") {
  Driver zone;
  zone.zone.policy.ksk.lifetime = days(365);
  const auto active = enrol(zone, "k1");
  zone.run_for(days(400));
  const auto published = active + days(365) - kIpubC - kIpubP;
  CHECK(zone.when("k2", kDnskey, kRumoured) == published);
  CHECK(zone.when("k2", kKrrsig, kRumoured) == published);
  const auto ready = published + kIpubC;
  CHECK(zone.when("k2", kDnskey, kOmnipresent) == ready);
  CHECK(zone.when("k2", kDs, kRumoured) == ready);
  CHECK(zone.when("k1", kDs, kUnretentive) == ready);
  const auto gone = ready + zone.ds_delay + kIpubP;
  CHECK(zone.when("k2", kDs, kOmnipresent) == gone);
  CHECK(zone.when("k1", kDs, kHidden) == gone);
  CHECK(zone.when("k1", kDnskey, kUnretentive) == gone);
  CHECK(zone.when("k1", kKrrsig, kUnretentive) == gone);
  CHECK(zone.when("k1", kDnskey, kHidden) == gone + kIpubC);
  CHECK(zone.zone.ring.find("k2")->active == gone);
}

TEST_CASE("rollover: a KSK rolls by double-DS at the times of RFC 7583 section 3.3.3") {
  Driver zone;
  zone.zone.policy.ksk.lifetime = days(365);
  zone.zone.policy.ksk_roll = model::KskRoll::kDoubleDs;
  const auto active = enrol(zone, "k1");
  zone.run_for(days(400));
  const auto submitted = active + days(365) - kIpubC - kIpubP;
  CHECK(zone.when("k2", kDs, kRumoured) == submitted);
  const auto ready = submitted + zone.ds_delay + kIpubP;
  CHECK(zone.when("k2", kDs, kOmnipresent) == ready);
  for (const auto record : {kDnskey, kKrrsig}) {
    CHECK(zone.when("k2", record, kRumoured) == ready);
    CHECK(zone.when("k1", record, kUnretentive) == ready);
    CHECK(zone.when("k2", record, kOmnipresent) == ready + kIpubC);
    CHECK(zone.when("k1", record, kHidden) == ready + kIpubC);
  }
  CHECK(zone.when("k1", kDs, kUnretentive) == ready + kIpubC);
  CHECK(zone.when("k1", kDs, kHidden) == ready + kIpubC + zone.ds_delay + kIpubP);
}

TEST_CASE("rollover: by double-DS the DNSKEY RRset never has more keys than before") {
  Driver zone;
  zone.zone.policy.ksk_roll = model::KskRoll::kDoubleDs;
  enrol(zone, "k1");
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  for (int i = 0; i < 24 * 10; ++i) {
    zone.run_for(hours(1));
    CHECK(signers(zone.zone.ring).published.size() == 2);
    CHECK(signers(zone.zone.ring).sign_dnskey.size() == 1);
  }
  CHECK(zone.zone.ring.find("k1")->is_gone());
}

TEST_CASE("rollover: a CSK rolls its signatures and its DS side by side, and goes when both have") {
  Driver zone;
  zone.zone.policy.has_csk = true;
  enrol(zone, "c1");
  const auto begin = zone.zone.now;
  REQUIRE(request_roll(zone.zone, KeyRole::kCsk));
  zone.run_for(days(10));
  CHECK(zone.when("c2", kDnskey, kRumoured) == begin);
  const auto ready = begin + kIpubC;
  CHECK(zone.when("c2", kZrrsig, kRumoured) == ready);
  CHECK(zone.when("c1", kZrrsig, kUnretentive) == ready);
  CHECK(zone.when("c2", kDs, kRumoured) == ready);
  const auto signatures_gone = ready + hours(1) + zone.signed_ttl;
  CHECK(zone.when("c1", kZrrsig, kHidden) == signatures_gone);
  const auto ds_gone = ready + zone.ds_delay + kIpubP;
  CHECK(zone.when("c1", kDs, kHidden) == ds_gone);
  CHECK(zone.when("c1", kDnskey, kUnretentive) == std::max(signatures_gone, ds_gone));
  CHECK(zone.zone.ring.find("c1")->is_gone());
}

TEST_CASE("rollover: a CSK rolls by double-DS, signing twice until the keys have changed places") {
  Driver zone;
  zone.zone.policy.has_csk = true;
  zone.zone.policy.ksk_roll = model::KskRoll::kDoubleDs;
  enrol(zone, "c1");
  const auto begin = zone.zone.now;
  REQUIRE(request_roll(zone.zone, KeyRole::kCsk));
  zone.run_for(days(14));
  CHECK(zone.when("c2", kDs, kRumoured) == begin);
  CHECK(zone.when("c2", kZrrsig, kRumoured) == begin);
  CHECK_FALSE(zone.when("c1", kZrrsig, kUnretentive) < zone.when("c2", kDnskey, kOmnipresent));
  const auto swap = begin + zone.ds_delay + kIpubP;  // longer than the signatures take
  CHECK(zone.when("c2", kDnskey, kRumoured) == swap);
  CHECK(zone.when("c1", kDnskey, kUnretentive) == swap);
  CHECK(zone.when("c1", kZrrsig, kUnretentive) == swap + kIpubC);
  CHECK(zone.zone.ring.find("c1")->is_gone());
}

TEST_CASE("rollover: the largest DS TTL that the parent ever showed counts, not the policy's") {
  Driver zone;
  enrol(zone, "k1");
  zone.zone.facts.largest_ds_ttl = days(2);
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(days(14));
  CHECK(zone.when("k1", kDs, kHidden) ==
        zone.when("k1", kDs, kUnretentive) + zone.ds_delay + days(2) + hours(1));
}

TEST_CASE("rollover: a KSK roll waits for its DS as long as nobody shows it, and says so") {
  Driver zone;
  enrol(zone, "k1");
  zone.zone.policy.cds = model::CdsPolicy::kNever;
  zone.has_parents = false;
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(days(200));
  CHECK(zone.state("k2", kDs) == kRumoured);
  CHECK(zone.state("k1", kDnskey) == kOmnipresent);
  REQUIRE(zone.waits_for(ids::kDsUpload));
  for (const auto& wait : zone.last.waits) {
    if (wait.rule == ids::kDsUpload) CHECK(wait.is_operators);
  }
  zone.zone.facts.ds["k2"] = {.seen = zone.zone.now, .gone = {}, .by_operator = true};
  zone.zone.facts.ds["k1"] = {.seen = {}, .gone = zone.zone.now, .by_operator = true};
  const auto told = zone.zone.now;
  zone.run_for(days(3));
  CHECK(zone.when("k1", kDnskey, kUnretentive) == told + kIpubP);
}

TEST_CASE("rollover: CDS is there only while the parent has to change something (RFC 7344)") {
  Driver zone;
  zone.run_for(days(1) + hours(1));
  CHECK(zone.state("k1", kDs) == kRumoured);
  CHECK(zone.last.cds == CdsWish{});  // never to ask for the first DS
  zone.run_for(days(7));
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(hours(1));
  CHECK(zone.last.cds == CdsWish{});  // its DNSKEY is not everywhere
  zone.run_for(hours(1));
  CHECK(zone.last.cds == CdsWish{.keys = {"k2"}});
  zone.run_for(zone.ds_delay);
  CHECK(zone.last.cds == CdsWish{});
}

TEST_CASE("rollover: `cds: always` asks for the first DS, too, and stays") {
  Driver zone;
  zone.zone.policy.cds = model::CdsPolicy::kAlways;
  zone.run_for(days(1));
  CHECK(zone.last.cds == CdsWish{});
  zone.run_for(hours(1));
  CHECK(zone.last.cds == CdsWish{.keys = {"k1"}});
  zone.run_for(days(30));
  CHECK(zone.last.cds == CdsWish{.keys = {"k1"}});
}

TEST_CASE("rollover: by double-DS, CDS has both keys until the old DS may go") {
  Driver zone;
  zone.zone.policy.ksk_roll = model::KskRoll::kDoubleDs;
  enrol(zone, "k1");
  REQUIRE(request_roll(zone.zone, KeyRole::kKsk));
  zone.run_for(minutes(1));
  CHECK(zone.last.cds == CdsWish{.keys = {"k1", "k2"}});
  zone.run_until(zone.when("k2", kDs, kRumoured) + zone.ds_delay + kIpubP + kIpubC);
  CHECK(zone.last.cds == CdsWish{.keys = {"k2"}});
}

}  // namespace danewerk::rollover
