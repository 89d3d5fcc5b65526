#include "update/ledger.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "rollover/tlsa_timing.h"
#include "update/ids.h"

namespace danewerk::update {
namespace {

using model::RdataSet;
using model::TlsaOwner;

constexpr sys_seconds kStart{seconds(1'800'000'000)};
constexpr seconds kHour{3600};
constexpr seconds kTtl{600};
const Bytes kFirst{3, 1, 1, 1};
const Bytes kSecond{3, 1, 1, 2};
const Bytes kIssuer{2, 1, 1, 3};
const Bytes kNeighbour{3, 1, 1, 9};

ServerAnswer shows(std::string address, std::uint32_t serial, RdataSet records) {
  ServerAnswer answer{
      .server = {.name = "ns-" + address + ".", .endpoint = {std::move(address), 53}},
      .kind = ServerAnswer::Kind::kShows};
  answer.soa = {.serial = serial,
                .refresh = kHour,
                .retry = seconds(900),
                .expire = std::chrono::days(7),
                .negative_ttl = seconds(300)};
  answer.ttl = records.empty() ? seconds(300) : kTtl;
  answer.records = std::move(records);
  answer.is_signed = true;
  answer.signed_until = kStart + std::chrono::days(20);
  return answer;
}

ServerAnswer silent(std::string address) {
  return {.server = {.name = "ns-" + address + ".", .endpoint = {std::move(address), 53}},
          .why = "does not answer"};
}

OwnerLook look(std::vector<ServerAnswer> answers) {
  return {.zone = *dns::name_from_text("example.org."), .answers = std::move(answers)};
}

/// The rules of bindings, with what is known at NOW.
rollover::OwnerView advance(TlsaOwner& owner, sys_seconds now) {
  const auto facts = facts_of(owner, now);
  const model::Policy policy{.propagation_delay = seconds(0)};
  auto advanced = rollover::advance(
      owner,
      {.facts = facts, .policy = policy, .now = now, .next_version = owner.elsewhere->version + 1},
      {.ttl = kTtl});
  owner = advanced.view.owner;
  return advanced.view;
}

struct Site {
  TlsaOwner owner = unknown_owner("_25._tcp.mx1.example.org.");
  Findings findings{};

  void see(std::vector<ServerAnswer> answers, sys_seconds now) {
    enter(look(std::move(answers)), owner, now, findings);
    advance(owner, now);
  }
  bool want(RdataSet records, sys_seconds now) {
    wanted = {.records = std::move(records), .ttl = kTtl};
    return intend(owner, wanted, now, findings);
  }
  [[nodiscard]] std::optional<Difference> to_send(sys_seconds now = kStart) {
    return update::to_send(owner, wanted, now, findings);
  }
  [[nodiscard]] std::size_t count(std::string_view id) const { return findings.count(id); }
  [[nodiscard]] model::Visibility visibility(const Bytes& rdata) const {
    return owner.visibility(rdata);
  }
  Wanted wanted{};
};

TEST_CASE("ledger: before any server was seen nothing is sent, and everything is held") {
  Site site;
  CHECK_FALSE(site.want({kFirst}, kStart));
  CHECK_FALSE(site.to_send().has_value());
  CHECK_FALSE(facts_of(site.owner, kStart).held.empty());
  site.see({silent("a")}, kStart);
  CHECK_FALSE(facts_of(site.owner, kStart).held.empty());
  CHECK_FALSE(site.want({kFirst}, kStart));
}

TEST_CASE("ledger: a record that is new counts from the slowest server's first sight (t_all)") {
  Site site;
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  // What stood there before the first look may be held as well.
  CHECK(site.visibility(kFirst) == model::Visibility::kRumoured);
  REQUIRE(site.want({kFirst, kSecond}, kStart));
  const auto difference = site.to_send();
  REQUIRE(difference.has_value());
  CHECK(difference->add == RdataSet{kFirst, kSecond});
  CHECK(difference->remove.empty());
  note_accepted(site.owner, site.wanted, kStart);
  CHECK_FALSE(site.to_send().has_value());
  // One server lags for an hour.
  const auto first = kStart + seconds(60);
  site.see({shows("a", 2, {kFirst, kSecond}), shows("b", 1, {kFirst})}, first);
  CHECK(site.visibility(kSecond) == model::Visibility::kRumoured);
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  const auto last = kStart + kHour;
  site.see({shows("a", 2, {kFirst, kSecond}), shows("b", 2, {kFirst, kSecond})}, last);
  CHECK(site.owner.versions.back().everywhere == last);
  REQUIRE(site.owner.versions.size() == 2);
  CHECK(site.owner.versions.front().last_served == last);
  // RFC 7671 section 8.1: two TTLs, and the margin.
  const auto aged = last + 2 * kTtl + std::chrono::minutes(5);
  advance(site.owner, aged - seconds(1));
  CHECK(site.visibility(kSecond) == model::Visibility::kRumoured);
  advance(site.owner, aged);
  CHECK(site.visibility(kSecond) == model::Visibility::kOmnipresent);
}

TEST_CASE("ledger: a server that is silent holds what it may serve, until SOA EXPIRE") {
  Site site;
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  site.want({kFirst, kSecond}, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  for (auto now = kStart + kHour; now < kStart + std::chrono::days(7); now += 6 * kHour) {
    site.see({shows("a", 2, {kFirst, kSecond}), silent("b")}, now);
    CHECK(site.visibility(kSecond) == model::Visibility::kRumoured);
  }
  const auto expired = kStart + std::chrono::days(7) + 2 * kHour;
  site.see({shows("a", 2, {kFirst, kSecond}), silent("b")}, expired);
  CHECK(site.visibility(kSecond) == model::Visibility::kOmnipresent);
}

TEST_CASE(
    "ledger: an address that this host cannot reach is not waited for when its server is heard") {
  Site site;
  auto other = silent("2001:db8::1");
  other.server.name = "ns-a.";
  site.see({shows("a", 1, {kFirst}), other}, kStart);
  CHECK(facts_of(site.owner, kStart).secondaries.size() == 1);
  Findings findings;
  tell(site.owner, kStart, findings);
  CHECK(findings.count(ids::kServer) == 0);
}

TEST_CASE("ledger: an address that was heard is waited for, though its server has others (t_all)") {
  Site site;
  const auto of_one = [](ServerAnswer answer) {
    answer.server.name = "ns1.";
    return answer;
  };
  const auto first = [&](std::uint32_t serial, RdataSet records) {
    return of_one(shows("192.0.2.1", serial, std::move(records)));
  };
  SUBCASE("it was heard with the records of before") {
    site.see({first(1, {kFirst}), of_one(shows("192.0.2.2", 1, {kFirst}))}, kStart);
  }
  SUBCASE("it was heard, and is of another family") {
    site.see({first(1, {kFirst}), of_one(shows("2001:db8::2", 1, {kFirst}))}, kStart);
  }
  SUBCASE("it was never heard, and others of its family are") {
    site.see({first(1, {kFirst}), of_one(silent("192.0.2.2"))}, kStart);
  }
  SUBCASE("something else of its family answered, without authority") {
    auto lame = silent("2001:db8::3");
    lame.kind = ServerAnswer::Kind::kLame;
    site.see({first(1, {kFirst}), of_one(silent("2001:db8::2")), of_one(lame)}, kStart);
  }
  std::vector<ServerAnswer> answers{first(2, {kFirst, kSecond})};
  for (const auto& server : known_servers(site.owner)) {
    if (server.endpoint.address != "192.0.2.1") {
      answers.push_back(of_one(silent(server.endpoint.address)));
    }
  }
  site.want({kFirst, kSecond}, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  site.see(answers, kStart + kHour);
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  CHECK(wants_look(site.owner, kStart + kHour).is_now);
  tell(site.owner, kStart + kHour, site.findings);
  CHECK(site.count(ids::kServer) == answers.size() - 1);
  const auto expired = kStart + std::chrono::days(7) + 2 * kHour;
  site.see(answers, expired);
  CHECK(site.owner.versions.back().everywhere.has_value());
}

TEST_CASE("ledger: records of other hosts are never touched, and what they change is a version") {
  Site site;
  site.see({shows("a", 1, {kNeighbour})}, kStart);
  CHECK(site.owner.others() == RdataSet{kNeighbour});
  REQUIRE(site.want({kFirst}, kStart));
  CHECK(site.owner.present() == RdataSet{kFirst, kNeighbour});
  CHECK(site.to_send()->add == RdataSet{kFirst});
  note_accepted(site.owner, site.wanted, kStart);
  site.see({shows("a", 2, {kFirst, kNeighbour})}, kStart + kHour);
  // The neighbour rolls its key.
  const Bytes next{3, 1, 1, 10};
  site.see({shows("a", 3, {kFirst, kNeighbour, next})}, kStart + 2 * kHour);
  CHECK(site.owner.present() == RdataSet{kFirst, kNeighbour, next});
  CHECK_FALSE(site.want({kFirst}, kStart + 2 * kHour));
  // Ours goes, and nothing else.
  REQUIRE(site.want({}, kStart + 3 * kHour));
  const auto difference = site.to_send();
  REQUIRE(difference.has_value());
  CHECK(difference->remove == RdataSet{kFirst});
  CHECK(site.owner.present() == RdataSet{kNeighbour, next});
}

TEST_CASE("ledger: an issuer's record stays while another host may rely on it") {
  Site site;
  site.see({shows("a", 1, {})}, kStart);
  site.want({kFirst, kIssuer}, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  site.see({shows("a", 2, {kFirst, kIssuer})}, kStart + kHour);
  site.see({shows("a", 3, {kFirst, kIssuer, kNeighbour})}, kStart + 2 * kHour);
  CHECK_FALSE(site.want({kFirst}, kStart + 2 * kHour));
  CHECK(site.count(ids::kShared) == 1);
  // Alone again.
  site.see({shows("a", 4, {kFirst, kIssuer})}, kStart + 3 * kHour);
  REQUIRE(site.want({kFirst}, kStart + 3 * kHour));
  CHECK(site.to_send()->remove == RdataSet{kIssuer});
}

TEST_CASE("ledger: an issuer's record that others put there is theirs, our key's is ours") {
  Site site;
  site.see({shows("a", 1, {kFirst, kIssuer})}, kStart);
  CHECK_FALSE(site.want({kFirst, kIssuer}, kStart));
  CHECK(site.owner.elsewhere->ours == RdataSet{kFirst});
}

TEST_CASE("ledger: what went, and is in no cache any more, is not taken out again") {
  Site site;
  site.see({shows("a", 1, {kFirst})}, kStart);
  site.want({kFirst, kSecond}, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  site.see({shows("a", 2, {kFirst, kSecond})}, kStart + kHour);
  site.want({kSecond}, kStart + 2 * kHour);
  CHECK(site.to_send()->remove == RdataSet{kFirst});
  note_accepted(site.owner, site.wanted, kStart + 2 * kHour);
  site.see({shows("a", 3, {kSecond})}, kStart + 3 * kHour);
  CHECK(site.owner.elsewhere->ours == RdataSet{kFirst, kSecond});
  site.see({shows("a", 3, {kSecond})}, kStart + 5 * kHour);
  site.see({shows("a", 3, {kSecond})}, kStart + 6 * kHour);
  CHECK(site.owner.elsewhere->ours == RdataSet{kSecond});
}

TEST_CASE("ledger: what somebody takes out is told and sent again") {
  Site site;
  site.see({shows("a", 1, {})}, kStart);
  site.want({kFirst}, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  site.see({shows("a", 2, {kFirst})}, kStart + kHour);
  CHECK_FALSE(site.want({kFirst}, kStart + kHour));
  site.see({shows("a", 3, {})}, kStart + 2 * kHour);
  CHECK(site.count(ids::kLost) == 1);
  REQUIRE(site.want({kFirst}, kStart + 2 * kHour));
  CHECK(site.to_send()->add == RdataSet{kFirst});
}

TEST_CASE("ledger: a server that goes back serves again what was thought to be gone") {
  Site site;
  const auto last_served = [&] {
    return std::ranges::find(site.owner.versions, 1, &model::TlsaVersion::first)->last_served;
  };
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  site.want({kFirst, kSecond}, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  site.see({shows("a", 2, {kFirst, kSecond}), shows("b", 2, {kFirst, kSecond})},
           kStart + seconds(60));
  REQUIRE(last_served().has_value());
  site.see({shows("a", 2, {kFirst, kSecond}), shows("b", 1, {kFirst})}, kStart + seconds(120));
  CHECK_FALSE(last_served().has_value());
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  CHECK(site.count(ids::kLost) == 0);
  site.see({shows("a", 2, {kFirst, kSecond}), shows("b", 2, {kFirst, kSecond})}, kStart + kHour);
  CHECK(last_served() == kStart + kHour);
}

TEST_CASE("ledger: a server that lags is not taken for one that has the same records anew") {
  Site site;
  const RdataSet both{kFirst, kSecond};
  site.see({shows("a", 1, both), shows("b", 1, both)}, kStart);
  // Somebody takes one out, and we put it there again.
  site.see({shows("a", 2, {kFirst}), shows("b", 1, both)}, kStart + seconds(60));
  REQUIRE(site.want(both, kStart + seconds(60)));
  note_accepted(site.owner, site.wanted, kStart + seconds(60));
  site.see({shows("a", 2, {kFirst}), shows("b", 1, both)}, kStart + seconds(90));
  site.see({shows("a", 3, both), shows("b", 1, both)}, kStart + seconds(120));
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  site.see({shows("a", 3, both), shows("b", 2, {kFirst})}, kStart + kHour);
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  SUBCASE("seen with what was there between") {
    site.see({shows("a", 3, both), shows("b", 3, both)}, kStart + 2 * kHour);
  }
  SUBCASE("gone back once more, and on from there") {
    site.see({shows("a", 3, both), shows("b", 1, both)}, kStart + 2 * kHour - seconds(60));
    CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
    site.see({shows("a", 3, both), shows("b", 3, both)}, kStart + 2 * kHour);
  }
  CHECK(site.owner.versions.back().everywhere == kStart + 2 * kHour);
}

TEST_CASE("ledger: what was sent and not answered is sent again, all of it") {
  Site site;
  site.see({shows("a", 1, {})}, kStart);
  site.want({kFirst}, kStart);
  CHECK_FALSE(site.want({kFirst}, kStart + seconds(60)));
  CHECK(site.to_send()->add == RdataSet{kFirst});
  // It was done all the same: any server that shows it says so.
  site.see({shows("a", 2, {kFirst})}, kStart + seconds(120));
  CHECK_FALSE(site.to_send().has_value());
}

TEST_CASE(
    "ledger: what was accepted and lost is sent again while any server shows what was before") {
  Site site;
  const RdataSet both{kFirst, kSecond};
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  site.want(both, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  // Longer than SOA REFRESH and RETRY take, or an hour.
  const auto late = kStart + kHour;
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, late);
  CHECK_FALSE(site.to_send(late - seconds(1)).has_value());
  CHECK(site.count(ids::kLost) == 0);
  SUBCASE("all of them show it") {}
  SUBCASE("one of them lags") {
    site.see({shows("a", 2, both), shows("b", 1, {kFirst})}, late);
  }
  const auto difference = site.to_send(late);
  REQUIRE(difference.has_value());
  CHECK(difference->add == both);
  CHECK(site.count(ids::kLost) == 1);
  note_accepted(site.owner, site.wanted, late);
  CHECK_FALSE(site.to_send(late + kHour - seconds(1)).has_value());
  CHECK(site.to_send(late + kHour).has_value());
  // One that is silent shows nothing.
  site.see({shows("a", 2, both), silent("b")}, late + kHour);
  CHECK_FALSE(site.to_send(late + kHour).has_value());
  site.see({shows("a", 2, both), shows("b", 2, both)}, late + 2 * kHour);
  CHECK_FALSE(site.to_send(late + 3 * kHour).has_value());
}

TEST_CASE("ledger: SOA EXPIRE counts from when a server fell silent, not from the update") {
  Site site;
  const RdataSet both{kFirst, kSecond};
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  site.want(both, kStart);
  note_accepted(site.owner, site.wanted, kStart);
  // It answers with what was before, though its own zone should have expired.
  const auto late = kStart + std::chrono::days(8);
  site.see({shows("a", 2, both), shows("b", 1, {kFirst})}, late);
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  for (const auto& now : {late + seconds(120), late + std::chrono::days(7)}) {
    site.see({shows("a", 2, both), silent("b")}, now);
    CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
    CHECK(site.visibility(kSecond) == model::Visibility::kRumoured);
  }
  site.see({shows("a", 2, both), silent("b")}, late + std::chrono::days(7) + seconds(120));
  CHECK(site.owner.versions.back().everywhere.has_value());
}

TEST_CASE("ledger: by hand, only what the servers lack is asked for") {
  Site site;
  site.see({shows("a", 1, {kNeighbour})}, kStart);
  site.want({kFirst, kSecond}, kStart);
  CHECK(to_do(site.owner, site.wanted).add == RdataSet{kFirst, kSecond});
  site.see({shows("a", 2, {kNeighbour, kFirst})}, kStart + kHour);
  site.want({kFirst, kSecond}, kStart + kHour);
  CHECK(to_do(site.owner, site.wanted).add == RdataSet{kSecond});
  site.see({shows("a", 3, {kNeighbour, kFirst, kSecond})}, kStart + 2 * kHour);
  CHECK_FALSE(site.want({kFirst, kSecond}, kStart + 2 * kHour));
  CHECK(to_do(site.owner, site.wanted).is_empty());
  CHECK_FALSE(site.to_send().has_value());
}

TEST_CASE("ledger: a lower TTL is a version of its own") {
  Site site;
  auto long_lived = shows("a", 1, {kFirst});
  long_lived.ttl = std::chrono::days(1);
  site.see({long_lived}, kStart);
  site.owner.elsewhere->sent_ttl = std::chrono::days(1);
  REQUIRE(site.want({kFirst}, kStart));
  CHECK_FALSE(site.want({kFirst}, kStart));
  note_accepted(site.owner, site.wanted, kStart);
  site.see({long_lived}, kStart + seconds(60));
  CHECK_FALSE(site.owner.versions.back().everywhere.has_value());
  site.see({shows("a", 2, {kFirst})}, kStart + kHour);
  CHECK(site.owner.versions.back().everywhere == kStart + kHour);
  CHECK(site.owner.versions.back().ttl == kTtl);
}

TEST_CASE("ledger: nothing new is nothing to write, but once an hour (promise P6)") {
  Site site;
  site.see({shows("a", 1, {kFirst})}, kStart);
  site.want({kFirst}, kStart);
  advance(site.owner, kStart);
  const auto before = site.owner;
  CHECK_FALSE(wants_look(site.owner, kStart + seconds(60)).is_now);
  site.see({shows("a", 1, {kFirst})}, kStart + seconds(60));
  CHECK(site.owner == before);
  CHECK(wants_look(site.owner, kStart + kHour).is_now);
}

TEST_CASE("ledger: a server that leaves the NS records counts for two days more") {
  Site site;
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  auto former = shows("b", 1, {kFirst});
  former.is_listed = false;
  site.see({shows("a", 1, {kFirst}), former}, kStart + kHour);
  CHECK(facts_of(site.owner, kStart).secondaries.size() == 2);
  site.see({shows("a", 1, {kFirst}), former}, kStart + std::chrono::days(3));
  CHECK(facts_of(site.owner, kStart).secondaries.size() == 1);
}

TEST_CASE("ledger: a search that fails holds, and drops no server") {
  Site site;
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  auto former = shows("b", 1, {kFirst});
  former.is_listed = false;
  auto failed = look({former});
  failed.why = "no resolver answers";
  enter(failed, site.owner, kStart + std::chrono::days(3), site.findings);
  CHECK(facts_of(site.owner, kStart).secondaries.size() == 2);
  CHECK_FALSE(facts_of(site.owner, kStart).held.empty());
}

TEST_CASE("ledger: whatever servers show, each content they show may be held") {
  CHECK(rc::check("content in ledger", [] {
    Site site;
    auto now = kStart;
    const auto pool = RdataSet{kFirst, kSecond, kIssuer, kNeighbour};
    const auto any =
        rc::gen::map(rc::gen::container<std::vector<bool>>(4, rc::gen::arbitrary<bool>()),
                     [&](const std::vector<bool>& chosen) {
                       RdataSet out;
                       auto one = pool.begin();
                       for (const bool is_in : chosen) {
                         if (is_in) out.insert(*one);
                         ++one;
                       }
                       return out;
                     });
    for (int step = 0; step < 12; ++step) {
      now += seconds(*rc::gen::inRange(1, 4000));
      std::vector<ServerAnswer> answers;
      for (const auto* address : {"a", "b", "c"}) {
        if (*rc::gen::inRange(0, 4) == 0) {
          answers.push_back(silent(address));
        } else {
          answers.push_back(shows(address, *rc::gen::arbitrary<std::uint32_t>(), *any));
        }
      }
      site.see(answers, now);
      for (const auto& answer : answers) {
        if (answer.kind != ServerAnswer::Kind::kShows) continue;
        const bool is_held = std::ranges::any_of(site.owner.versions, [&](const auto& version) {
          return version.records == answer.records && !version.last_served;
        });
        RC_ASSERT(is_held);
      }
      if (*rc::gen::arbitrary<bool>() && site.want(*any, now) && *rc::gen::arbitrary<bool>()) {
        note_accepted(site.owner, site.wanted, now);
      }
      RC_ASSERT(std::ranges::is_sorted(site.owner.versions, {}, &model::TlsaVersion::first));
    }
  }));
}

TEST_CASE("ledger: answers without a signature that is valid now are told") {
  Site site;
  const auto told_at = [&](sys_seconds now) {
    Findings findings;
    tell(site.owner, now, findings);
    return findings.count("UPDATE-UNSIGNED");
  };
  site.see({shows("a", 1, {kFirst}), shows("b", 1, {kFirst})}, kStart);
  CHECK(told_at(kStart) == 0);
  CHECK(told_at(kStart + std::chrono::days(20)) == 1);  // nobody signs again
  auto bare = shows("a", 1, {kFirst});
  bare.is_signed = false;
  site.see({bare}, kStart + kHour);
  CHECK(told_at(kStart + kHour) == 1);
}

TEST_CASE("ledger: a combination that the host beside has no record of (RFC 7671 section 8)") {
  Site site;
  site.see({shows("a", 1, {kNeighbour})}, kStart);
  site.want({kFirst}, kStart);
  CHECK(site.count("UPDATE-NEIGHBOUR-COMBINATION") == 0);
  site.want({kFirst, kIssuer}, kStart);
  CHECK(site.count("UPDATE-NEIGHBOUR-COMBINATION") == 1);
}

}  // namespace
}  // namespace danewerk::update
