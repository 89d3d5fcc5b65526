/// \file
/// Owners that several bindings share.

#include <algorithm>

#include <doctest/doctest.h>

#include "rollover/binding_view.h"
#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"
#include "unit/rollover/binding_driver.h"

namespace danewerk::rollover {

namespace {

using enum model::BindingMode;

/// Records of FORM beside another's, told to become 2 1 1; then c2 of k2 by an issuer that nobody
/// knows.
BindingDriver with_stranger(const std::string& form) {
  auto mail = bound(kStable, {form});
  mail.neighbours[kOwner] = BindingDriver::records({form + ":other"});
  mail.neighbour_chain = {form + ":other"};
  mail.run_for(days(1));
  mail.forms = {"211"};
  auto stranger = renewed(mail, "c2", "k2", "i9");
  stranger.standing = model::IssuerStanding::kUnknown;
  mail.offer(stranger);
  return mail;
}

}  // namespace

TEST_CASE("binding RSA beside ECDSA: a combination that the other chain fails does not come") {
  auto mail = bound(kStable, {"311"});
  mail.coverage.clear();
  mail.neighbours[kOwner] = BindingDriver::records({"311:k-ecdsa"});
  mail.neighbour_chain = {"311:k-ecdsa"};
  mail.pass();
  CHECK(mail.published() == "311:k-ecdsa 311:k1");
  mail.forms = {"311", "211"};
  mail.pass();
  CHECK(mail.published() == "311:k-ecdsa 311:k1");
  CHECK(mail.waits_for(ids::kTlsaNeighbour));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(days(4));
  CHECK(mail.published() == "311:k-ecdsa 311:k2");
}

TEST_CASE("binding merge: all wishes, the author's records, the smallest TTL") {
  model::TlsaOwner owner;
  owner.foreign = BindingDriver::records({"311:c"});
  const auto share = [](const char* word, seconds ttl) {
    return OwnerShare{.binding = word,
                      .wish = {.records = BindingDriver::records({word}), .ttl = ttl},
                      .chains = {BindingDriver::records({word})}};
  };
  const auto merged = merge(owner, {share("311:a", hours(1)), share("311:b", minutes(30))});
  CHECK(merged.wish.records == BindingDriver::records({"311:a", "311:b", "311:c"}));
  CHECK(merged.wish.ttl == minutes(30));
  CHECK(merged.waits.empty());
}

TEST_CASE("binding merge: a combination comes for all bindings in one version, or not at all") {
  const model::TlsaOwner owner{.name = kOwner};
  OwnerShare a{.binding = "a",
               .wish = {.records = BindingDriver::records({"311:a"}), .ttl = hours(1)},
               .chains = {BindingDriver::records({"311:a"})}};
  OwnerShare b{.binding = "b",
               .wish = {.records = {}, .ttl = hours(1)},
               .chains = {BindingDriver::records({"311:b"})}};
  CHECK(merge(owner, {a, b}).wish.records.empty());
  CHECK(merge(owner, {a, b}).waits.at(0).rule == ids::kTlsaNeighbour);
  CHECK_FALSE(merge(owner, {a, b}).waits.at(0).is_operators);
  b.is_stopped = true;
  const auto stopped = merge(owner, {a, b}).waits;
  CHECK(stopped.at(0).is_operators);
  CHECK(stopped.at(0).reason.find("danewerk tlsa resume b") != std::string::npos);
  b.is_stopped = false;
  b.wish.records = BindingDriver::records({"311:b"});
  CHECK(merge(owner, {a, b}).wish.records.size() == 2);
}

TEST_CASE("binding merge: a combination waits for what another binding served before") {
  auto mail = bound(kStable, {"311", "211"});
  mail.is_probed = false;
  mail.offer(renewed(mail, "c2", "k1", "i2"));
  REQUIRE(mail.did("deploy c2"));
  CHECK(share_of(mail.situation(), mail.last, kOwner).chains.size() == 2);
  mail.run_for(days(3));
  CHECK(share_of(mail.situation(), mail.last, kOwner).chains.size() == 1);
}

TEST_CASE("binding merge: a combination goes for all bindings in one version, or not at all") {
  const model::TlsaOwner owner{.name = kOwner};
  const auto share = [](const char* word) {
    return OwnerShare{.binding = word,
                      .wish = {.records = BindingDriver::records({word}), .ttl = hours(1)},
                      .chains = {}};
  };
  auto a = share("311:a");
  a.wish.spare = a.wish.records;
  auto b = share("311:b");
  CHECK(merge(owner, {a, b}).wish.records.size() == 2);
  CHECK(merge(owner, {a, b}).waits.at(0).rule == ids::kTlsaNeighbour);
  b.wish.spare = b.wish.records;
  CHECK(merge(owner, {a, b}).wish.records.empty());
  SUBCASE("what one has no use for, and the other needs, stays") {
    auto c = share("311:a");
    CHECK(merge(owner, {a, c}).wish.records == c.wish.records);
    CHECK(merge(owner, {a, b, c}).wish.records.size() == 2);
  }
}

TEST_CASE("binding merge: what is served goes by its record as long as another keeps the kind") {
  const model::TlsaOwner owner{
      .name = kOwner,
      .versions = {{.records = BindingDriver::records({"311:a", "311:b", "301:a"})}}};
  OwnerShare a{.binding = "a",
               .wish = {.records = BindingDriver::records({"301:a"}), .ttl = hours(1)},
               .chains = {BindingDriver::records({"311:a", "301:a"})}};
  OwnerShare b{.binding = "b",
               .wish = {.records = BindingDriver::records({"311:b"}), .ttl = hours(1)},
               .chains = {}};
  const auto merged = merge(owner, {a, b});
  CHECK(merged.wish.records == BindingDriver::records({"301:a", "311:a", "311:b"}));
  REQUIRE(merged.waits.size() == 1);
  CHECK(merged.waits.at(0).rule == ids::kTlsaNeighbour);
  SUBCASE("but what is banned goes") {
    a.banned = BindingDriver::records({"311:a"});
    CHECK(merge(owner, {a, b}).wish.records == BindingDriver::records({"301:a", "311:b"}));
  }
  SUBCASE("and with the kind") {
    b.wish.records = BindingDriver::records({"301:b"});
    CHECK(merge(owner, {a, b}).wish.records == BindingDriver::records({"301:a", "301:b"}));
  }
}

TEST_CASE("binding beside others' records: a key that is announced waits for its issuer alone") {
  auto mail = with_stranger("311");
  mail.run_for(days(1));
  CHECK(mail.published() == "311:k1 311:k2 311:other");
  CHECK(std::ranges::none_of(mail.last.waits, [](const BindingWait& wait) {
    return wait.rule == ids::kTlsaNeighbour && wait.subject.find("c2") != std::string::npos;
  }));
}

TEST_CASE("binding beside others' records: a word on its issuer comes before what others ask for") {
  auto mail = with_stranger("301");
  CHECK(mail.waits_for(ids::kTlsaIssuer));
  REQUIRE(mail.ask([](auto& s) { return confirm_issuer(s); }));
  CHECK_FALSE(mail.waits_for(ids::kTlsaIssuer));
  CHECK(mail.waits_for(ids::kTlsaNeighbour));
}

TEST_CASE("binding beside others' records: what a late reload goes by goes with its kind") {
  auto mail = bound(kStable, {"311", "211"});
  mail.named_by_others = BindingDriver::records({"211:i1"});  // another one has banned it
  mail.forms = {"311", "312"};
  mail.coverage.clear();
  mail.stuck["mx"] = {.id = "c1", .key = "k1", .issuers = {"i1"}};
  mail.offer(renewed(mail, "c2", "k1", "i2"));
  REQUIRE(mail.did("deploy c2"));
  CHECK(mail.published() == "211:i1 211:i2 311:k1 312:k1");
  CHECK(mail.find_refusal().empty());
  mail.run_for(days(2));
  CHECK(mail.published() == "311:k1 312:k1");
}

TEST_CASE("binding stop beside another binding: the record stays, for it is asked for") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.pass();
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  CHECK(mail.published() == "311:k1 311:other");
  CHECK(mail.waits_for(ids::kTlsaNeighbour));
}

TEST_CASE("binding beside another one: what that one's chain matches stands, wanted or not") {
  auto mail = bound(kStable, {"311", "312"});
  mail.forms = {"211"};
  const auto asked = mail.situation();
  const auto& owner = asked.owners.front().view.owner;
  CHECK(standing_records(asked.binding, {}, owner) == BindingDriver::records({"311:k1", "312:k1"}));
  const auto claimed = BindingDriver::records({"312:k1"});
  CHECK(standing_records(asked.binding, claimed, owner) == BindingDriver::records({"311:k1"}));
}

TEST_CASE("binding beside another one: what that one lets go of is not taken up") {
  auto mail = bound(kStable, {"311", "211"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:old", "311:new"});
  mail.named_by_others = mail.neighbours[kOwner];
  mail.neighbour_chain = {"311:new"};
  mail.run_for(days(1));
  mail.forms = {"211"};  // 3 1 1 stays for the other one's sake alone
  mail.run_for(days(3));
  REQUIRE(mail.published() == "211:i1 211:i2 311:k1 311:new 311:old");
  mail.neighbours[kOwner] = BindingDriver::records({"311:new"});
  mail.pass();
  CHECK(mail.published() == "211:i1 211:i2 311:k1 311:new");
}

TEST_CASE("binding stop beside another binding: what that one lets go of is not taken up") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:old", "311:new"});
  mail.named_by_others = mail.neighbours[kOwner];
  mail.neighbour_chain = {"311:new"};
  mail.pass();
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.run_for(days(1));
  REQUIRE(mail.published() == "311:k1 311:new 311:old");
  mail.neighbours[kOwner] = BindingDriver::records({"311:new"});
  mail.pass();
  CHECK(mail.published() == "311:k1 311:new");
}

TEST_CASE("binding stop beside another binding: a new key is announced, for clients ask for it") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.run_for(days(1));
  REQUIRE(mail.published() == "311:k1 311:other");
  const auto began = mail.now;
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  CHECK(mail.published() == "311:k1 311:k2 311:other");
  mail.run_for(days(5));
  CHECK(mail.when("deploy c2") == began + kAged);
  CHECK(mail.find_refusal().empty());
  CHECK(mail.published() == "311:k2 311:other");
  // All that is left goes with what the other one has.
  const auto& wish = mail.last.wishes.at(kOwner);
  CHECK(wish.spare == wish.records);
  mail.neighbours[kOwner].clear();
  mail.neighbour_chain.clear();
  mail.pass();
  CHECK(mail.published().empty());
}

TEST_CASE("binding stop beside another binding: a lost key is replaced by what the client brings") {
  auto mail = bound(kNext, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  REQUIRE(mail.next_key("k2"));
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  REQUIRE(emergency(mail, model::EmergencyKind::kKeyLost, model::EmergencyChoice::kNextKey));
  CHECK(mail.last.order_for == "k2");
  const auto began = mail.now;
  mail.offer(renewed(mail, "c3", "k3", "i1"));
  CHECK(mail.published() == "311:k1 311:k2 311:k3 311:other");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c3") == began + kAged);
  CHECK(mail.find_refusal().empty());
}

TEST_CASE(
    "binding stop beside another binding: a stolen key's record goes once another is served") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.run_for(days(1));
  auto choice = model::EmergencyChoice::kAvailability;
  SUBCASE("when every cache has the new one") {}
  SUBCASE("at once") {
    choice = model::EmergencyChoice::kSecurity;
  }
  REQUIRE(emergency(mail, model::EmergencyKind::kKeyStolen, choice));
  mail.offer(renewed(mail, "c2", "k2", "i1"));
  mail.run_for(days(1));
  CHECK(mail.served() == "k2");
  CHECK(mail.published() == "311:k2 311:other");
}

TEST_CASE("binding stop beside another binding: nothing of another kind comes any more") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.forms = {"311", "211"};
  mail.run_for(days(3));
  CHECK(mail.published() == "311:k1 311:other");
}

TEST_CASE("binding stop beside another binding: it goes with the kind that the other changes to") {
  auto mail = bound(kStable, {"311"});
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other", "301:other"};
  mail.run_for(days(1));
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.forms = {"301"};
  mail.neighbours[kOwner] = BindingDriver::records({"311:other", "301:other"});
  mail.run_for(days(3));
  CHECK(mail.published() == "301:c1 301:other 311:k1 311:other");
  mail.neighbours[kOwner] = BindingDriver::records({"301:other"});
  mail.run_for(days(3));
  CHECK(mail.published() == "301:c1 301:other");
  CHECK(mail.find_refusal().empty());
}

TEST_CASE("binding stop: once its records are gone, it does not begin again beside another one") {
  auto mail = bound(kStable, {"311"});
  REQUIRE(mail.ask([](auto& s) { return stop_dane(s); }));
  mail.run_for(days(2));
  REQUIRE(mail.published().empty());
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.run_for(days(2));
  CHECK(mail.published().empty());
  CHECK_FALSE(mail.ask([](auto& s) { return request_tlsa_roll(s); }));  // any key will do
}

TEST_CASE("binding INIT beside another binding: its record first, served when aged") {
  BindingDriver mail(kStable);
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other"};
  mail.pass();
  mail.run_for(days(1));
  const auto began = mail.now;
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  CHECK(mail.published() == "311:k1 311:other");
  mail.run_for(days(1));
  CHECK(mail.when("deploy c1") == began + kAged);
}

TEST_CASE("binding INIT beside another binding: records of different kinds, and no time helps") {
  BindingDriver mail(kStable, {"211"});
  mail.is_probed = false;
  mail.coverage = {"i1"};
  mail.neighbours[kOwner] = BindingDriver::records({"311:other"});
  mail.neighbour_chain = {"311:other", "211:i1"};
  mail.pass();
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1", "root"}});
  mail.run_for(days(3));
  CHECK(mail.served().empty());
  CHECK(mail.published() == "211:i1 311:other");
  REQUIRE(mail.waits_for(ids::kTlsaNeighbour));
  const auto& wait = mail.last.waits.front();
  CHECK(wait.is_operators);
  CHECK_FALSE(wait.until);
  CHECK_FALSE(wait.expected);
  const auto versions = mail.owners.front().versions.size();
  mail.run_for(days(3));
  CHECK(mail.owners.front().versions.size() <= versions);
}

namespace {

/// An owner in a zone that is signed elsewhere; LEFT was there before us.
void put_elsewhere(BindingDriver& mail, const std::vector<std::string>& left) {
  auto& owner = mail.owners.front();
  owner.elsewhere = model::Elsewhere{.zone = "mx.", .ours = owner.present()};
  const auto records = BindingDriver::records(left);
  owner.versions.back().records = model::together(owner.present(), records);
  mail.pass();
}

std::string reason_of(const BindingDriver& mail, std::string_view rule) {
  const auto found = std::ranges::find(mail.last.waits, rule, &BindingWait::rule);
  return found == mail.last.waits.end() ? std::string() : found->reason;
}

}  // namespace

TEST_CASE("binding elsewhere: a record of nobody here is told as what it is, and taken over") {
  auto mail = bound(kStable, {"311"});
  put_elsewhere(mail, {"301:c1"});
  mail.offer(renewed(mail, "c1b", "k1"));
  mail.run_for(days(3));
  CHECK_FALSE(mail.did("deploy c1b"));
  const auto reason = reason_of(mail, ids::kTlsaNeighbour);
  for (const auto* word : {"3 0 1 6331 at _25._tcp.mx.", "no certificate here",
                           "`danewerk tlsa adopt mail`", "delete it in zone mx."}) {
    CHECK_MESSAGE(reason.find(word) != std::string::npos, reason);
  }
  REQUIRE(mail.ask([](auto& s) { return adopt_unclaimed(s); }));
  mail.run_for(days(1));
  CHECK(mail.did("deploy c1b"));
  CHECK(mail.published() == "311:k1");
  CHECK_FALSE(mail.ask([](auto& s) { return adopt_unclaimed(s); }).has_value());
}

TEST_CASE("binding elsewhere: what was taken over and matches nothing goes when asked to") {
  auto mail = bound(kStable, {"311"});
  put_elsewhere(mail, {"311:old"});
  REQUIRE(mail.ask([](auto& s) { return adopt_unclaimed(s); }));
  mail.run_for(days(3));
  CHECK(mail.published() == "311:k1 311:old");
  CHECK(mail.found(ids::kTlsaStale));
  REQUIRE(mail.ask([](auto& s) { return drop_stale(s); }));
  CHECK(mail.published() == "311:k1");
}

TEST_CASE(
    "binding elsewhere: a leftover of another issuer does not keep a first chain out for ever") {
  BindingDriver mail(kStable, {"311"});
  put_elsewhere(mail, {"211:old"});
  mail.offer({.id = "c1", .key = "k1", .issuers = {"i1"}});
  mail.run_for(days(3));
  CHECK(mail.served().empty());
  CHECK(reason_of(mail, ids::kTlsaNeighbour).find("`danewerk tlsa adopt mail`") !=
        std::string::npos);
  REQUIRE(mail.ask([](auto& s) { return adopt_unclaimed(s); }));
  mail.run_for(days(1));
  CHECK(mail.published() == "211:old");
  CHECK(mail.found(ids::kTlsaStale));
  REQUIRE(mail.ask([](auto& s) { return drop_stale(s); }));
  mail.run_for(days(1));
  CHECK(mail.published() == "311:k1");
  CHECK(mail.served() == "k1");
}

TEST_CASE("binding elsewhere: what another binding names is its own, whoever put it there") {
  auto mail = bound(kStable, {"311"});
  put_elsewhere(mail, {"301:other", "311:left"});
  mail.named_by_others = BindingDriver::records({"301:other"});
  mail.offer(renewed(mail, "c1b", "k1"));
  CHECK(reason_of(mail, ids::kTlsaNeighbour).find("another certificate has 3 0 1") == 0);
  REQUIRE(mail.ask([](auto& s) { return adopt_unclaimed(s); }));
  CHECK(mail.binding.adopted == BindingDriver::records({"311:left"}));
  CHECK(mail.owners.front().others() == BindingDriver::records({"301:other"}));
}

}  // namespace danewerk::rollover
