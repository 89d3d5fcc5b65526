#include "observe/secondaries.h"

#include <doctest/doctest.h>

#include "observe/ids.h"
#include "unit/observe/samples.h"

namespace danewerk::observe {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): a test's own samples
using Kind = SecondaryAnswer::Kind;
using Sight = model::Secondary::Sight;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const std::string kAddress = "192.0.2.53@53";

struct Watch {
  model::Facts facts{};
  Findings findings{};

  Watch() {
    // Serials wrap around (RFC 1982): version 3 is after version 2.
    facts.publications = {{1, 4294967290, kStart}, {2, 4294967295, kStart + hours(1)}, {3, 4, {}}};
    facts.soa_refresh = hours(1);
    facts.soa_retry = minutes(15);
    facts.ledger = {{.kind = model::LedgerKind::kExpire, .value = days(7), .first = 1}};
    list_secondaries(facts, {kAddress});
  }
  const model::Secondary& look(sys_seconds at, SecondaryAnswer answer) {
    findings = {};
    answer.address = kAddress;
    enter_secondaries(facts, {answer}, at, findings);
    return facts.secondaries.front();
  }
  const model::Secondary& serves(sys_seconds at, std::uint32_t serial) {
    return look(at, {.kind = Kind::kServes, .serial = serial});
  }
};

TEST_CASE("secondaries: a version is noted when it is first seen") {
  Watch watch;
  watch.serves(kStart + minutes(1), 4294967290);
  watch.serves(kStart + minutes(2), 4294967290);
  const auto& secondary = watch.serves(kStart + hours(2), 4294967295);
  CHECK(secondary.seen == std::vector<Sight>{{1, kStart + minutes(1)}, {2, kStart + hours(2)}});
  CHECK(watch.findings.empty());
}

TEST_CASE("secondaries: a version counts although after-publish has not succeeded yet") {
  Watch watch;
  CHECK(watch.serves(kStart + hours(2), 4).seen == std::vector<Sight>{{3, kStart + hours(2)}});
}

TEST_CASE("secondaries: one that goes back to an older version is not seen with the newer") {
  Watch watch;
  watch.serves(kStart + hours(2), 4294967295);
  CHECK(watch.serves(kStart + hours(3), 4294967290).seen ==
        std::vector<Sight>{{1, kStart + hours(3)}});
  CHECK(watch.findings.count(ids::kSecondaryWentBack) == 1);
}

TEST_CASE("secondaries: a serial that was never published is foreign, and counts for nothing") {
  Watch watch;
  watch.serves(kStart + hours(2), 4294967295);
  CHECK(watch.serves(kStart + hours(3), 77).seen.empty());
  CHECK(watch.findings.count(ids::kSecondaryForeign) == 1);
  // Of a zone that was never published here, everything is.
  watch.facts.publications.clear();
  watch.serves(kStart + hours(3), 77);
  CHECK(watch.findings.empty());
}

TEST_CASE("secondaries: one from before the oldest that is remembered is only old") {
  Watch watch;
  CHECK(watch.serves(kStart + hours(1), 4294967000).seen.empty());
  CHECK(watch.findings.count(ids::kSecondaryForeign) == 0);
  watch.serves(kStart + hours(9), 4294967000);
  CHECK(watch.findings.count(ids::kSecondaryBehind) == 1);
}

TEST_CASE(
    "secondaries: one that stays behind is told after REFRESH and RETRY, an error after EXPIRE") {
  Watch watch;
  watch.serves(kStart + hours(2), 4294967290);
  CHECK(watch.findings.empty());
  watch.serves(kStart + hours(2) + minutes(15), 4294967290);
  REQUIRE(watch.findings.count(ids::kSecondaryBehind) == 1);
  CHECK(watch.findings.list().front().level == Level::kWarning);
  watch.serves(kStart + hours(1) + days(7), 4294967290);
  CHECK(watch.findings.has_errors());
}

TEST_CASE("secondaries: silence takes nothing back and is a warning after an hour") {
  Watch watch;
  watch.serves(kStart + hours(2), 4294967295);
  const auto& secondary = watch.look(kStart + hours(3), {.why = "does not answer"});
  CHECK(secondary.seen.size() == 1);
  CHECK(secondary.silent_since == kStart + hours(3));
  CHECK(watch.findings.list().front().level == Level::kInfo);
  watch.look(kStart + hours(4), {.why = "does not answer"});
  CHECK(watch.findings.list().front().level == Level::kWarning);
  CHECK(watch.facts.secondaries.front().silent_since == kStart + hours(3));
  CHECK_FALSE(watch.serves(kStart + hours(5), 4294967295).silent_since);
  watch.look(kStart + hours(6), {.kind = Kind::kLame, .why = "answers REFUSED"});
  CHECK(watch.findings.count(ids::kSecondaryLame) == 1);
}

TEST_CASE("secondaries: sights from before the oldest publication are dropped, the newest stays") {
  Watch watch;
  watch.serves(kStart, 4294967290);
  watch.serves(kStart + hours(2), 4294967295);
  watch.facts.publications = {{3, 4, kStart + hours(3)}};
  // The newest is version 2, from before what is remembered: it says that version 3 is not there.
  watch.look(kStart + hours(3), {});
  watch.serves(kStart + hours(4), 4);
  CHECK(watch.facts.secondaries.front().seen == std::vector<Sight>{{3, kStart + hours(4)}});
}

TEST_CASE("secondaries: the list follows the configuration and keeps what is known") {
  Watch watch;
  watch.serves(kStart, 4294967290);
  list_secondaries(watch.facts, {"192.0.2.54@53", kAddress});
  REQUIRE(watch.facts.secondaries.size() == 2);
  CHECK(watch.facts.secondaries[0].seen.empty());
  CHECK(watch.facts.secondaries[1].seen.size() == 1);
  list_secondaries(watch.facts, {});
  CHECK(watch.facts.secondaries.empty());
}

TEST_CASE("secondaries: an SOA with authority serves; all else is lame") {
  const auto zone = name("example.");
  auto reply = answered();
  reply.message.answers = {record("EXAMPLE.", dns::RrType::kSoa, "ns. host. 4711 2 3 4 5")};
  const auto good = read_soa_answer(kAddress, zone, reply);
  CHECK(good.kind == Kind::kServes);
  CHECK(good.serial == 4711);
  reply.message.head.flags = 0x8000;
  CHECK(read_soa_answer(kAddress, zone, reply).why == "answers without authority");
  reply = answered();
  CHECK(read_soa_answer(kAddress, zone, reply).kind == Kind::kLame);
  reply.message.rcode = dns::Rcode::kServerFailure;
  CHECK(read_soa_answer(kAddress, zone, reply).why == "answers SERVFAIL when asked for the SOA");
  CHECK(read_soa_answer(kAddress, zone, net::Reply{}).kind == Kind::kSilent);
}

TEST_CASE("secondaries: the next serial is above any that was seen (promise P4)") {
  model::ZoneState state;
  state.largest_serial = 4294967295;
  Look look{.zone = name("example."), .listed = {kAddress}, .asked_secondaries = true};
  look.secondaries = {{.address = kAddress, .kind = Kind::kServes, .serial = 7}};
  Findings findings;
  enter(look, state, kStart, findings);
  CHECK(state.largest_serial == 7U);
  look.secondaries.front().serial = 6;
  enter(look, state, kStart, findings);
  CHECK(state.largest_serial == 7U);
  CHECK(state.facts.looked == kStart);
  CHECK_FALSE(state.facts.looked_at_ds);
}

}  // namespace
}  // namespace danewerk::observe
