/// \file
/// The tables of issuers and of switches, row by row.

#include <algorithm>

#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;
using enum model::EmergencyChoice;
using enum model::EmergencyKind;

/// So long before the end the gate is known not to open in time, which is two hours before it.
constexpr auto kLastHours = kAged + hours(2);

}  // namespace

// Mode issuer.

TEST_CASE("binding issuer: same key, covered issuer: served at once") {
  auto mail = issuer_mode();
  CHECK(mail.published() == "211:i1 211:i2 311:k1");
  mail.offer(renewed(mail, "c2", "k1", "i2"));
  CHECK(mail.when("deploy c2") == mail.now);
}

TEST_CASE("binding issuer: same key, new issuer: its record first, served when aged") {
  auto mail = issuer_mode();
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k1", "i3"));
  CHECK(mail.published() == "211:i1 211:i2 211:i3 311:k1");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == began + kAged);
}

TEST_CASE("binding issuer: same key, new issuer, and the old certificate ends first") {
  auto mail = issuer_mode();
  mail.run_until(kBegin + days(90) - days(1) - hours(1));
  mail.can_publish = false;  // when the gate opens is not known
  mail.offer(renewed(mail, "c2", "k1", "i3"));
  CHECK(mail.served() == "k1");
  CHECK_FALSE(mail.did("deploy c2"));
  mail.run_until(kBegin + days(90));
  CHECK(mail.when("deploy c2") == kBegin + days(90) - kLastHours);  // relaxed
  REQUIRE(mail.binding.incidents.size() == 1);
  CHECK(mail.binding.incidents.front().rule == ids::kTlsaExpiring);
}

TEST_CASE("binding issuer: same key, new issuer, near the end: the gate, if it opens in time") {
  auto mail = issuer_mode();
  mail.run_until(kBegin + days(90) - kLastHours - minutes(5));
  SUBCASE("more than two hours before the end") {
    mail.offer(renewed(mail, "c2", "k1", "i3"));
    mail.run_for(days(1));
    CHECK(mail.when("deploy c2") == kBegin + days(90) - hours(2) - minutes(5));
    CHECK(mail.binding.incidents.empty());
  }
  SUBCASE("and not later") {
    mail.run_for(minutes(5));
    mail.offer(renewed(mail, "c2", "k1", "i3"));
    CHECK(mail.when("deploy c2") == mail.now);
    CHECK(mail.binding.incidents.at(0).until == mail.now + kAged);
  }
}

TEST_CASE("binding issuer: another key, near the end: served if it is no worse than what ended") {
  auto mail = issuer_mode();
  SUBCASE("an issuer that waits for a word, a key that all know: usage 3 has no dates") {
    mail.run_until(kBegin + days(80));
    auto chain = renewed(mail, "c2", "k2", "i9");
    chain.standing = model::IssuerStanding::kUnknown;
    mail.offer(chain);
    mail.run_until(kBegin + days(90));
    CHECK(mail.when("deploy c2") == kBegin + days(90) - kLastHours);
    CHECK(mail.binding.incidents.at(0).rule == ids::kTlsaExpiring);
  }
  SUBCASE("not one that clients of the old key's record refuse: they accept what has ended") {
    mail.run_until(kBegin + days(90) - hours(2));
    const auto began = mail.now;
    mail.offer(renewed(mail, "c2", "k2", "i2"));
    mail.run_for(days(1));
    CHECK(mail.when("deploy c2") == began + kAged);
    CHECK(mail.binding.incidents.empty());
  }
}

TEST_CASE("binding issuer: new key, covered issuer, strict: announced first, served when aged") {
  auto mail = issuer_mode();
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i2"));
  CHECK(mail.published() == "211:i1 211:i2 311:k1 311:k2");
  mail.run_for(days(3));
  CHECK(mail.when("deploy c2") == began + kAged);
  CHECK(mail.published() == "211:i1 211:i2 311:k2");
}

TEST_CASE("binding issuer: new key, covered issuer, fast: now, its record in place of the old") {
  auto mail = issuer_mode();
  mail.policy.is_fast = true;
  mail.offer(renewed(mail, "c2", "k2", "i2"));
  CHECK(mail.when("deploy c2") == mail.now);
  CHECK(mail.published() == "211:i1 211:i2 311:k2");
  REQUIRE(mail.binding.incidents.size() == 1);
  CHECK(mail.binding.incidents.front().rule == ids::kTlsaFast);
  CHECK(mail.binding.incidents.front().until == mail.now + kAged);
}

TEST_CASE("binding issuer: new key and new issuer: both announced, fast or not, served when aged") {
  for (const bool is_fast : {false, true}) {
    auto mail = issuer_mode();
    mail.policy.is_fast = is_fast;
    const auto began = mail.now;
    mail.offer(renewed(mail, "c2", "k2", "i3"));
    CHECK(mail.published() == "211:i1 211:i2 211:i3 311:k1 311:k2");
    mail.run_for(days(1));
    CHECK(mail.when("deploy c2") == began + kAged);
    CHECK(mail.binding.incidents.empty());
  }
}

TEST_CASE("binding issuer: anchor missing, or a name: refused") {
  auto mail = issuer_mode();
  auto cert = renewed(mail, "c2", "k1", "i1");
  cert.sends_anchor = false;
  CHECK(mail.offer(cert).rule == ids::kTlsaIncomplete);
  mail.forms = {"311"};  // the key's record alone would still do
  CHECK(mail.offer(cert).kind == Offer::Kind::kStaged);
}

TEST_CASE("binding issuer: an anchor that ends before the leaf is refused, soon: told") {
  auto mail = issuer_mode();
  auto cert = renewed(mail, "c2", "k1", "i1");
  cert.anchor_until = cert.until - days(1);
  CHECK(mail.offer(cert).rule == ids::kTlsaAnchorEnds);
  cert.anchor_until = cert.until;
  CHECK(mail.offer(cert).kind == Offer::Kind::kStaged);
  CHECK_FALSE(mail.found(ids::kTlsaAnchorEnds));
  mail.run_until(cert.until - days(30));
  CHECK(mail.found(ids::kTlsaAnchorEnds));
}

TEST_CASE("binding issuer-only: new issuer, same or new key: staged until aged, never relaxed") {
  for (const auto* key : {"k1", "k2"}) {
    auto mail = bound(kAny, {"211"});
    mail.run_until(kBegin + days(89) + hours(20));
    const auto began = mail.now;
    mail.offer(renewed(mail, "c2", key, "i3"));
    mail.run_for(hours(10));
    CHECK(mail.when("deploy c2") == began + kAged);
  }
}

TEST_CASE("binding stable with both records: one of two covered issuers at random, then a third") {
  auto mail = bound(kStable, {"311", "211"});
  for (const auto* issuer : {"i2", "i1", "i2"}) {
    mail.offer(
        renewed(mail, std::string("c-") + issuer + danewerk::to_text(mail.now), "k1", issuer));
    CHECK(mail.binding.staged.empty());
    mail.run_for(days(60));
  }
  const auto began = mail.now;
  mail.offer(renewed(mail, "c9", "k1", "i9"));
  mail.run_for(days(1));
  CHECK(mail.when("deploy c9") == began + kAged);
  CHECK(mail.binding.incidents.empty());
}

// Issuer and root changes.

TEST_CASE("binding coverage: announced issuers come for every binding, and go when given up") {
  auto mail = issuer_mode();
  mail.coverage = {"i1", "i2", "i3"};
  mail.pass();
  CHECK(mail.published() == "211:i1 211:i2 211:i3 311:k1");
  mail.run_for(days(1));
  mail.offer(renewed(mail, "c2", "k1", "i3"));
  CHECK(mail.when("deploy c2") == mail.now);
  mail.coverage = {"i3"};
  mail.run_for(days(3));
  CHECK(mail.published() == "211:i3 311:k1");
}

TEST_CASE("binding issuer unknown: staged, told, and let in by the operator or by learn") {
  for (const bool learns : {false, true}) {
    auto mail = issuer_mode();
    mail.policy.learns_issuers = learns;
    auto cert = renewed(mail, "c2", "k1", "i9");
    cert.standing = learns ? model::IssuerStanding::kVerified : model::IssuerStanding::kUnknown;
    mail.offer(cert);
    CHECK((mail.published() == "211:i1 211:i2 311:k1") == !learns);
    CHECK(mail.waits_for(ids::kTlsaIssuer) == !learns);
    if (!learns) {
      mail.run_for(days(3));
      CHECK(mail.published() == "211:i1 211:i2 311:k1");
      REQUIRE(mail.ask([](auto& s) { return confirm_issuer(s); }));
    }
    CHECK(mail.published() == "211:i1 211:i2 211:i9 311:k1");
    mail.run_for(days(1));
    CHECK(mail.did("deploy c2"));
  }
}

TEST_CASE("binding move to another CA: same key, its record aged, then the old one goes") {
  auto mail = bound(kStable, {"311", "211"});
  mail.coverage.clear();
  mail.run_for(days(1));
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k1", "other"));
  mail.run_for(days(3));
  CHECK(mail.when("deploy c2") == began + kAged);
  CHECK(mail.when(kOwner + " 211:other 311:k1") == began + kAged + minutes(10) + hours(24));
}

TEST_CASE("binding CA compromised: its records go at once, the key's own keeps matching") {
  auto mail = issuer_mode();
  const auto options = emergency_options(mail.situation(), kIssuerCompromised);
  REQUIRE(options.size() == 1);
  CHECK(options.front().outage == seconds(0));
  mail.coverage = {"i2"};
  REQUIRE(emergency(mail, kIssuerCompromised, kRecords, {"211:i1"}));
  CHECK(mail.published() == "311:k1");  // 211:i2 alone would refuse what is served
  mail.offer(renewed(mail, "c2", "k1", "i2"));
  mail.run_for(days(3));
  CHECK(mail.published() == "211:i2 311:k1");
}

TEST_CASE("binding CA compromised: a renewal by it is served when no issuer is asked for") {
  auto mail = issuer_mode();
  mail.coverage = {"i1"};
  mail.run_for(days(1));
  REQUIRE(emergency(mail, kIssuerCompromised, kRecords, {"211:i2"}));
  CHECK(mail.published() == "211:i1 311:k1");
  mail.run_for(days(1));
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k1", "i2"));
  CHECK(mail.published() == "311:k1");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == began + kAged);
}

TEST_CASE("binding CA compromised, issuer-only: the key's own record takes its place") {
  auto mail = bound(kAny, {"211"});
  mail.coverage.clear();
  REQUIRE(emergency(mail, kIssuerCompromised, kRecords, {"211:i1"}));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.find_refusal().empty());
}

// Switching combinations and aliases.

TEST_CASE("binding switch 301 to 311: both, aged, then no 301 at all, then a renewal") {
  auto mail = bound(kStable, {"301"});
  CHECK(mail.published() == "301:c1");
  const auto began = mail.now;
  mail.forms = {"311"};
  mail.pass();
  CHECK(mail.published() == "301:c1 311:k1");
  mail.offer(renewed(mail, "c2", "k1", "i1"));
  CHECK_FALSE(mail.did("deploy c2"));
  mail.run_for(days(2));
  CHECK(mail.when(kOwner + " 311:k1") == began + kAged);
  CHECK(mail.when("deploy c2") == began + kAged + kAged);
}

TEST_CASE("binding switch 311 to 311 + 211: every endpoint sends the anchor first") {
  auto mail = bound(kStable, {"311"});
  mail.stuck["mx"] = {.id = "c1", .key = "k1", .issuers = {"i1", "root"}, .sends_anchor = false};
  mail.forms = {"311", "211"};
  mail.coverage.clear();
  mail.run_for(minutes(10));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.waits_for(ids::kTlsaPublishGate));
  mail.stuck["mx"].sends_anchor = true;
  mail.run_for(minutes(10));
  CHECK(mail.published() == "211:i1 311:k1");
}

TEST_CASE("binding switch 311 to 311 + 211: a staged chain is served before") {
  auto mail = bound(kStable, {"311"});
  mail.coverage.clear();
  auto cert = renewed(mail, "c2", "k2", "i1");
  cert.sends_anchor = false;
  mail.offer(cert);
  mail.forms = {"311", "211"};
  mail.pass();
  CHECK(mail.published() == "311:k1 311:k2");
  CHECK(mail.waits_for(ids::kTlsaPublishGate));
}

TEST_CASE("binding switch 311 + 211 to 311: the issuer may change when 211 has run out") {
  auto mail = issuer_mode();
  mail.forms = {"311"};
  mail.coverage.clear();
  mail.pass();
  const auto began = mail.now;
  CHECK(mail.published() == "311:k1");
  mail.offer(renewed(mail, "c2", "k1", "i9"));
  CHECK_FALSE(mail.did("deploy c2"));
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == began + kAged);
}

TEST_CASE("binding switch 311 to 211 alone: beside each other until 211 is everywhere") {
  auto mail = bound(kAny, {"311"});
  mail.coverage.clear();
  const auto began = mail.now;
  mail.forms = {"211"};
  mail.pass();
  CHECK(mail.published() == "211:i1 311:k1");
  mail.run_for(days(1));
  CHECK(mail.when(kOwner + " 211:i1") == began + kAged);
}

TEST_CASE("binding add SHA-512: for every key in one update, and gone in one") {
  auto mail = bound(kNext, {"311"});
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(1));
  mail.forms = {"311", "312"};
  mail.pass();
  CHECK(mail.published() == "311:k1 311:k2 312:k1 312:k2");
  mail.run_for(days(1));
  mail.forms = {"311"};
  mail.pass();
  CHECK(mail.published() == "311:k1 311:k2");
}

TEST_CASE(
    "binding alias: it takes the place of records when nobody holds that its target has none") {
  auto mail = bound(kStable, {"311"});
  auto& owner = mail.owners.front();
  const auto next = owner.versions.back().first + 1;
  owner.coming = model::ComingAlias{
      .target = "tlsa._dane.", .there = {.version = next}, .negative_ttl = hours(5)};
  mail.pass();
  CHECK_FALSE(mail.situation().owners.front().view.alias_ready.at);
  const auto renewal = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(hours(2));
  REQUIRE(mail.situation().owners.front().view.owner.versions.back().first == next);
  CHECK(mail.situation().owners.front().view.alias_ready.at ==
        renewal + hours(1) + hours(5) + minutes(5));
  SUBCASE("while facts are held, nothing of it runs out") {
    mail.held = "the clock may be wrong";
    for (auto& [name, facts] : mail.facts) facts.held = mail.held;
    mail.run_for(days(2));
    const auto view = mail.situation().owners.front().view;
    CHECK_FALSE(view.alias_ready.at);
    CHECK(view.alias_ready.reason == mail.held);
  }
}

TEST_CASE("binding alias: its TTL is part of T") {
  auto mail = bound(kStable, {"311"});
  mail.owners.front().alias_ttl = hours(6);
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(days(3));
  CHECK(mail.when("deploy c2") == began + hours(1) + 2 * hours(6) + minutes(5));
}

TEST_CASE("binding several owners: the slowest zone decides") {
  BindingDriver mail(kStable);
  mail.owners.push_back(model::empty_owner("_443._tcp.www.", minutes(30)));
  mail.pass();
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  mail.run_for(days(3));
  auto& slow = mail.facts["_443._tcp.www."];
  slow.soa_refresh = hours(4);
  slow.soa_retry = hours(1);
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.published(0) == mail.published(1));
  mail.run_for(days(3));
  CHECK(mail.when("deploy c2") == began + hours(5) + 2 * hours(1) + minutes(5));
}

TEST_CASE("binding switch 311 to 211: the way back stays open for the key that clients know") {
  auto mail = bound(kNext, {"311"});
  mail.endpoints.clear();  // probe: none
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(1));
  mail.forms = {"211"};
  mail.coverage.clear();
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  REQUIRE(mail.when("deploy c2") == began);
  mail.run_for(hours(23));
  CHECK(mail.published().find("311:k1") != std::string::npos);
  CHECK(mail.find_refusal().empty());
  mail.run_for(days(5));
  CHECK(mail.published() == "211:i1");
}

TEST_CASE("binding records: a new kind waits for late reloads where nobody looks") {
  auto mail = bound(kStable);
  mail.is_probed = false;
  mail.offer(renewed(mail, "c2", "k1", "i2"));
  REQUIRE(mail.did("deploy c2"));
  const auto deployed = mail.now;
  mail.run_for(hours(2));
  mail.forms = {"311", "211"};
  mail.pass();
  CHECK(mail.published() == "311:k1");
  CHECK(mail.waits_for(ids::kTlsaProbe));
  mail.run_until(deployed + hours(24) - seconds(1));
  CHECK(mail.published() == "311:k1");
  mail.run_for(seconds(1));
  CHECK(mail.published() == "211:i1 211:i2 311:k1");
}

TEST_CASE("binding: a first chain beside others waits for caches, and for no word on its issuer") {
  BindingDriver mail(kStable, {"211"});
  mail.coverage.clear();
  mail.neighbours[kOwner] = BindingDriver::records({"211:i1"});
  mail.neighbour_chain = {"211:i1"};
  mail.pass();
  mail.run_for(days(1));
  auto first = renewed(mail, "c9", "k9", "i9");
  first.standing = model::IssuerStanding::kUnknown;
  CHECK(mail.offer(first).kind == Offer::Kind::kStaged);
  CHECK(mail.published() == "211:i1 211:i9");
  CHECK_FALSE(mail.waits_for(ids::kTlsaIssuer));
  CHECK(mail.waits_for(ids::kTlsaGate));
  mail.run_for(days(1));
  CHECK(mail.served() == "k9");
}

TEST_CASE("binding: other records of an issuer that nobody knows wait for a word, and say so") {
  auto mail = bound(kStable);
  mail.coverage.clear();
  auto strange = renewed(mail, "c9", "k1", "i9");
  strange.standing = model::IssuerStanding::kUnknown;
  mail.offer(strange);
  REQUIRE(mail.did("deploy c9"));
  mail.run_for(days(2));
  CHECK(mail.last.waits.empty());
  mail.forms = {"211"};
  mail.pass();
  CHECK(mail.published() == "311:k1");
  REQUIRE(mail.waits_for(ids::kTlsaIssuer));
  const auto& wait = mail.last.waits.front();
  CHECK(wait.is_operators);
  CHECK(wait.reason.find("--confirm-issuer") != std::string::npos);
  REQUIRE(mail.ask([](auto& s) { return confirm_issuer(s); }));
  CHECK_FALSE(mail.waits_for(ids::kTlsaIssuer));
  mail.run_for(days(4));
  CHECK(mail.published() == "211:i9");
}

TEST_CASE("binding: a chain whose issuer waits for a word asks for no record of another kind") {
  auto mail = bound(kAny, {"211"});
  mail.coverage.clear();
  mail.run_for(days(2));
  auto strange = renewed(mail, "c9", "k9", "i9");
  strange.standing = model::IssuerStanding::kUnknown;
  mail.offer(strange);
  REQUIRE(mail.last.waits.size() == 1);
  CHECK(mail.last.waits.front().rule == ids::kTlsaIssuer);
}

TEST_CASE("binding withdrawal: a record stays while an endpoint presents what needs it") {
  auto mail = bound(kStable, {"311", "211"});
  mail.endpoints = {"mx", "mx2"};
  mail.stuck["mx2"] = {.id = "c0", .key = "k1", .issuers = {"i2", "root"}};
  mail.run_for(hours(1));
  mail.coverage = {"i1"};
  mail.run_for(days(2));
  REQUIRE(mail.binding.previous.empty());
  CHECK(mail.published() == "211:i1 211:i2 311:k1");
  mail.stuck.clear();
  mail.run_for(days(1));
  CHECK(mail.published() == "211:i1 311:k1");
}

}  // namespace danewerk::rollover
