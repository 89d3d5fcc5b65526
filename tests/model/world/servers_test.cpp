/// \file
/// Servers of the world: lag, being cut off, EXPIRE, an unsettled publication.

#include <doctest/doctest.h>

#include "world/schedule.h"

namespace danewerk::world {

namespace {

constexpr seconds kSecond{1};
using Number = Servers::Number;

Servers two_versions(seconds lag) {
  Servers servers({.seen = {"a"}, .unseen_lag = kLag});
  servers.offer(1, kExpire, kStart);
  servers.settle(1, kStart);
  servers.set_lag(0, lag);
  servers.offer(2, kExpire, kStart + kLong);
  servers.settle(2, kStart + kLong);
  return servers;
}

}  // namespace

TEST_CASE("world: those that nobody looks at serve the old version for the lag") {
  auto servers = two_versions(seconds(0));
  CHECK(servers.served().at(1).until == kStart + kLong + kLag);
  CHECK_FALSE(servers.served().at(2).until.has_value());
}

TEST_CASE("world: those behind a listed secondary follow it within the lag") {
  auto servers = two_versions(seconds(50'000));
  servers.advance(kStart + kLong + seconds(49'999));
  CHECK(servers.look(0) == Number{1});
  CHECK_FALSE(servers.served().at(1).until.has_value());
  servers.advance(kStart + kLong + seconds(50'000));
  CHECK(servers.look(0) == Number{2});
  CHECK(servers.served().at(1).until == kStart + kLong + seconds(50'000) + kLag);
}

TEST_CASE("world: a secondary that is cut off serves until EXPIRE (RFC 1035 section 3.3.13)") {
  Servers servers({.seen = {"a"}, .unseen_lag = kLag});
  servers.offer(1, kExpire, kStart);
  servers.settle(1, kStart);
  const auto cut = kStart + kLong;
  servers.cut(0, cut);
  servers.offer(2, kExpire, cut + kSecond);
  servers.settle(2, cut + kSecond);
  servers.advance(cut + kExpire - kSecond);
  CHECK(servers.look(0) == Number{1});
  servers.advance(cut + kExpire);
  CHECK_FALSE(servers.look(0).has_value());
  CHECK(servers.served().at(1).until == cut + kExpire);
  servers.restore(0, cut + 2 * kExpire);
  CHECK(servers.look(0) == Number{2});
}

TEST_CASE("world: a refresh after a short cut gives EXPIRE anew") {
  Servers servers({.seen = {"a"}, .unseen_lag = kLag});
  servers.offer(1, kExpire, kStart);
  servers.settle(1, kStart);
  servers.cut(0, kStart + kSecond);
  servers.restore(0, kStart + kExpire);
  servers.advance(kStart + 3 * kExpire);
  CHECK(servers.look(0) == Number{1});
}

TEST_CASE("world: while a publication is not settled both versions are served") {
  Servers servers({.unseen_lag = kLag});
  servers.offer(1, kExpire, kStart);
  servers.settle(1, kStart);
  servers.offer(2, kExpire, kStart + kLong);
  servers.advance(kStart + 2 * kLong);
  CHECK_FALSE(servers.served().at(1).until.has_value());
  CHECK_FALSE(servers.served().at(2).until.has_value());
  servers.settle(2, kStart + 2 * kLong);
  CHECK(servers.served().at(1).until == kStart + 2 * kLong + kLag);
}

TEST_CASE(
    "world: a cut-off secondary with a withdrawn key makes the zone bogus until EXPIRE + TTL") {
  const auto run = [](seconds interval) {
    Schedule s({"a"});
    s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1}).wait(kLong).ds({kKsk1}).wait(kLong);
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk1}).wait(kLong);
    s.world().zone().cut(0, s.now());
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk2}).wait(interval);
    s.zone({kKsk1, kZsk2}, {kKsk1}, {kZsk2});
    return s.broken();
  };
  CHECK(run(kExpire + kDataTtl).empty());
  CHECK(run(kExpire + kDataTtl - kSecond) == "P1-DATA");
}

TEST_CASE("world: a secondary that is switched off serves nothing from then on") {
  auto servers = two_versions(seconds(50'000));
  servers.stop(0, kStart + kLong + seconds(10'000));
  CHECK(servers.served().at(1).until == kStart + kLong + seconds(10'000));
  servers.advance(kStart + 2 * kLong);
  CHECK_FALSE(servers.look(0).has_value());
}

TEST_CASE("world: a violation says when, which versions, and who served them") {
  Schedule s;
  s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1}).wait(kLong).ds({kKsk1}).wait(kLong);
  s.zone({kKsk1, kZsk2}, {kKsk1}, {kZsk2});
  REQUIRE_FALSE(s.world().violations().empty());
  const auto& first = s.world().violations().front();
  CHECK(first.at == s.now());
  CHECK(first.rule == "P1-DATA");
  CHECK(first.text.find("version 1") != std::string::npos);
  CHECK(first.text.find("a server that nobody looks at") != std::string::npos);
}

}  // namespace danewerk::world
