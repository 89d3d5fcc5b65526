#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "rollover/ids.h"
#include "rollover/rules.h"
#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

using enum model::KeyRecord;
using enum model::Visibility;

/// Every rule, for every algorithm.
bool is_safe(const model::KeyRing& ring) {
  if (!has_ds(ring)) return false;
  for (const auto& key : ring.keys) {
    if (!has_trusted_keys(ring, key.algorithm)) return false;
    if (!has_valid_signatures(ring, key.algorithm)) return false;
    if (!has_complete_algorithm(ring, key.algorithm)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("rollover: two years of monthly ZSKs and yearly KSKs") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.zone.policy.ksk.lifetime = days(365);
  zone.run_for(days(730));
  CHECK(zone.made(KeyRole::kZsk) == 25);  // 730 / 30 = 24 rolls
  CHECK(zone.made(KeyRole::kKsk) == 2);   // the next is due after 2 * 365 d and two waits for DS
  CHECK(zone.zone.ring.keys.size() < 8);  // purged
}

TEST_CASE("rollover: two years with a pass each hour give the same rolls") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.zone.policy.ksk.lifetime = days(365);
  zone.run_by_cron(days(730), hours(1));
  CHECK(zone.made(KeyRole::kZsk) == 25);
  CHECK(zone.made(KeyRole::kKsk) == 2);
}

TEST_CASE("rollover: two years without anybody who asks the parent: ZSKs roll all the same") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.has_parents = false;
  zone.run_for(days(730));
  CHECK(zone.made(KeyRole::kZsk) == 25);
  CHECK(zone.state("k1", kDs) == kRumoured);
}

TEST_CASE("rollover: two years of a zone whose KSK rolls wait for a DS that never comes") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.zone.policy.ksk.lifetime = days(100);
  zone.has_parents = false;
  zone.run_for(days(730));
  CHECK(zone.made(KeyRole::kKsk) == 2);
  CHECK(zone.made(KeyRole::kZsk) >= 24);
}

TEST_CASE("rollover: a pass that has nothing to do changes nothing, and says when to come again") {
  Driver zone;
  zone.zone.policy.zsk.lifetime = days(30);
  zone.run_for(days(10));
  const auto again = decide(zone.zone);
  CHECK(again.steps.empty());
  CHECK(again.ring == zone.zone.ring);
  CHECK(again.waits.empty());
  CHECK(again.wake == kStart + days(30) - hours(2));
}

TEST_CASE("rollover: whatever is asked and whatever fails, the rules hold at every moment") {
  CHECK(rc::check("rules hold", [] {
    Driver zone;
    auto& policy = zone.zone.policy;
    policy.has_csk = *rc::gen::arbitrary<bool>();
    policy.zsk.lifetime = days(*rc::gen::inRange(3, 60));
    policy.ksk.lifetime = days(*rc::gen::inRange(10, 200));
    policy.dnskey_ttl = minutes(*rc::gen::inRange(5, 3000));
    policy.standby_zsks = *rc::gen::inRange(0U, 2U);
    policy.standby_ksks = *rc::gen::inRange(0U, 2U);
    zone.signed_ttl = minutes(*rc::gen::inRange(5, 5000));
    zone.roll_in = hours(*rc::gen::inRange(0, 2) * 24);
    zone.run_for(days(20));
    const auto events = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 16));
    for (const int event : events) {
      switch (event) {
        case 0:
          static_cast<void>(request_roll(zone.zone, KeyRole::kKsk));
          break;
        case 1:
          static_cast<void>(request_roll(zone.zone, KeyRole::kZsk));
          break;
        case 2:
          static_cast<void>(abort_roll(zone.zone, KeyRole::kKsk));
          break;
        case 3:
          static_cast<void>(abort_roll(zone.zone, KeyRole::kZsk));
          break;
        case 4:
          static_cast<void>(abort_roll(zone.zone, KeyRole::kCsk));
          break;
        case 5:
          policy.algorithm = policy.algorithm == crypto::Algorithm::kEd25519
                                 ? crypto::Algorithm::kRsaSha256
                                 : crypto::Algorithm::kEd25519;
          break;
        case 6:
          policy.has_csk = !policy.has_csk;
          break;
        case 7:
          zone.can_publish = !zone.can_publish;
          break;
        case 8:
          zone.has_parents = !zone.has_parents;
          break;
        case 9:
          policy.ksk_roll = policy.ksk_roll == model::KskRoll::kDoubleDs
                                ? model::KskRoll::kDoubleKsk
                                : model::KskRoll::kDoubleDs;
          break;
        case 10:
          policy.dnskey_ttl = minutes(*rc::gen::inRange(5, 3000));
          break;
        case 11:
          if (!zone.zone.ring.keys.empty()) {
            zone.zone.ring.keys.at(*rc::gen::inRange<std::size_t>(0, zone.zone.ring.keys.size()))
                .is_compromised = true;
          }
          break;
        case 12:
          policy.zsk.bits = policy.zsk.bits == 2048 ? 3072 : 2048;
          break;
        case 13:
          zone.zone.facts.held = zone.zone.facts.held.empty() ? "held" : "";
          break;
        default:
          break;
      }
      const auto end = zone.zone.now + minutes(*rc::gen::inRange(0, 20000));
      while (zone.zone.now < end) {
        zone.run_until(std::min(end, zone.zone.now + hours(7)));
        RC_ASSERT(is_safe(zone.zone.ring));
        RC_ASSERT(zone.find_bogus() == "");
      }
    }
    // Everything works again: then each roll comes to its end.
    zone.can_publish = true;
    zone.has_parents = true;
    zone.zone.facts.held.clear();
    policy.zsk.lifetime = std::nullopt;
    policy.ksk.lifetime = std::nullopt;
    for (auto& key : zone.zone.ring.keys) key.is_compromised = false;
    zone.run_for(days(200));
    for (const auto& wait : zone.last.waits) RC_LOG() << wait.rule << " " << wait.reason << "\n";
    for (const auto& key : zone.zone.ring.keys) {
      RC_LOG() << key.id << " alg " << int(key.algorithm) << " goal " << to_text(key.goal)
               << " after " << key.predecessor << (key.is_standby ? " standby" : "") << ":";
      for (const auto& state : key.records) RC_LOG() << " " << to_text(state.visibility);
      RC_LOG() << "\n";
    }
    RC_ASSERT(zone.last.waits.empty());
    for (const auto& key : zone.zone.ring.keys) {
      RC_ASSERT(key.is_gone() || key.goal == model::Goal::kOmnipresent);
    }
  }));
}

}  // namespace danewerk::rollover
