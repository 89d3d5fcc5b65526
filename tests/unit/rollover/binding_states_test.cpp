/// \file
/// The rows of the state table of bindings with one key (modes stable and next), each by its name,
/// and the rules of its steps. Times: P + K * T + M with P = 1 h, K = 2, T = 1 h, M = 5 min.

#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;

/// Two looks: at once, and ten minutes later.
constexpr seconds kLooks = minutes(10);
constexpr seconds kWindow = hours(24);

/// In mode next, with k2 announced everywhere.
BindingDriver ready() {
  auto mail = bound(kNext);
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(1));
  REQUIRE(mail.last.label == BindingLabel::kReady);
  return mail;
}

}  // namespace

TEST_CASE("binding INIT: records come when every endpoint was seen with the key") {
  BindingDriver mail(kStable);
  mail.silent["mx"] = true;
  mail.endpoints = {"mx", "mx v6"};
  mail.stuck["mx v6"] = {.id = "old", .key = "k0", .issuers = {"i1"}};
  CHECK(mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}}).kind == Offer::Kind::kStaged);
  CHECK(mail.served() == "k1");
  CHECK(mail.last.label == BindingLabel::kInit);
  CHECK(mail.published().empty());
  CHECK(mail.waits_for(ids::kTlsaPublishGate));
  CHECK(mail.found(ids::kTlsaSilent));  // a finding, not a block
  mail.stuck.clear();
  mail.run_for(minutes(1));
  CHECK(mail.published() == "311:k1");
}

TEST_CASE("binding INIT: an endpoint that was not looked at is waited for") {
  BindingDriver mail(kStable);
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  auto asked = mail.situation();
  asked.owners.front().view.owner = model::empty_owner(kOwner, minutes(30));
  asked.owners.front().view.ends.resize(1);
  asked.endpoints.front().sight.reset();
  const auto decision = decide(asked);
  CHECK(decision.wishes.at(kOwner).records.empty());
  REQUIRE(decision.waits.size() == 1);
  CHECK(decision.waits.front().rule == ids::kTlsaProbe);
}

TEST_CASE("binding INIT: nothing is published while services could not be told of the chain") {
  BindingDriver mail(kStable);
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  auto asked = mail.situation();
  asked.owners.front().view.owner = model::empty_owner(kOwner, minutes(30));
  asked.owners.front().view.ends.resize(1);
  asked.binding.is_untold = true;
  asked.binding.confirmed.reset();
  const auto decision = decide(asked);
  CHECK(decision.wishes.at(kOwner).records.empty());
  CHECK_FALSE(decision.binding.confirmed);
  CHECK(decision.waits.front().rule == ids::kTlsaUntold);
  asked.binding.is_untold = false;
  CHECK(decide(asked).wishes.at(kOwner).records.size() == 1);
}

TEST_CASE("binding INIT: protected when the answer that there is none has run out (N)") {
  BindingDriver mail(kStable);
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  const auto asked = mail.situation();
  CHECK(protected_from(asked.owners.front().view).at ==
        kBegin + hours(1) + minutes(30) + minutes(5));
}

TEST_CASE("binding STABLE: a renewal with the current key is served at once") {
  auto mail = bound(kStable);
  CHECK(mail.last.label == BindingLabel::kStable);
  mail.offer(renewed(mail, "c2", "k1"));
  CHECK(mail.when("deploy c2") == mail.now);
  CHECK(mail.published() == "311:k1");
  CHECK(mail.last.label == BindingLabel::kStable);
}

TEST_CASE("binding STABLE: the same certificate again changes nothing") {
  auto mail = bound(kStable);
  const auto before = mail.binding;
  const auto events = mail.log.size();
  CHECK(mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}}).kind == Offer::Kind::kNothing);
  CHECK(mail.binding == before);
  CHECK(mail.log.size() == events);
}

TEST_CASE("binding STABLE: an unknown key is announced first and served P + K * T + M later") {
  auto mail = bound(kStable);
  const auto began = mail.now;
  const auto answer = mail.offer(renewed(mail, "c2", "k2"));
  CHECK(answer.kind == Offer::Kind::kStaged);
  CHECK(answer.rule == ids::kTlsaKeyChanged);
  CHECK(mail.found(ids::kTlsaKeyChanged));
  CHECK(mail.published() == "311:k1 311:k2");
  REQUIRE(mail.waits_for(ids::kTlsaGate));
  mail.run_for(days(3));
  CHECK(mail.when("deploy c2") == began + kAged);
}

TEST_CASE("binding STABLE: of two unknown keys within one wait the newest stays") {
  auto mail = bound(kStable);
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(1));
  mail.offer(renewed(mail, "c3", "k3"));
  CHECK(mail.published() == "311:k1 311:k3");
  mail.run_for(days(3));
  CHECK(mail.served() == "k3");
  CHECK_FALSE(mail.did("deploy c2"));
}

TEST_CASE("binding STABLE: pin-key refuses an unknown key and says how long the old one lasts") {
  auto mail = bound(kStable);
  mail.policy.is_key_pinned = true;
  const auto answer = mail.offer(renewed(mail, "c2", "k2"));
  CHECK(answer.kind == Offer::Kind::kRefused);
  CHECK(answer.rule == ids::kTlsaPinned);
  CHECK(answer.reason.find("87 more day") != std::string::npos);
  CHECK(mail.published() == "311:k1");
}

TEST_CASE("binding: pin-key takes a first key where all that is known is a stolen one") {
  BindingDriver mail(kStable);
  mail.policy.is_key_pinned = true;
  mail.binding.keys.push_back({.id = "k0", .use = model::BindingKeyUse::kCompromised});
  CHECK(mail.offer({.id = "c0", .key = "k0"}).rule == ids::kTlsaRetiredKey);
  CHECK(mail.offer({.id = "c1", .key = "k1"}).kind == Offer::Kind::kStaged);
}

TEST_CASE("binding PREPARE: a roll asks for a key; a renewal of the current one is served") {
  auto mail = bound(kStable);
  REQUIRE(mail.ask([](auto& s) { return request_tlsa_roll(s); }));
  CHECK(mail.last.label == BindingLabel::kPrepare);
  CHECK(mail.last.wants_next_key);
  CHECK(mail.waits_for(ids::kTlsaNextKey));
  mail.offer(renewed(mail, "c2", "k1"));
  CHECK(mail.when("deploy c2") == mail.now);
}

TEST_CASE("binding PUBLISHED, AGING, READY: by t_all and then K * T + M") {
  auto mail = bound(kStable);
  REQUIRE(mail.ask([](auto& s) { return request_tlsa_roll(s); }));
  const auto began = mail.now;
  REQUIRE(mail.next_key("k2"));
  CHECK(mail.published() == "311:k1 311:k2");
  CHECK(mail.last.label == BindingLabel::kPublished);
  CHECK(mail.last.order_for.empty());
  mail.run_for(hours(1) + minutes(1));
  CHECK(mail.last.label == BindingLabel::kAging);
  mail.run_for(days(1));
  CHECK(mail.when("label ready") == began + kAged);
  CHECK(mail.last.order_for == "k2");  // the certificate is ordered now and not before
  CHECK(mail.waits_for(ids::kTlsaOrder));
}

TEST_CASE("binding PUBLISHED: certificates of k1 are served, of k2 staged, of others refused") {
  auto mail = bound(kStable);
  REQUIRE(mail.ask([](auto& s) { return request_tlsa_roll(s); }));
  REQUIRE(mail.next_key("k2"));
  const auto began = mail.now;
  CHECK(mail.offer(renewed(mail, "c2", "k2")).kind == Offer::Kind::kStaged);
  CHECK(mail.offer(renewed(mail, "c3", "k3")).rule == ids::kTlsaUnknownKey);
  mail.run_for(minutes(30));
  CHECK(mail.offer(renewed(mail, "c1b", "k1")).kind == Offer::Kind::kStaged);
  CHECK(mail.when("deploy c1b") == mail.now);
  CHECK(mail.served() == "k1");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == began + kAged);
}

TEST_CASE("binding READY: the certificate of the next key is served at once") {
  auto mail = ready();
  CHECK(mail.offer(renewed(mail, "c2", "k2")).kind == Offer::Kind::kStaged);
  CHECK(mail.when("deploy c2") == mail.now);
  CHECK(mail.last.label == BindingLabel::kLiveCheck);
}

TEST_CASE("binding LIVE_CHECK: ends when every endpoint presented the new key twice") {
  auto mail = ready();
  mail.endpoints = {"mx", "mx v6"};
  mail.run_for(minutes(1));
  mail.stuck["mx v6"] = {.id = "c1", .key = "k1", .issuers = {"i1"}};
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(5));
  CHECK(mail.last.label == BindingLabel::kLiveCheck);
  CHECK(mail.waits_for(ids::kTlsaLiveCheck));
  CHECK(mail.published() == "311:k1 311:k2");  // one node of two still has k1
  CHECK(mail.offer(renewed(mail, "c1b", "k1")).rule == ids::kTlsaLiveCheck);
  CHECK(mail.offer(renewed(mail, "c2b", "k2")).kind == Offer::Kind::kStaged);
  CHECK(mail.served() == "k2");
  mail.stuck.clear();
  const auto healed = mail.now;
  mail.run_for(days(2));
  CHECK(mail.when("label settle") == healed + 2 * kLooks);
}

TEST_CASE("binding SETTLE: the way back is open for K * T, at least a day, and then closes") {
  auto mail = ready();
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(1));
  CHECK(mail.last.label == BindingLabel::kSettle);
  CHECK(mail.published() == "311:k1 311:k2");
  mail.run_for(days(2));
  CHECK(mail.when(kOwner + " 311:k2") == began + kLooks + kWindow);
}

TEST_CASE("binding SETTLE: a long TTL makes the way back longer") {
  auto mail = bound(kNext);
  mail.policy.ttl = hours(20);
  mail.run_for(days(5));
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(5));
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(5));
  CHECK(mail.when(kOwner + " 311:k2") == began + kLooks + 2 * hours(20));
}

TEST_CASE("binding SETTLE: a certificate of k1 is the way back") {
  auto mail = ready();
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(1));
  auto back = renewed(mail, "c1b", "k1");
  back.until = mail.now + days(30);  // it may end before the one that is served
  CHECK(mail.offer(back).kind == Offer::Kind::kStaged);
  CHECK(mail.served() == "k1");
  CHECK(mail.find_refusal().empty());
}

TEST_CASE("binding RETIRED: ends when the withdrawal is everywhere; its key is refused for ever") {
  auto mail = bound(kStable);
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(4));
  const auto retired = began + kAged + kLooks + kWindow;
  CHECK(mail.when("label retired") == retired);
  CHECK(mail.last.label == BindingLabel::kStable);
  CHECK(mail.offer(renewed(mail, "c1b", "k1")).rule == ids::kTlsaRetiredKey);
}

TEST_CASE("binding RETIRED, mode next: another next key is wanted at once, and READY is rest") {
  auto mail = ready();
  mail.offer(renewed(mail, "c2", "k2"));
  CHECK_FALSE(mail.last.wants_next_key);
  mail.run_for(days(2));
  CHECK(mail.last.wants_next_key);
  REQUIRE(mail.next_key("k3"));
  CHECK(mail.published() == "311:k2 311:k3");
  mail.run_for(days(2));
  CHECK(mail.last.label == BindingLabel::kReady);
  CHECK(mail.last.order_for.empty());
  CHECK(mail.last.waits.empty());
}

TEST_CASE("binding HOLD: the author's own records stop everything until they are adopted") {
  auto mail = bound(kStable);
  mail.owners.front().foreign = BindingDriver::records({"311:k1", "311:old"});
  mail.owners.front().versions.back().records = BindingDriver::records({"311:k1", "311:old"});
  mail.pass();
  CHECK(mail.last.label == BindingLabel::kHold);
  CHECK(mail.waits_for(ids::kTlsaForeign));
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(3));
  CHECK(mail.served() == "k1");
  CHECK(mail.published() == "311:k1 311:old");
  REQUIRE(mail.ask([](auto& s) { return abort_tlsa_roll(s); }));
  REQUIRE(mail.ask([](auto& s) { return adopt(s); }));
  mail.run_for(days(3));
  CHECK(mail.published() == "311:k1 311:old");  // without a change
  CHECK(mail.found(ids::kTlsaStale));
  REQUIRE(mail.ask([](auto& s) { return drop_stale(s); }));
  CHECK(mail.published() == "311:k1");
  const auto twice = mail.ask([](auto& s) { return drop_stale(s); });
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().message().find("that is kept") != std::string::npos);
}

TEST_CASE("binding: a version of which nothing is known refuses what comes, and no first chain") {
  auto mail = bound(kStable);
  mail.offer(renewed(mail, "c1b", "k1"));
  REQUIRE(mail.did("deploy c1b"));
  auto asked = mail.situation();
  asked.binding.staged = {*asked.binding.served};
  asked.binding.staged.front().id = "c1c";
  CHECK(decide(asked).deploy.has_value());
  auto& view = asked.owners.front().view;
  view.owner.versions.insert(view.owner.versions.begin(), model::unknown_version(hours(1), 1));
  view.ends.insert(view.ends.begin(), Moment{.at = mail.now + hours(3)});
  const auto decision = decide(asked);
  CHECK_FALSE(decision.deploy.has_value());
  CHECK(decision.waits.back().until == mail.now + hours(3));
  asked.binding.served.reset();
  CHECK(decide(asked).deploy.has_value());
}

TEST_CASE(
    "binding: an anchor that the author named stays while it is sent (RFC 7671 section 5.2.2)") {
  BindingDriver mail(kStable, {"311", "211"});
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1", "r1"}});
  mail.run_for(days(3));
  REQUIRE(mail.published() == "211:i1 311:k1");
  const auto all = BindingDriver::records({"211:i1", "211:r1", "311:k1"});
  mail.owners.front().foreign = BindingDriver::records({"211:r1"});
  mail.owners.front().versions.back().records = all;
  mail.pass();
  REQUIRE(mail.ask([](auto& s) { return adopt(s); }));
  mail.run_for(days(3));
  CHECK(mail.published() == "211:i1 211:r1 311:k1");
  // Nothing of another authority's chain needs it.
  mail.offer({.id = "c2", .key = "k1", .issuers = {"i9"}, .until = kBegin + days(95)});
  mail.run_for(days(5));
  CHECK(mail.published() == "211:i9 311:k1");
}

TEST_CASE("binding HOLD: beside the author's records no other key is served, a renewal is") {
  auto mail = bound(kStable);
  const auto both = BindingDriver::records({"311:k1", "311:k2"});
  mail.owners.front().foreign = both;
  mail.owners.front().versions.back().records = both;
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(3));
  CHECK(mail.served() == "k1");
  CHECK(mail.waits_for(ids::kTlsaForeign));
  mail.offer(renewed(mail, "c1b", "k1"));
  CHECK(mail.did("deploy c1b"));
}

TEST_CASE("binding SETTLE: a service that does not answer keeps the way back, not the next key") {
  auto mail = bound(kStable);
  mail.endpoints = {"mx", "mx2"};
  SUBCASE("at all") {
    mail.silent["mx2"] = true;
  }
  SUBCASE("with TLS") {
    mail.without_tls["mx2"] = true;
  }
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(hours(12));
  REQUIRE(mail.served() == "k2");
  CHECK(mail.offer(renewed(mail, "c3", "k3")).rule == ids::kTlsaUnknownKey);
  mail.run_for(days(2));
  REQUIRE_FALSE(mail.binding.confirmed);
  CHECK(mail.waits_for(ids::kTlsaLiveCheck));
  CHECK(mail.offer(renewed(mail, "c4", "k4")).kind == Offer::Kind::kStaged);
  CHECK(mail.published() == "311:k1 311:k2 311:k4");  // the silent one may present any of them
  mail.run_for(days(1));
  CHECK(mail.served() == "k4");
}

TEST_CASE("binding without a served folder: an unknown key in a roll is live, and is announced") {
  for (const auto mode : {kStable, kNext}) {
    auto mail = bound(mode);
    mail.policy.has_served_folder = false;
    REQUIRE(mail.next_key("k2"));
    mail.run_for(days(1));
    CHECK(mail.offer(renewed(mail, "c3", "k3")).kind == Offer::Kind::kStaged);
    CHECK(mail.served() == "k3");
    CHECK(mail.published().find("311:k3") != std::string::npos);
    CHECK(mail.found(ids::kTlsaRefused));
  }
}

TEST_CASE("binding steps: time counts from t_all, the slowest address, not from publication") {
  auto mail = bound(kStable);
  auto& known = mail.facts[kOwner];
  known.secondaries = {{.address = "192.0.2.1@53"}};
  known.secondaries.front().seen.push_back({known.publications.back().version, mail.now});
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(2));
  CHECK(mail.served() == "k1");
  REQUIRE(mail.waits_for(ids::kNotSeen));
  const auto seen = mail.now;
  known.secondaries.front().seen.push_back({known.publications.back().version, seen});
  mail.pass();
  mail.run_for(days(1));
  CHECK(mail.when("deploy c2") == seen + kAged);
}

TEST_CASE("binding steps: nothing counts while the zone is not published") {
  auto mail = bound(kStable);
  mail.can_publish = false;
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(2));
  CHECK(mail.served() == "k1");
  CHECK(mail.waits_for(ids::kNotPublished));
}

TEST_CASE("binding steps: the next key is neither the current nor a retired one") {
  auto mail = bound(kStable);
  CHECK_FALSE(mail.next_key("k1"));
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(4));
  CHECK_FALSE(mail.next_key("k1"));
  CHECK(mail.next_key("k3"));
}

TEST_CASE("binding steps: with an end too close to aged + 3 d, renew the current key first") {
  auto mail = bound(kStable);
  mail.run_until(kBegin + days(90) - days(3) - hours(2));
  REQUIRE(mail.ask([](auto& s) { return request_tlsa_roll(s); }));
  REQUIRE(mail.next_key("k2"));
  CHECK(mail.found(ids::kTlsaRenewFirst));
  mail.offer(renewed(mail, "c1b", "k1"));
  CHECK_FALSE(mail.found(ids::kTlsaRenewFirst));
}

TEST_CASE("binding steps: a change from RSA to ECDSA is a new key") {
  auto mail = bound(kStable);
  CHECK(mail.offer(renewed(mail, "c-ecdsa", "k1-ecdsa")).rule == ids::kTlsaKeyChanged);
  CHECK(mail.served() == "k1");
}

TEST_CASE("binding steps: what cannot be served is refused, and changes nothing") {
  auto mail = bound(kStable, {"311", "211"});
  auto before = mail.binding;
  auto cert = renewed(mail, "c2", "k1");
  before.key("k1")->certified_until = cert.until;  // whoever steals the key could show it
  cert.from = mail.now + seconds(1);
  CHECK(mail.offer(cert).rule == ids::kTlsaDates);
  cert = renewed(mail, "c2", "k1");
  cert.until = mail.now;
  CHECK(mail.offer(cert).rule == ids::kTlsaDates);
  cert.until = kBegin + days(89);
  CHECK(mail.offer(cert).rule == ids::kTlsaOlder);
  cert = renewed(mail, "c2", "k1");
  cert.sends_anchor = false;
  CHECK(mail.offer(cert).rule == ids::kTlsaIncomplete);
  CHECK(mail.binding == before);
}

TEST_CASE("binding steps: a lower TTL comes first, and a next key when the longer one ran out") {
  auto mail = bound(kNext);
  mail.policy.ttl = minutes(10);
  const auto began = mail.now;
  REQUIRE(mail.next_key("k2"));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.waits_for(ids::kTlsaTtlFirst));
  mail.run_for(days(1));
  CHECK(mail.when(kOwner + " 311:k1 311:k2") == began + kAged);
}

TEST_CASE("binding steps: each version counts with the TTL that it had") {
  auto mail = bound(kStable);
  mail.policy.ttl = hours(10);
  mail.run_for(minutes(1));
  const auto began = mail.now;
  mail.policy.ttl = minutes(10);
  mail.offer(renewed(mail, "c2", "k2"));
  mail.run_for(days(3));
  CHECK(mail.when("deploy c2") == began + hours(1) + 2 * hours(10) + minutes(5));
}

}  // namespace danewerk::rollover
