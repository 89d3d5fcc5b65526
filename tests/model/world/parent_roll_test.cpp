/// \file
/// The judge bites: KSK rolls and the parent.

#include <algorithm>

#include <doctest/doctest.h>

#include "world/schedule.h"

namespace danewerk::world {

namespace {

constexpr seconds kSecond{1};

Schedule signed_zone() {
  Schedule s;
  s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1}).wait(kLong).ds({kKsk1}).wait(kLong);
  return s;
}

}  // namespace

TEST_CASE("world: double-KSK waits IpubC = DprpC + TTLkey before the DS (RFC 7583 section 3.3.1)") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.zone({kKsk1, kKsk2, kZsk1}, {kKsk1, kKsk2}, {kZsk1}).wait(interval).ds({kKsk2});
    return s.broken();
  };
  CHECK(run(kLag + kDnskeyTtl).empty());
  CHECK(run(kLag + kDnskeyTtl - kSecond) == "P1-DS");
}

TEST_CASE("world: double-KSK keeps the old key for Iret = DprpP + TTLds (RFC 7583 section 3.3.1)") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.zone({kKsk1, kKsk2, kZsk1}, {kKsk1, kKsk2}, {kZsk1}).wait(kLong);
    s.ds({kKsk2}).wait(interval).zone({kKsk2, kZsk1}, {kKsk2}, {kZsk1});
    return s.broken();
  };
  CHECK(run(kParentLag + kDsTtl).empty());
  CHECK(run(kParentLag + kDsTtl - kSecond) == "P1-DS");
}

TEST_CASE(
    "world: double-DS waits IpubP = DprpP + TTLds, then DprpC + TTLkey (RFC 7583 section 3.3.2)") {
  const auto run = [](seconds before, seconds after) {
    auto s = signed_zone();
    s.ds({kKsk1, kKsk2}).wait(before).zone({kKsk2, kZsk1}, {kKsk2}, {kZsk1});
    s.wait(after).ds({kKsk2});
    return s.broken();
  };
  CHECK(run(kParentLag + kDsTtl, kLag + kDnskeyTtl).empty());
  CHECK(run(kParentLag + kDsTtl - kSecond, kLag + kDnskeyTtl) == "P1-DS");
  CHECK(run(kParentLag + kDsTtl, kLag + kDnskeyTtl - kSecond) == "P1-DS");
}

TEST_CASE("world: double-RRset waits for the later of zone and parent (RFC 7583 section 3.3.3)") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.zone({kKsk1, kKsk2, kZsk1}, {kKsk1, kKsk2}, {kZsk1}).ds({kKsk1, kKsk2}).wait(interval);
    s.zone({kKsk2, kZsk1}, {kKsk2}, {kZsk1}).ds({kKsk2});
    return s.broken();
  };
  // Both go at once: each of them waits for what caches hold of the other.
  CHECK(run(std::max(kLag + kDnskeyTtl, kParentLag + kDsTtl)).empty());
  CHECK(run(kParentLag + kDsTtl - kSecond) == "P1-DS");
}

TEST_CASE("world: a published KSK must sign the DNSKEY RRset before its DS is alone") {
  auto s = signed_zone();
  s.zone({kKsk1, kKsk2, kZsk1}, {kKsk1}, {kZsk1}).wait(kLong).ds({kKsk2});
  CHECK(s.broken() == "P1-DS");
}

TEST_CASE(
    "world: a DS of an algorithm that does not sign DNSKEY is reported (RFC 4035 section 2.2)") {
  auto s = signed_zone();
  s.ds({kKsk1, kNewKsk});
  CHECK(s.broken() == "P1-ALGORITHM-DS");
}

TEST_CASE("world: signatures go after the DS has left caches") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.ds({}).wait(interval).zone({}, {}, {});
    return s.broken();
  };
  CHECK(run(kParentLag + kDsTtl).empty());
  CHECK(run(kParentLag + kDsTtl - kSecond) == "P1-DATA P1-DS");
}

TEST_CASE("world: a parent's server that lags keeps the old DS in caches") {
  World world({.zone = {.unseen_lag = kLag},
               .parent = {.seen = {"p1", "p2"}, .unseen_lag = kParentLag, .has_expire = false}});
  world.parent().set_lag(1, seconds(500'000));
  const auto publish = [&](std::uint64_t number, const KeySet& keys, sys_seconds at) {
    world.publish({.number = number,
                   .dnskey = {.keys = keys, .signers = keys, .ttl = kDnskeyTtl},
                   .data = {{.name = "A", .ttl = kDataTtl, .signers = {kKsk1, kKsk2}}},
                   .expire = kExpire},
                  at);
  };
  publish(1, {kKsk1, kKsk2}, kStart);
  world.publish_ds({.keys = {kKsk1}, .ttl = kDsTtl}, kStart + kLong);
  world.publish_ds({.keys = {kKsk2}, .ttl = kDsTtl}, kStart + 2 * kLong);
  const auto gone = kStart + 2 * kLong + seconds(500'000) + kParentLag + kDsTtl;
  world.advance(gone - kSecond);
  CHECK(world.parent().look(0) == 2);
  CHECK(world.violations().empty());
  SUBCASE("a second too early") {
    publish(2, {kKsk2}, gone - kSecond);
    CHECK(world.violations().size() == 1);
  }
  SUBCASE("in time") {
    publish(2, {kKsk2}, gone);
    CHECK(world.violations().empty());
  }
}

}  // namespace danewerk::world
