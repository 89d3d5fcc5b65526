/// \file
/// What a binding does while facts are held: the clock or a server is in doubt.

#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;

}  // namespace

TEST_CASE(
    "binding HOLD: another key waits, nothing is withdrawn or runs out; a renewal is served") {
  auto mail = bound(kStable);
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(1));
  mail.held = "the clock stood still";
  mail.run_for(days(3));
  CHECK(mail.served() == "k1");
  CHECK(mail.last.label == BindingLabel::kHold);
  CHECK(mail.waits_for(ids::kHeld));
  CHECK(mail.owners.front().versions.size() == 2);
  mail.offer(renewed(mail, "c1b", "k1"));  // each version that anybody may hold accepts it
  CHECK(mail.did("deploy c1b"));
  mail.held.clear();
  mail.run_for(minutes(20));
  CHECK(mail.served() == "k2");
  mail.held = "a long gap";
  mail.run_for(days(3));
  CHECK(mail.published() == "311:k1 311:k2");
  mail.held.clear();
  mail.run_for(minutes(1));
  CHECK(mail.published() == "311:k2");
}

TEST_CASE("binding HOLD: what a version may refuse waits, and so does all in a backup") {
  auto mail = issuer_mode();
  SUBCASE("an issuer that is not covered") {
    mail.held = "the clock stood still";
    mail.offer(renewed(mail, "c2", "k1", "i3"));
  }
  SUBCASE("another key, though its record is everywhere") {
    mail.policy.mode = kNext;
    REQUIRE(mail.next_key("k2"));
    mail.run_for(days(1));
    mail.held = "the clock stood still";
    mail.offer(renewed(mail, "c2", "k2", "i1"));
  }
  SUBCASE("versions that came after the backup are not known") {
    mail.held = "the state is a backup's";
    mail.binding.is_from_backup = true;
    mail.offer(renewed(mail, "c2", "k1", "i1"));
  }
  mail.run_for(days(3));
  CHECK_FALSE(mail.did("deploy c2"));
  CHECK(mail.waits_for(ids::kHeld));
}

}  // namespace danewerk::rollover
