#include "observe/ds_sight.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/signature.h"
#include "observe/ids.h"
#include "unit/observe/samples.h"

namespace danewerk::observe {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): a test's own samples
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

struct Watch {
  model::Facts facts{};
  DsKeys keys{{"ksk", key(1)}};
  Findings findings{};

  const model::DsSight& look(sys_seconds at, std::vector<DsAnswer> answers) {
    findings = {};
    const ParentsAnswer parents{.was_asked = true, .answers = std::move(answers)};
    const auto zone = name("example.");
    enter_ds(facts, {.parents = parents, .zone = zone, .keys = keys, .now = at}, findings);
    return facts.ds["ksk"];
  }
};

Bytes ours() {
  return ds(key(1));
}
Bytes foreign() {
  return ds(key(2));
}

TEST_CASE("ds sight: a DS is seen at the second of two looks, ten minutes apart") {
  Watch watch;
  CHECK_FALSE(watch.look(kStart, {shows({ours()}), shows({ours()})}).seen);
  CHECK_FALSE(watch.look(kStart + seconds(599), {shows({ours()}), shows({ours()})}).seen);
  const auto& sight = watch.look(kStart + minutes(10), {shows({ours()}), shows({ours()})});
  CHECK(sight.seen == kStart + minutes(10));
  CHECK_FALSE(sight.gone);
  // And stays as of then.
  CHECK(watch.look(kStart + hours(5), {shows({ours()})}).seen == kStart + minutes(10));
}

TEST_CASE("ds sight: a DS is gone at the second of two looks that find no digest of it") {
  Watch watch;
  CHECK_FALSE(watch.look(kStart, {shows({}), shows({foreign()})}).gone);
  const auto& sight = watch.look(kStart + hours(1), {shows({}), shows({foreign()})});
  CHECK(sight.gone == kStart + hours(1));
  CHECK_FALSE(sight.seen);
}

TEST_CASE("ds sight: one server that lags ends what was seen, and the two looks begin anew") {
  Watch watch;
  watch.look(kStart, {shows({ours()}), shows({ours()})});
  watch.look(kStart + hours(1), {shows({ours()}), shows({})});
  CHECK(watch.findings.count(ids::kParentsDiffer) == 1);
  CHECK_FALSE(watch.look(kStart + hours(2), {shows({ours()}), shows({ours()})}).seen);
  CHECK(watch.look(kStart + hours(3), {shows({ours()}), shows({ours()})}).seen ==
        kStart + hours(3));
  CHECK_FALSE(watch.look(kStart + hours(4), {shows({ours()}), shows({})}).seen);
}

TEST_CASE("ds sight: one server that shows the DS again ends that it is gone") {
  Watch watch;
  watch.look(kStart, {shows({}), shows({})});
  REQUIRE(watch.look(kStart + hours(1), {shows({}), shows({})}).gone);
  CHECK_FALSE(watch.look(kStart + hours(2), {shows({}), shows({ours()})}).gone);
  CHECK_FALSE(watch.look(kStart + hours(3), {shows({}), shows({})}).gone);
}

TEST_CASE("ds sight: a silent server counts for neither, and takes nothing back") {
  Watch watch;
  watch.look(kStart, {shows({ours()}), silent()});
  CHECK(watch.findings.count(ids::kParentSilent) == 1);
  watch.look(kStart + hours(1), {shows({ours()}), silent()});
  CHECK_FALSE(watch.facts.ds["ksk"].seen);
  watch.look(kStart + hours(2), {shows({ours()}), shows({ours()})});
  watch.look(kStart + hours(3), {silent(), silent()});
  CHECK(watch.look(kStart + hours(4), {shows({ours()}), shows({ours()})}).seen ==
        kStart + hours(4));
  CHECK(watch.look(kStart + hours(5), {silent(), shows({ours()})}).seen == kStart + hours(4));
  // What answers and contradicts counts, whoever else is silent.
  CHECK_FALSE(watch.look(kStart + hours(6), {silent(), shows({})}).seen);
}

TEST_CASE("ds sight: SHA-1 alone is neither seen nor gone; an unknown digest goes by its tag") {
  Bytes covered = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
  const auto rdata = key(1).rdata();
  covered.insert(covered.end(), rdata.begin(), rdata.end());
  const auto usable = ours();
  Bytes weak(usable.begin(), usable.begin() + 3);
  weak.push_back(1);
  const auto digest = crypto::digest(crypto::DigestType::kSha1, covered);
  weak.insert(weak.end(), digest.view().begin(), digest.view().end());
  CHECK(match_ds(name("EXAMPLE."), key(1), weak) == DsMatch::kWeak);
  auto wrong = weak;
  wrong.back() ^= 1U;
  CHECK(match_ds(name("example."), key(1), wrong) == DsMatch::kNone);
  auto unknown = weak;
  unknown[3] = 99;
  CHECK(match_ds(name("example."), key(1), unknown) == DsMatch::kWeak);
  CHECK(match_ds(name("example."), key(1), ds(key(1), model::kDsSha384)) == DsMatch::kUsable);
  CHECK(match_ds(name("example."), key(1), ByteView(usable).first(4)) == DsMatch::kNone);

  Watch watch;
  watch.look(kStart, {shows({weak})});
  const auto& sight = watch.look(kStart + hours(1), {shows({weak})});
  CHECK_FALSE(sight.seen);
  CHECK_FALSE(sight.gone);
  CHECK(watch.findings.count(ids::kParentWeakDs) == 1);
}

TEST_CASE("ds sight: a foreign DS is reported once and blocks nothing") {
  Watch watch;
  watch.look(kStart, {shows({ours(), foreign()}), shows({foreign(), ours()})});
  CHECK(watch.findings.count(ids::kParentForeignDs) == 1);
  CHECK(watch.findings.list().front().level == Level::kInfo);
  CHECK(watch.look(kStart + hours(1), {shows({ours(), foreign()})}).seen);
}

TEST_CASE("ds sight: the operator's word stands until all servers contradict it") {
  Watch watch;
  watch.facts.ds["ksk"] = {.seen = kStart, .by_operator = true};
  CHECK(watch.look(kStart + hours(1), {shows({ours()}), shows({})}).seen == kStart);
  CHECK(watch.findings.count(ids::kParentContradicts) == 1);
  const auto& sight = watch.look(kStart + hours(2), {shows({}), shows({})});
  CHECK_FALSE(sight.seen);
  CHECK_FALSE(sight.by_operator);
  watch.facts.ds["ksk"] = {.gone = kStart, .by_operator = true};
  CHECK(watch.look(kStart + hours(3), {shows({ours()}), shows({})}).gone == kStart);
  CHECK_FALSE(watch.look(kStart + hours(4), {shows({ours()}), shows({ours()})}).gone);
}

TEST_CASE(
    "ds sight: keys that are not in the ring are forgotten, and so is what the engine asks to "
    "forget") {
  Watch watch;
  watch.facts.ds["old"] = {.seen = kStart};
  watch.look(kStart, {shows({ours()})});
  CHECK_FALSE(watch.facts.ds.contains("old"));
  forget_ds(watch.facts, "ksk");
  CHECK(watch.facts.ds.empty());
}

TEST_CASE("ds sight: servers that were not found change nothing but are told") {
  Watch watch;
  watch.facts.ds["ksk"] = {.seen = kStart};
  const ParentsAnswer parents{.was_asked = true, .why = "no resolver says"};
  const auto zone = name("example.");
  enter_ds(watch.facts, {.parents = parents, .zone = zone, .keys = watch.keys, .now = kStart},
           watch.findings);
  CHECK(watch.facts.ds["ksk"].seen == kStart);
  CHECK(watch.findings.count(ids::kParentNotFound) == 1);
}

TEST_CASE("ds sight: the largest TTL counts until it has run out since the look that missed it") {
  model::Facts facts;
  enter_ds_ttl(facts, days(1), kStart);
  enter_ds_ttl(facts, hours(1), kStart + days(30));
  CHECK(facts.largest_ds_ttl == days(1));
  // A day, and two for the parent's stragglers.
  enter_ds_ttl(facts, hours(1), kStart + days(33));
  CHECK(facts.largest_ds_ttl == days(1));
  enter_ds_ttl(facts, hours(1), kStart + days(33) + seconds(1));
  CHECK(facts.largest_ds_ttl == hours(1));
  enter_ds_ttl(facts, days(7), kStart + days(40));
  CHECK(facts.largest_ds_ttl == days(7));
  CHECK(facts.ds_ttls.size() == 1);
  // No DS at all: it runs out like any other.
  enter_ds_ttl(facts, seconds(0), kStart + days(41));
  CHECK(facts.largest_ds_ttl == days(7));
  enter_ds_ttl(facts, seconds(0), kStart + days(51));
  CHECK(facts.largest_ds_ttl == seconds(0));
}

TEST_CASE("ds sight: whatever the looks, seen and gone mean two looks in a row") {
  CHECK(rc::check("looks", [] {
    Watch watch;
    auto now = kStart;
    std::vector<std::pair<sys_seconds, std::vector<int>>> history;
    for (int i = 0; i < 12; ++i) {
      now += minutes(*rc::gen::inRange(1, 20));
      // 0: shows, 1: none, 2: silent.
      const auto states = *rc::gen::container<std::vector<int>>(2, rc::gen::inRange(0, 3));
      std::vector<DsAnswer> answers;
      for (const int state : states) {
        answers.push_back(state == 0 ? shows({ours()}) : state == 1 ? shows({}) : silent());
      }
      history.emplace_back(now, states);
      const auto sight = watch.look(now, answers);
      RC_ASSERT(!(sight.seen && sight.gone));
      for (const bool is_seen : {true, false}) {
        const auto& fact = is_seen ? sight.seen : sight.gone;
        if (!fact) continue;
        // Walk back: no contrary answer since, and an agreeing look ten minutes before the fact.
        const int contrary = is_seen ? 1 : 0;
        const int agreeing = is_seen ? 0 : 1;
        bool has_first = false;
        for (auto one = history.rbegin(); one != history.rend(); ++one) {
          if (std::ranges::find(one->second, contrary) != one->second.end()) break;
          const bool agrees = std::ranges::count(one->second, agreeing) == 2;
          has_first |= agrees && *fact - one->first >= kBetweenLooks;
        }
        RC_ASSERT(has_first);
      }
    }
  }));
}

}  // namespace
}  // namespace danewerk::observe
