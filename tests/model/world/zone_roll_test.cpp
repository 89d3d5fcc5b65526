/// \file
/// The judge bites: rolls whose RFC 7583 interval is kept are silent, and the same a second too
/// short are reported. Here: first signing, ZSK rolls and the algorithm roll.

#include <algorithm>

#include <doctest/doctest.h>

#include "world/schedule.h"

namespace danewerk::world {

namespace {

constexpr seconds kSecond{1};

/// A zone that has long been signed by KSK 1 and ZSK 1.
Schedule signed_zone() {
  Schedule s;
  s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1}).wait(kLong).ds({kKsk1}).wait(kLong);
  return s;
}

}  // namespace

TEST_CASE("world: a steady signed zone is never bogus") {
  auto s = signed_zone();
  s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1}).wait(kLong);
  CHECK(s.broken().empty());
}

TEST_CASE("world: without DS nothing is bogus (RFC 4035 section 4.3)") {
  Schedule s;
  s.zone({}, {}, {}).wait(kLong).zone({kKsk1, kZsk1}, {kKsk1}, {kZsk2});
  CHECK(s.broken().empty());
}

TEST_CASE("world: the DS of a new zone waits until unsigned data has left caches") {
  const auto run = [](seconds interval) {
    Schedule s;
    s.zone({}, {}, {}).wait(kLong);
    s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1}).wait(interval).ds({kKsk1});
    return s.broken();
  };
  CHECK(run(kLag + kDataTtl).empty());
  CHECK(run(kLag + kDataTtl - kSecond) == "P1-DATA");
  // A negative answer for DNSKEY is cached, too: Ipub = Dprp + Ingp (RFC 7583 section 3.2.1).
  CHECK(run(kLag + kNegativeTtl) == "P1-DATA");
  CHECK(run(kLag + kNegativeTtl - kSecond) == "P1-DATA P1-DS");
}

TEST_CASE("world: pre-publication waits Ipub = Dprp + TTLkey (RFC 7583 section 3.2.1)") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk1}).wait(interval);
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk2});
    return s.broken();
  };
  CHECK(run(kLag + kDnskeyTtl).empty());
  CHECK(run(kLag + kDnskeyTtl - kSecond) == "P1-DATA");
}

TEST_CASE("world: a retired ZSK stays for Iret = Dsgn + Dprp + TTLsig (RFC 7583 section 3.2.1)") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk1}).wait(kLong);
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk2}).wait(interval);
    s.zone({kKsk1, kZsk2}, {kKsk1}, {kZsk2});
    return s.broken();
  };
  CHECK(run(kLag + kDataTtl).empty());
  CHECK(run(kLag + kDataTtl - kSecond) == "P1-DATA");
}

TEST_CASE("world: double-signature waits Dprp + max(TTLkey, TTLsig) (RFC 7583 section 3.2.2)") {
  const auto run = [](seconds interval) {
    auto s = signed_zone();
    s.zone({kKsk1, kZsk1, kZsk2}, {kKsk1}, {kZsk1, kZsk2}).wait(interval);
    s.zone({kKsk1, kZsk2}, {kKsk1}, {kZsk2});
    return s.broken();
  };
  CHECK(run(kLag + std::max(kDnskeyTtl, kDataTtl)).empty());
  CHECK(run(kLag + std::max(kDnskeyTtl, kDataTtl) - kSecond) == "P1-DATA");
}

TEST_CASE("world: each wait of the conservative algorithm roll counts (RFC 6781 section 4.1.4)") {
  const KeySet both{kKsk1, kZsk1, kNewKsk, kNewZsk};
  // How much each of the five steps comes too early.
  struct Early {
    seconds signatures{0}, keys{0}, parent{0}, old_keys{0};
  };
  const auto run = [&](const Early& early) {
    auto s = signed_zone();
    s.zone({kKsk1, kZsk1}, {kKsk1}, {kZsk1, kNewZsk}).wait(kLag + kDataTtl - early.signatures);
    s.zone(both, {kKsk1, kNewKsk}, {kZsk1, kNewZsk}).wait(kLag + kDnskeyTtl - early.keys);
    s.ds({kNewKsk}).wait(kParentLag + kDsTtl - early.parent);
    s.zone({kNewKsk, kNewZsk}, {kNewKsk}, {kZsk1, kNewZsk});
    s.wait(kLag + kDnskeyTtl - early.old_keys);
    s.zone({kNewKsk, kNewZsk}, {kNewKsk}, {kNewZsk}).wait(kLong);
    return s.broken();
  };
  CHECK(run({}).empty());
  CHECK(run({.signatures = kSecond}) == "P1-ALGORITHM");
  CHECK(run({.keys = kSecond}) == "P1-DS");
  CHECK(run({.parent = kSecond}) == "P1-DS");
  CHECK(run({.old_keys = kSecond}) == "P1-ALGORITHM");
}

TEST_CASE("world: a DNSKEY of an algorithm that signs nothing is reported (RFC 4035 section 2.2)") {
  auto s = signed_zone();
  s.zone({kKsk1, kZsk1, kNewZsk}, {kKsk1}, {kZsk1, kNewZsk});
  CHECK(s.broken() == "P1-ALGORITHM");
}

TEST_CASE("world: a denial signed by a key that was withdrawn is reported") {
  auto s = signed_zone();
  s.zone({kKsk1, kZsk2}, {kKsk1}, {kZsk2});
  const auto& text = s.world().violations();
  CHECK(std::ranges::any_of(
      text, [](const Violation& v) { return v.text.find("NSEC") != std::string::npos; }));
}

}  // namespace danewerk::world
