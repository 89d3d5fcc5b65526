#include "observe/tlsa_sight.h"

#include <doctest/doctest.h>

#include "observe/ids.h"
#include "unit/observe/samples.h"

namespace danewerk::observe {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): a test's own samples
using Sight = model::Secondary::Sight;
using std::chrono::hours;
using std::chrono::minutes;

const std::string kAddress = "192.0.2.53@53";
const std::string kOwner = "_25._tcp.mx1.example.org.";
const model::RdataSet kOld{{3, 1, 1, 1}};
const model::RdataSet kNew{{3, 1, 1, 1}, {3, 1, 1, 2}};

/// A secondary that has fetched version 2, with which a record came.
struct Watch {
  model::Facts facts{};
  model::TlsaOwner owner{.name = kOwner};
  Findings findings{};

  Watch() {
    facts.publications = {{1, 101, kStart}, {2, 102, kStart + hours(1)}};
    list_secondaries(facts, {kAddress});
    owner.versions = {{.records = kOld, .first = 1, .until = 2, .signed_until = kStart},
                      {.records = kNew, .first = 2, .signed_until = kStart}};
  }
  model::ShownAt look(sys_seconds at, TlsaShown shown, std::uint32_t serial = 102) {
    Look look;
    look.secondaries = {
        {.address = kAddress, .kind = SecondaryAnswer::Kind::kServes, .serial = serial}};
    look.tlsa = {{.address = kAddress, .owner = kOwner, .shown = std::move(shown)}};
    return enter(look, at);
  }
  model::ShownAt enter(const Look& look, sys_seconds at) {
    findings = {};
    enter_secondaries(facts, look.secondaries, at, findings);
    enter_tlsa(look, facts, at, owner, findings);
    REQUIRE(owner.shown.size() == 1);
    return owner.shown.front();
  }
  [[nodiscard]] Level level() const {
    REQUIRE(findings.count(ids::kSecondaryRecords) == 1);
    return findings.list().front().level;
  }
};

TlsaShown shows(const model::RdataSet& records) {
  return {.records = records, .is_signed = true};
}

TEST_CASE("TLSA sight: a serial counts when its records are shown, signed, with authority") {
  Watch watch;
  CHECK(awaits_records(watch.owner, watch.facts));
  const auto known = watch.look(kStart + hours(2), shows(kNew));
  CHECK(known.seen == std::vector<Sight>{{2, kStart + hours(2)}});
  CHECK(watch.findings.empty());
  CHECK_FALSE(awaits_records(watch.owner, watch.facts));
}

TEST_CASE("TLSA sight: other records, none, and a signature that ended do not count") {
  for (const auto& [shown, wanted] : std::vector<std::pair<TlsaShown, std::string>>{
           {shows(kOld), "shows other TLSA records at"},
           {shows({}), "shows no TLSA records at"},
           {{.records = kNew}, "without a signature that is valid now"},
           {{.why = "answers without authority"}, "answers without authority when asked for"}}) {
    Watch watch;
    auto known = watch.look(kStart + hours(2), shown);
    CHECK(known.seen.empty());
    CHECK(known.trouble.find(wanted) != std::string::npos);
    CHECK(watch.level() == Level::kInfo);
    // A transfer between two answers is over by then.
    watch.look(kStart + hours(2) + minutes(10), shown);
    CHECK(watch.level() == Level::kWarning);
    CHECK(awaits_records(watch.owner, watch.facts));
    known = watch.look(kStart + hours(3), shows(kNew));
    CHECK(known.seen == std::vector<Sight>{{2, kStart + hours(3)}});
    CHECK(known.trouble.empty());
  }
}

TEST_CASE("TLSA sight: one that lags shows the records of its own version") {
  Watch watch;
  const auto known = watch.look(kStart + hours(2), shows(kOld), 101);
  CHECK(known.seen == std::vector<Sight>{{1, kStart + hours(2)}});
  CHECK(known.trouble.empty());
  CHECK(awaits_records(watch.owner, watch.facts));
  CHECK(watch.look(kStart + hours(3), shows(kNew)).seen.back() == Sight{2, kStart + hours(3)});
}

TEST_CASE("TLSA sight: a transfer between the two answers brings newer records") {
  Watch watch;
  CHECK(watch.look(kStart + hours(2), shows(kNew), 101).trouble.empty());
}

TEST_CASE("TLSA sight: one that went back, or changed what it shows, is not seen any more") {
  Watch watch;
  watch.look(kStart + hours(2), shows(kNew));
  CHECK(watch.look(kStart + hours(3), shows(kOld)).seen.empty());
  watch.look(kStart + hours(4), shows(kNew));
  CHECK(watch.look(kStart + hours(5), shows(kOld), 101).seen ==
        std::vector<Sight>{{1, kStart + hours(5)}});
}

TEST_CASE("TLSA sight: one that falls silent is waited for as its serial says") {
  Watch watch;
  watch.look(kStart + hours(2), shows(kOld));
  Look look;
  look.secondaries = {{.address = kAddress, .why = "does not answer"}};
  look.tlsa = {{.address = kAddress, .owner = kOwner, .shown = {.why = "does not answer"}}};
  const auto known = watch.enter(look, kStart + hours(3));
  CHECK(known.trouble.empty());
  CHECK(watch.findings.count(ids::kSecondaryRecords) == 0);
}

TEST_CASE("TLSA sight: nobody is asked before publication, once it is everywhere, or for others") {
  Watch watch;
  watch.owner.versions.back().everywhere = kStart;
  CHECK_FALSE(awaits_records(watch.owner, watch.facts));
  watch.owner.versions.back().everywhere.reset();
  watch.facts.publications.back().published.reset();
  CHECK_FALSE(awaits_records(watch.owner, watch.facts));
  watch.facts.publications.back().published = kStart;
  watch.owner.obstacle = "an alias leads out of the zone";
  CHECK_FALSE(awaits_records(watch.owner, watch.facts));
}

}  // namespace
}  // namespace danewerk::observe
