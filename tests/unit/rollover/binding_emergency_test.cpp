/// \file
/// The table of emergencies, row by row.

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

bool has_choice(const std::vector<EmergencyOption>& options, model::EmergencyChoice choice) {
  return std::ranges::find(options, choice, &EmergencyOption::choice) != options.end();
}

}  // namespace

// Emergencies.

TEST_CASE("binding key stolen, next key aged: it takes over at once, nobody refuses us") {
  auto mail = bound(kNext, {"311"});
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(1));
  mail.owners.front().versions.back().signed_until = mail.now + days(20);
  const auto options = emergency_options(mail.situation(), kKeyStolen);
  REQUIRE(options.size() == 1);
  CHECK(options.front().choice == kNextKey);
  CHECK(options.front().outage == seconds(0));
  CHECK(options.front().attacker_until == mail.now + days(20));  // R, as it is the later one
  REQUIRE(emergency(mail, kKeyStolen, kNextKey));
  CHECK(mail.last.order_for == "k2");
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.served() == "k2");
  CHECK(mail.published() == "311:k2");
  CHECK(mail.find_refusal().empty());
  mail.run_for(minutes(10));
  CHECK(mail.last.wants_next_key);
  CHECK(mail.offer(renewed(mail, "c3", "k1", "i1")).rule == ids::kTlsaRetiredKey);
}

TEST_CASE("binding key stolen, no next key: availability waits for aged, security does not") {
  auto mail = bound(kStable, {"311"});
  const auto options = emergency_options(mail.situation(), kKeyStolen);
  REQUIRE(options.size() == 2);
  CHECK(options[0].choice == kAvailability);
  CHECK(options[0].outage == seconds(0));
  CHECK(options[0].attacker_until == mail.now + kAged + kAged);
  CHECK(options[1].choice == kSecurity);
  CHECK(options[1].outage == kAged);
  CHECK(options[1].attacker_until == mail.now + kAged);
  auto safe = mail;
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.published() == "311:k1 311:k2");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == began + kAged);
  CHECK(mail.when(kOwner + " 311:k2") == began + kAged);  // no way back
  REQUIRE(emergency(safe, kKeyStolen, kSecurity));
  safe.offer(renewed(safe, "c2", "k2", "i1"));
  CHECK(safe.when("deploy c2") == began);
  CHECK(safe.published() == "311:k2");
  safe.pass();
  CHECK(safe.found(ids::kTlsaRefused));  // for monitoring
  REQUIRE(safe.binding.incidents.size() == 2);
  CHECK(safe.binding.incidents.back().until == began + kAged);
}

TEST_CASE("binding emergency: while servers lack the records of now, no bound is promised") {
  auto mail = bound(kStable, {"311"});
  const auto promises = [&] {
    const auto options = emergency_options(mail.situation(), kKeyStolen);
    return std::ranges::none_of(options, [](const EmergencyOption& option) {
      return option.exposure.find("see to the servers first") != std::string::npos;
    });
  };
  CHECK(promises());
  mail.can_publish = false;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(days(2));
  CHECK_FALSE(promises());
  mail.can_publish = true;
  mail.pass();
  mail.run_for(hours(1) + minutes(1));
  CHECK(promises());
}

TEST_CASE("binding key lost, then stop: beside another's records, ours stay while we are served") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.run_for(days(1));
  REQUIRE(emergency(mail, kKeyLost, kSecurity));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  REQUIRE(mail.published() == "311:k2 311:other");
  REQUIRE(mail.binding.is_exchange);
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.pass();
  CHECK(mail.published() == "311:k2 311:other");
  mail.run_for(days(5));
  CHECK(mail.published() == "311:k2 311:other");
  mail.neighbours[kOwner].clear();
  mail.neighbour_chain.clear();
  mail.pass();
  CHECK(mail.published().empty());
}

TEST_CASE("binding key stolen under a covered issuer: all its records go until that one ends") {
  auto mail = issuer_mode();
  REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  std::string issuer;
  SUBCASE("by the same issuer") {
    issuer = "i1";
  }
  // An earlier certificate of the stolen key may be of any issuer that is covered.
  SUBCASE("by another one") {
    issuer = "i2";
  }
  mail.offer(renewed(mail, "c2", "k2", issuer));
  CHECK(mail.published() == "311:k2");
  CHECK(mail.binding.incidents.back().what.find("is served though") != std::string::npos);
  mail.run_until(kBegin + days(90) - seconds(1));  // the stolen certificate's end
  CHECK(mail.published() == "311:k2");
  mail.run_for(seconds(1));
  CHECK(mail.published() == "211:i1 211:i2 311:k2");
}

TEST_CASE(
    "binding key stolen by its own record: one of an issuer does not come until that one ends") {
  auto mail = bound(kStable, {"311"});
  REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(days(1));
  mail.forms = {"311", "211"};
  mail.run_until(kBegin + days(90) - seconds(1));  // the stolen certificate's end
  CHECK(mail.published() == "311:k2");
  mail.run_for(days(1));
  CHECK(mail.published() == "211:i1 211:i2 311:k2");
}

TEST_CASE("binding key stolen: no issuer is named before the last certificate seen of it ends") {
  auto mail = bound(kStable, {"311", "211"});
  const auto end = mail.now + days(200);
  const auto later = [&](const std::string& id, const std::string& key) {
    auto cert = renewed(mail, id, key);
    cert.until = end;
    return cert;
  };
  SUBCASE("one that waited when it was stolen") {
    mail.held = "the clock may be wrong";
    mail.coverage.clear();
    auto waits = later("c1b", "k1");
    waits.issuers = {"i9"};
    mail.offer(waits);
    REQUIRE_FALSE(mail.did("deploy c1b"));
    mail.held.clear();
    REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  }
  SUBCASE("one that the client brings before another key is served") {
    REQUIRE(emergency(mail, kKeyStolen, kAvailability));
    CHECK(mail.offer(later("c1b", "k1")).rule == ids::kTlsaRetiredKey);
  }
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(1));
  REQUIRE(mail.served() == "k2");
  CHECK(mail.binding.stolen_until == end);
}

TEST_CASE("binding key stolen: the client brings a certificate of it when it is long replaced") {
  auto mail = bound(kStable, {"311", "211"});
  REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(1));
  REQUIRE(mail.served() == "k2");
  REQUIRE(mail.published() == "311:k2");
  auto late = renewed(mail, "c1c", "k1");
  late.until = mail.now + days(300);
  CHECK(mail.offer(late).rule == ids::kTlsaRetiredKey);
  CHECK(mail.binding.stolen_until == late.until);
}

TEST_CASE("binding key stolen beside an issuer's record of another: the bound says so") {
  auto mail = issuer_mode();
  mail.neighbours[kOwner] = BindingDriver::records({"211:i2", "311:other"});
  mail.neighbour_chain = {"211:i2", "311:other"};
  mail.run_for(days(1));
  const auto options = emergency_options(mail.situation(), kKeyStolen);
  REQUIRE_FALSE(options.empty());
  for (const auto& option : options) {
    CHECK(option.attacker_until == kBegin + days(90));  // the end of the stolen certificate
    CHECK(option.exposure.find("ours stay beside them") != std::string::npos);
  }
}

TEST_CASE("binding key stolen, security: its record goes though an endpoint still presents it") {
  auto mail = bound(kStable, {"311"});
  mail.endpoints = {"mx", "mx2"};
  mail.stuck["mx2"] = {.id = "c1", .key = "k1", .issuers = {"i1", "root"}};
  mail.run_for(hours(1));
  REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.published() == "311:k2");
}

TEST_CASE("binding key stolen: another's record at one owner is no reason to keep it at the next") {
  auto mail = issuer_mode();
  mail.neighbours[kOwner] = BindingDriver::records({"211:i1"});
  mail.neighbour_chain = {"211:i1", "311:k1"};
  mail.owners.push_back(model::empty_owner("_465._tcp.mx.", mail.negative_ttl));
  mail.pass();
  mail.run_for(days(3));
  REQUIRE(mail.published(1) == "211:i1 211:i2 311:k1");
  REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.published(1) == "311:k2");
}

TEST_CASE("binding key stolen, relaxed gate: its record goes before all know the new key") {
  auto mail = bound(kStable, {"311", "211"});
  mail.policy.is_gate_relaxed = true;
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));  // the issuer's record accepts it
  CHECK(mail.when("deploy c2") == began);
  CHECK(mail.published() == "311:k2");
}

TEST_CASE("binding key stolen, 3 0 1: the records of all its certificates go at once") {
  auto mail = bound(kStable, {"301", "211"});
  mail.policy.is_gate_relaxed = true;
  SUBCASE("one that waits to be served") {
    mail.held = "the clock may be wrong";
    mail.offer(renewed(mail, "c1b", "k1"));
    REQUIRE(mail.published() == "211:i1 211:i2 301:c1 301:c1b");
  }
  SUBCASE("one that is served no more, while its record waits to be withdrawn") {
    mail.offer(renewed(mail, "c1b", "k1"));
    mail.run_for(kAged - minutes(10));
    REQUIRE(mail.published() == "211:i1 211:i2 301:c1 301:c1b");
  }
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  mail.offer(renewed(mail, "c2", "k2"));  // the issuer's record accepts it
  REQUIRE(mail.did("deploy c2"));
  CHECK(mail.published() == "301:c2");
}

TEST_CASE(
    "binding key stolen, nobody looks: what its certificate before goes by stays for a while") {
  std::string form;
  std::string before;
  std::string after;
  SUBCASE("its own record") {
    form = "301", before = "301:c1 301:c1b", after = "301:c1b";
  }
  SUBCASE("that of an issuer who is on no list any more") {
    form = "211", before = "211:i1 211:i2", after = "211:i2";
  }
  auto mail = bound(kStable, {form});
  mail.is_probed = false;
  mail.coverage = {"i2"};
  mail.run_for(days(2));
  mail.offer(renewed(mail, "c1b", "k1", "i2"));
  mail.run_for(kAged + minutes(30));
  REQUIRE(mail.did("deploy c1b"));
  REQUIRE(mail.published() == before);
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  CHECK(mail.published() == before);
  CHECK(mail.waits_for(ids::kTlsaRollback));
  mail.run_for(days(3));
  CHECK(mail.published() == after);
}

TEST_CASE("binding key stolen, an endpoint reloads late: its record waits for that one alone") {
  auto mail = bound(kStable, {"311", "211"});
  mail.policy.is_gate_relaxed = true;
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  mail.stuck["mx"] = {.id = "c1", .key = "k1", .issuers = {"i1"}};
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.published() == "311:k1 311:k2");
  CHECK(mail.waits_for(ids::kTlsaLiveCheck));
  mail.stuck.clear();
  mail.run_for(minutes(30));
  CHECK(mail.published() == "311:k2");
}

TEST_CASE("binding key stolen, two new keys wait: the newest is served, the first is let go of") {
  auto mail = bound(kAny);
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  mail.offer(renewed(mail, "c2", "k2"));
  mail.offer(renewed(mail, "c3", "k3"));
  CHECK(mail.published() == "311:k1 311:k2 311:k3");
  mail.run_for(days(2));
  CHECK(mail.served() == "k3");
  CHECK_FALSE(mail.did("deploy c2"));
  CHECK(mail.published() == "311:k3");
}

TEST_CASE("binding key stolen: a renewal with that key is refused, once and for all") {
  auto mail = bound(kStable);
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  CHECK(mail.offer(renewed(mail, "c1b", "k1")).rule == ids::kTlsaRetiredKey);
  CHECK(mail.binding.staged.empty());
}

TEST_CASE("binding key stolen beside another's records: no chain goes by a banned record") {
  auto mail = bound(kAny, {"211"});
  mail.neighbours[kOwner] = BindingDriver::records({"211:other"});
  mail.neighbour_chain = {"211:other"};
  mail.coverage = {"i1", "i2"};
  mail.run_for(days(1));
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  mail.can_publish = false;
  mail.offer(renewed(mail, "c2", "k2", "i2"));  // its record accepts it
  REQUIRE(mail.did("deploy c2"));
  mail.offer(renewed(mail, "c3", "k2", "i1"));  // that of the stolen certificate's issuer
  mail.run_for(days(1));
  CHECK_FALSE(mail.did("deploy c3"));
  CHECK(mail.waits_for(ids::kTlsaBanned));
}

TEST_CASE("binding issuer compromised while facts are held: no other issuer's record stays") {
  auto mail = bound(kStable, {"311", "211"});
  mail.held = "the clock may be wrong";
  SUBCASE("served on") {}
  SUBCASE("stopped") {
    REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  }
  REQUIRE(emergency(mail, kIssuerCompromised, kRecords, {"211:i1"}));
  CHECK(mail.published() == "311:k1");  // c1 matches no record of i2
  CHECK(mail.find_refusal().empty());
}

TEST_CASE("binding key stolen beside another's records: the outage lasts until ours are there") {
  auto mail = bound(kStable, {"211"});
  mail.neighbours[kOwner] = BindingDriver::records({"211:i1"});
  mail.neighbour_chain = {"211:i1"};
  mail.neighbours["_465._tcp.mx."] = {};  // its service, too, but no record of it
  mail.owners.push_back(model::empty_owner("_465._tcp.mx.", mail.negative_ttl));
  mail.pass();
  mail.run_for(days(3));
  REQUIRE(emergency(mail, kKeyStolen, kSecurity));
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(3));
  // 3 1 1 cannot come: the other one's chain matches none. What it goes by there is not ours.
  REQUIRE(mail.published(0) == "211:i1");
  REQUIRE(mail.published(1).empty());
  REQUIRE(mail.binding.is_exchange);
  CHECK(mail.binding.incidents.back().is_open);
  mail.neighbours[kOwner].clear();
  mail.neighbour_chain.clear();
  mail.pass();
  mail.run_for(days(3));
  CHECK(mail.published(0) == "311:k2");
  CHECK_FALSE(mail.binding.incidents.back().is_open);
}

TEST_CASE("binding key stolen, nobody looks: a late reload keeps the record that it goes by") {
  auto mail = issuer_mode();
  mail.is_probed = false;
  mail.neighbours[kOwner] = BindingDriver::records({"211:i3"});
  mail.neighbour_chain = {"211:i3"};
  mail.run_for(days(1));
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(days(1));
  REQUIRE(mail.did("deploy c2"));
  mail.offer(renewed(mail, "c3", "k2", "i3"));
  mail.pass();
  REQUIRE(mail.did("deploy c3"));
  // Others' records have clients ask for 2 1 1, and c2 has none but the banned one.
  CHECK(mail.published() == "211:i1 211:i3 311:k2");
  CHECK(mail.waits_for(ids::kTlsaLiveCheck));
  mail.run_for(days(3));
  CHECK(mail.published() == "211:i3 311:k2");
}

TEST_CASE("binding key stolen, issuer-only: the key's own record takes the issuer's place") {
  auto mail = bound(kAny, {"211"});
  REQUIRE(emergency(mail, kKeyStolen, kAvailability));
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.when("deploy c2") == began);  // the old record accepts it
  CHECK(mail.published() == "311:k2");
  CHECK(mail.find_refusal().empty());
}

TEST_CASE("binding key lost, no theft: swap, and some refuse us for a while") {
  auto mail = bound(kStable, {"311"});
  const auto options = emergency_options(mail.situation(), kKeyLost);
  REQUIRE(options.size() == 1);
  CHECK_FALSE(options.front().attacker_until);
  CHECK(options.front().outage == kAged);
  CHECK_FALSE(has_choice(options, kAvailability));
  REQUIRE(emergency(mail, kKeyLost, kSecurity));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.served() == "k2");
}

TEST_CASE("binding next key lost: another is wanted, its record goes") {
  auto mail = bound(kNext, {"311"});
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return lose_next_key(s); }));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.last.wants_next_key);
  CHECK_FALSE(mail.next_key("k2"));
}

TEST_CASE(
    "binding emergency: a new key every hour does not outlast the certificate that is served") {
  auto mail = bound(kStable);
  mail.run_until(kBegin + days(80));
  const auto renews = [&](int hours_long) {
    for (int i = 0; i < hours_long && mail.served() == "k1"; ++i) {
      const auto id = std::to_string(i);
      mail.offer(renewed(mail, "c" + id, "k" + id + "-new"));
      mail.run_for(hours(1));
    }
  };
  renews(24);
  CHECK(mail.served() == "k1");  // the newest replaces the one before: there is time
  mail.run_until(kBegin + days(84));
  REQUIRE(mail.served() == "k23-new");
  SUBCASE("near the end the first that came stays beside the newest") {
    mail.run_until(mail.binding.served->not_after - days(6));
    mail.offer(renewed(mail, "a", "ka"));
    mail.run_for(hours(1));
    mail.offer(renewed(mail, "b", "kb"));
    mail.run_for(hours(1));
    mail.offer(renewed(mail, "c", "kc"));
    CHECK(mail.published() == "311:k23-new 311:ka 311:kc");
    mail.run_for(hours(2));
    CHECK(mail.served() == "ka");
    CHECK(mail.find_refusal().empty());
  }
  SUBCASE("and in an emergency") {
    REQUIRE(emergency(mail, kKeyStolen, kAvailability));
    const auto began = mail.now;
    mail.offer(renewed(mail, "a", "ka"));
    mail.run_for(hours(1));
    mail.offer(renewed(mail, "b", "kb"));
    mail.run_for(days(1));
    CHECK(mail.when("deploy a") == began + kAged);
  }
}

TEST_CASE("binding near its end: what waits for a word on its issuer keeps no place for itself") {
  auto mail = bound(kStable, {"311", "211"});
  const auto brings = [&](const std::string& word, const std::string& issuer) {
    auto chain = renewed(mail, "c-" + word, "k-" + word, issuer);
    if (issuer == "i9") chain.standing = model::IssuerStanding::kUnknown;
    mail.offer(chain);
    mail.run_for(hours(1));
  };
  mail.run_until(mail.binding.served->not_after - days(6));
  brings("unknown", "i9");
  REQUIRE(mail.waits_for(ids::kTlsaIssuer));
  brings("a", "i1");
  brings("b", "i1");
  brings("c", "i1");
  mail.run_for(days(1));
  CHECK(mail.did("deploy c-a"));
  CHECK(mail.find_refusal().empty());
}

TEST_CASE("binding stop: records go first, the chain stays until P + K * T + M") {
  auto mail = bound(kStable, {"311"});
  const auto began = mail.now;
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  CHECK(mail.published().empty());
  CHECK(mail.last.label == BindingLabel::kStopping);
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.served() == "k1");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == began + kAged);
  CHECK(mail.last.label == BindingLabel::kOff);
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return resume_dane(s); }));
  CHECK(mail.published() == "311:k2");
}

}  // namespace danewerk::rollover
