/// \file
/// Turning a roll back.

#include <doctest/doctest.h>

#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;

/// The next key may be served.
BindingDriver ready() {
  auto mail = bound(kNext);
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(2));
  return mail;
}

}  // namespace

TEST_CASE("binding SETTLE: abort serves again what was served before") {
  auto mail = ready();
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(1));
  REQUIRE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  CHECK(mail.served() == "k1");
  mail.run_for(days(3));
  CHECK(mail.published() == "311:k1");
}

TEST_CASE("binding SETTLE: what was turned back from is not taken again, until a roll is wanted") {
  auto mail = bound(kStable);
  const auto unwanted = renewed(mail, "c2", "k2");
  mail.offer(unwanted);
  mail.run_for(days(1));
  REQUIRE(mail.served() == "k2");
  REQUIRE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  const auto again = mail.offer(unwanted);  // the client's folder has it still
  CHECK(again.kind == Offer::Kind::kNothing);
  CHECK(again.rule == ids::kTlsaTurnedBack);
  mail.run_for(days(3));
  CHECK(mail.served() == "k1");
  REQUIRE(mail.ask([](auto& s) { return request_tlsa_roll(s); }));
  CHECK(mail.offer(unwanted).rule != ids::kTlsaTurnedBack);
}

TEST_CASE("binding SETTLE: a second abort does not serve again what the first turned back from") {
  auto mail = bound(kStable);
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(1));
  REQUIRE(mail.served() == "k2");
  auto asked = mail.situation();
  const auto said = abort_tlsa_roll(asked);
  REQUIRE(said.has_value());
  CHECK(*said ==
        "certificate c1 of key k1 is to be served again in place of certificate c2 of key k2");
  // Typed twice before a pass, and after it.
  const auto twice = abort_tlsa_roll(asked);
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().message().find("certificate c1 of key k1") != std::string::npos);
  REQUIRE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  CHECK(mail.served() == "k1");
  CHECK_FALSE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  CHECK(mail.served() == "k1");
  // Nor after the present key was renewed.
  mail.offer(renewed(mail, "c1b", "k1"));
  REQUIRE(mail.did("deploy c1b"));
  CHECK_FALSE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  CHECK(mail.served() == "k1");
}

TEST_CASE("binding: abort sends away a new key that waits, and no renewal of the present one") {
  auto mail = bound(kStable);
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(1));
  REQUIRE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  CHECK(mail.offer(renewed(mail, "c2", "k2")).kind == Offer::Kind::kNothing);
  CHECK_FALSE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  // Another certificate, even of that key, is a word of its own.
  CHECK(mail.offer(renewed(mail, "c3", "k2")).kind == Offer::Kind::kStaged);
}

}  // namespace danewerk::rollover
