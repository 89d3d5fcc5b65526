#include <doctest/doctest.h>

#include "rollover/ids.h"
#include "rollover/tlsa_timing.h"

namespace danewerk::rollover {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr sys_seconds kStart{seconds(1'795'000'000)};
const std::string kAddress = "192.0.2.53@53";
const model::RdataSet kOld{{3, 1, 1, 1}};
const model::RdataSet kNew{{3, 1, 1, 1}, {3, 1, 1, 2}};

/// A record that came with version 2, which the secondary serves by its serial since an hour.
struct Site {
  model::Facts facts{};
  model::Policy policy{};
  model::TlsaOwner owner{.name = "_25._tcp.mx1.example.org."};

  Site() {
    policy.propagation_delay = minutes(10);
    facts.publications = {{1, 101, kStart - days(9)}, {2, 102, kStart}};
    facts.secondaries = {
        {.address = kAddress, .seen = {{1, kStart - days(9)}, {2, kStart + minutes(1)}}}};
    facts.ledger = {{.kind = model::LedgerKind::kExpire, .value = days(7), .first = 1}};
    owner.versions = {
        {.records = kOld, .ttl = hours(1), .first = 1, .until = 2, .everywhere = kStart - days(8)},
        {.records = kNew, .ttl = hours(1), .first = 2}};
  }
  [[nodiscard]] OwnerView at(sys_seconds now) const {
    return advance(owner, {.facts = facts, .policy = policy, .now = now, .next_version = 3}, {})
        .view;
  }
};

TEST_CASE("TLSA timing: while nobody was asked for the records, serials count") {
  const Site site;
  CHECK(site.at(kStart + hours(1)).owner.versions.back().everywhere == kStart + minutes(11));
}

TEST_CASE("TLSA timing: t_all counts from the first sight of the records, not of the serial") {
  Site site;
  site.owner.shown = {{.address = kAddress, .seen = {{2, kStart + minutes(31)}}}};
  const auto view = site.at(kStart + hours(1));
  CHECK(view.owner.versions.front().last_served == kStart + minutes(41));
  CHECK(view.owner.versions.back().everywhere == kStart + minutes(41));
}

TEST_CASE("TLSA timing: one that shows other records holds them, beyond SOA EXPIRE") {
  Site site;
  site.owner.shown = {{.address = kAddress,
                       .seen = {{1, kStart - days(9)}},
                       .trouble = "shows no TLSA records at _25._tcp.mx1.example.org."}};
  const auto view = site.at(kStart + days(30));
  REQUIRE(view.ends.size() == 2);
  CHECK_FALSE(view.ends.front().at.has_value());
  CHECK(view.ends.front().rule == ids::kNotShown);
  CHECK(view.ends.front().reason ==
        "secondary 192.0.2.53@53 shows no TLSA records at _25._tcp.mx1.example.org.");
  CHECK_FALSE(view.owner.versions.back().everywhere.has_value());
}

TEST_CASE("TLSA timing: one that was asked and never seen is waited for until SOA EXPIRE") {
  Site site;
  site.owner.shown = {{.address = kAddress}};
  CHECK(site.at(kStart + hours(1)).ends.front().rule == ids::kNotSeen);
  CHECK_FALSE(site.at(kStart + days(8)).owner.versions.back().everywhere.has_value());
  site.facts.secondaries.front().silent_since = kStart + hours(2);
  CHECK(site.at(kStart + days(7)).owner.versions.back().everywhere == kStart + days(7));
}

TEST_CASE("TLSA timing: one whose serial went back counts for nothing newer") {
  Site site;
  site.owner.shown = {{.address = kAddress, .seen = {{2, kStart + minutes(31)}}}};
  site.facts.secondaries.front().seen = {{1, kStart + minutes(40)}};
  CHECK_FALSE(site.at(kStart + hours(1)).owner.versions.back().everywhere.has_value());
}

}  // namespace
}  // namespace danewerk::rollover
