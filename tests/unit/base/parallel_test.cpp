#include "base/parallel.h"

#include <atomic>
#include <vector>

#include <doctest/doctest.h>

using namespace danewerk;

TEST_CASE("parts: each is done exactly once, on any number of threads") {
  for (const unsigned jobs : {1U, 2U, 7U}) {
    std::vector<std::atomic<int>> done(1000);
    for_each_part(jobs, done.size(), [&](std::size_t i) { ++done[i]; });
    for (const auto& n : done) CHECK(n == 1);
  }
  for_each_part(4, 0, [](std::size_t) { FAIL("there is no part"); });
}

TEST_CASE("stream: results are taken in order, and the window bounds what waits") {
  constexpr std::size_t kWindow = 5;
  std::atomic<std::size_t> begun{0};
  std::size_t taken = 0;
  std::size_t most = 0;
  const auto result = run({.count = 2000,
                           .window = kWindow,
                           .jobs = 4,
                           .make = [&](std::size_t, unsigned thread) -> Result<void> {
                             CHECK(thread < 4);
                             ++begun;
                             return {};
                           },
                           .take = [&](std::size_t part) -> Result<void> {
                             CHECK(part == taken);
                             most = std::max(most, begun.load() - taken);
                             ++taken;
                             return {};
                           }});
  CHECK(result.has_value());
  CHECK(taken == 2000);
  CHECK(most <= kWindow);
}

TEST_CASE("stream: a failure of either side ends it and comes back") {
  for (const bool in_make : {true, false}) {
    std::atomic<std::size_t> begun{0};
    const auto fail_at = [](std::size_t part) -> Result<void> {
      if (part == 50) return fail(Errc::kUnavailable, "disk full");
      return {};
    };
    const auto good = [](std::size_t) -> Result<void> { return {}; };
    const auto result =
        run({.count = 100000,
             .window = 8,
             .jobs = 3,
             .make =
                 [&](std::size_t part, unsigned) {
                   ++begun;
                   return in_make ? fail_at(part) : good(part);
                 },
             .take = [&](std::size_t part) { return in_make ? good(part) : fail_at(part); }});
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().message() == "disk full");
    CHECK(begun < 100);
  }
}
