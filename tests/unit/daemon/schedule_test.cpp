#include "daemon/schedule.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "daemon/clock_watch.h"
#include "daemon/settling.h"

using namespace danewerk;
using namespace danewerk::daemon;
using namespace std::chrono_literals;

namespace {

constexpr sys_seconds kNow{seconds(1'800'000'000)};
constexpr Moment kMoment{std::chrono::hours(100)};

store::ZoneSummary good_zone(const std::string& name, std::optional<sys_seconds> wake) {
  return {.name = name,
          .version = 1,
          .output_version = 1,
          .wake = wake,
          .last_pass = kNow,
          .is_published = true};
}

}  // namespace

TEST_CASE("schedule: the next pass is at the smallest wake-up time, over the zones that have it") {
  Schedule schedule;
  schedule.enter(
      {good_zone("a.", kNow + 3h), good_zone("b.", kNow + 2h), good_zone("c.", kNow + 2h),
       good_zone("d.", std::nullopt), good_zone("orphan.", kNow + 1h)},
      {"a.", "b."}, {"a.", "b.", "c.", "d."}, kNow);
  CHECK(schedule.next() == kNow + 2h);
  CHECK(schedule.due(kNow + 2h - 1s).empty());
  CHECK(schedule.due(kNow + 2h) == ZoneNames{"b.", "c."});
  CHECK(schedule.due(kNow + 5h) == ZoneNames{"a.", "b.", "c."});
}

TEST_CASE("schedule: no zone wants anything, and nothing is due") {
  Schedule schedule;
  schedule.enter({good_zone("a.", std::nullopt)}, {}, {"a."}, kNow);
  CHECK(!schedule.next());
  CHECK(schedule.due(kNow + 24h * 365).empty());
}

TEST_CASE("schedule: a zone with findings is looked at within the hour") {
  auto zone = good_zone("a.", kNow + 240h);
  zone.has_findings = true;
  Schedule schedule;
  schedule.enter({zone}, {"a."}, {"a."}, kNow);
  CHECK(schedule.next() == kNow + 1h);
}

TEST_CASE("schedule: what is not published is tried again after minutes, then less often") {
  auto zone = good_zone("a.", kNow + 240h);
  zone.is_published = false;
  Schedule schedule;
  auto now = kNow;
  for (const auto wait : {1min, 2min, 4min, 8min, 16min, 32min, 60min, 60min}) {
    schedule.enter({zone}, {"a."}, {"a."}, now);
    REQUIRE(schedule.next());
    CHECK(*schedule.next() - now == wait);
    now = *schedule.next();
    zone.last_pass = now;
  }
  // Passes over other zones do not change when it is its turn.
  const auto turn = schedule.next();
  schedule.enter({zone}, {"b."}, {"a."}, now + 0s);
  CHECK(schedule.next() >= now);
  CHECK(turn);
  zone.is_published = true;
  schedule.enter({zone}, {"a."}, {"a."}, now);
  CHECK(schedule.next() == kNow + 240h);
  zone.is_published = false;
  schedule.enter({zone}, {"a."}, {"a."}, now);
  CHECK(schedule.next() == now + 1min);
}

TEST_CASE("schedule: a pass over another zone does not put off, or bring forward, a retry") {
  auto failing = good_zone("a.", kNow + 240h);
  failing.is_published = false;
  Schedule schedule;
  schedule.enter({failing}, {"a."}, {"a.", "b."}, kNow);
  const auto turn = schedule.next();
  schedule.enter({failing, good_zone("b.", kNow + 9h)}, {"b."}, {"a.", "b."}, kNow + 10s);
  CHECK(schedule.next() == turn);
}

TEST_CASE("schedule: a wake-up time that stays in the past does not make a circle") {
  const auto zone = good_zone("a.", kNow - 5s);
  Schedule schedule;
  schedule.enter({zone}, {}, {"a."}, kNow);
  CHECK(schedule.next() == kNow - 5s);  // at once
  auto now = kNow;
  int looks = 0;
  for (; now < kNow + 24h; ++looks) {
    schedule.enter({zone}, {"a."}, {"a."}, now);
    now = *schedule.next();
  }
  CHECK(looks < 60);
}

TEST_CASE("schedule: a request that moves a zone's wake-up time to now is seen at once") {
  Schedule schedule;
  schedule.enter({good_zone("a.", kNow + 240h)}, {"a."}, {"a."}, kNow);
  schedule.enter({good_zone("a.", kNow + 60s)}, {}, {"a."}, kNow + 60s);
  CHECK(schedule.due(kNow + 60s) == ZoneNames{"a."});
}

TEST_CASE(
    "schedule: a clock that went back does not put a failing zone off for longer than an hour") {
  auto zone = good_zone("a.", std::nullopt);
  zone.version = 0;
  zone.last_pass = kNow + 1000h;
  Schedule schedule;
  schedule.enter({zone}, {"a."}, {"a."}, kNow + 1000h);
  schedule.enter({zone}, {}, {"a."}, kNow);
  REQUIRE(schedule.next());
  CHECK(*schedule.next() <= kNow + 1h);
}

TEST_CASE("schedule: back-off doubles from the first span up to the longest") {
  CHECK(rc::check("bounds", [] {
    const auto tries = *rc::gen::inRange(1U, 200U);
    const auto span = back_off(tries, 60s, 3600s);
    RC_ASSERT(span >= 60s);
    RC_ASSERT(span <= 3600s);
    RC_ASSERT(span == std::min<seconds>(3600s, tries > 6 ? 3600s : 60s * (1 << (tries - 1))));
  }));
}

TEST_CASE("settling: a file is ready a second after the last event") {
  Settling settling;
  settling.note("a.", FileEvent::kDone, kMoment);
  settling.note("a.", FileEvent::kDone, kMoment + 700ms);
  CHECK(settling.take(kMoment + 1500ms).empty());
  CHECK(settling.next() == kMoment + 1700ms);
  CHECK(settling.take(kMoment + 1700ms) == ZoneNames{"a."});
  CHECK(settling.take(kMoment + 10s).empty());
  CHECK(!settling.next());
}

TEST_CASE("settling: a file that a writer has open is not ready, even when he pauses") {
  Settling settling;
  settling.note("a.", FileEvent::kWritten, kMoment);
  CHECK(settling.take(kMoment + 30s).empty());
  settling.note("a.", FileEvent::kWritten, kMoment + 30s);
  settling.note("a.", FileEvent::kDone, kMoment + 31s);
  CHECK(settling.take(kMoment + 31s).empty());
  CHECK(settling.take(kMoment + 32s) == ZoneNames{"a."});
  settling.note("b.", FileEvent::kWritten, kMoment);
  CHECK(settling.next() == kMoment + Settling::kLongestWriter);
}

TEST_CASE("settling: a file that is replaced all the time is read once a minute all the same") {
  Settling settling;
  auto at = kMoment;
  for (; settling.take(at).empty(); at += 500ms) {
    REQUIRE(at < kMoment + 70s);
    settling.note("a.", FileEvent::kDone, at);
  }
  CHECK(at >= kMoment + 60s);
}

TEST_CASE(
    "clock: a wall clock that moves against the monotonic one by more than five minutes is seen") {
  ClockWatch clock(kNow, kMoment);
  CHECK(!clock.look(kNow + 24h, kMoment + 24h));
  CHECK(!clock.look(kNow + 24h + 299s, kMoment + 24h));
  // Drift that was within the tolerance is not added up.
  CHECK(!clock.look(kNow + 24h + 598s, kMoment + 24h));
  CHECK(clock.look(kNow + 48h, kMoment + 24h + 60s) == std::optional(seconds(24h - 598s - 60s)));
  CHECK(clock.look(kNow, kMoment + 24h + 60s) == std::optional(-seconds(48h)));
  CHECK(!clock.look(kNow + 1s, kMoment + 24h + 61s));
}
