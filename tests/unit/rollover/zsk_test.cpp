#include <algorithm>

#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

using enum model::KeyRecord;
using enum model::Visibility;

}  // namespace

TEST_CASE(
    "rollover: a first signing brings out all but DS at once, and DS after the largest wait") {
  Driver zone;
  zone.run_for(days(7));
  for (const auto* id : {"k1", "z1"}) CHECK(zone.when(id, kDnskey, kRumoured) == kStart);
  CHECK(zone.when("z1", kZrrsig, kRumoured) == kStart);
  // Ipub of a first key is Dprp + Ingp (RFC 7583 section 3.2.1).
  CHECK(zone.when("k1", kDnskey, kOmnipresent) == kStart + hours(1) + minutes(30));
  // Nothing is known of what stood there before, so the zone's own largest TTL counts.
  const auto all_signed = kStart + hours(1) + zone.signed_ttl;
  CHECK(zone.when("z1", kZrrsig, kOmnipresent) == all_signed);
  CHECK(zone.when("k1", kDs, kRumoured) == all_signed);
  CHECK(zone.when("k1", kDs, kOmnipresent) == all_signed + zone.ds_delay + days(1) + hours(1));
  CHECK(zone.made(KeyRole::kKsk) == 1);
  CHECK(zone.made(KeyRole::kZsk) == 1);
}

TEST_CASE("rollover: ZSKs roll by pre-publication at the times of RFC 7583 section 3.2.1") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.run_for(days(100));
  const auto dprp = hours(1);
  const auto ipub = dprp + zone.zone.policy.dnskey_ttl;
  const auto iret = dprp + zone.signed_ttl;
  auto active = kStart;
  for (int n = 1; n <= 3; ++n) {
    const auto old = "z" + std::to_string(n);
    const auto next = "z" + std::to_string(n + 1);
    CAPTURE(old);
    const auto retired = active + days(30);
    CHECK(zone.when(next, kDnskey, kRumoured) == retired - ipub);
    CHECK(zone.when(next, kDnskey, kOmnipresent) == retired);
    CHECK(zone.when(next, kZrrsig, kRumoured) == retired);
    CHECK(zone.when(old, kZrrsig, kUnretentive) == retired);
    CHECK(zone.when(next, kZrrsig, kOmnipresent) == retired + iret);
    CHECK(zone.when(old, kZrrsig, kHidden) == retired + iret);
    CHECK(zone.when(old, kDnskey, kUnretentive) == retired + iret);
    CHECK(zone.when(old, kDnskey, kHidden) == retired + iret + ipub);
    active = retired;
  }
  CHECK(zone.made(KeyRole::kZsk) == 4);
}

}  // namespace danewerk::rollover
