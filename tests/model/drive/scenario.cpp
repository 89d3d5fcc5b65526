#include "drive/scenario.h"

#include <algorithm>

#include <fmt/format.h>

#include "drive/dice.h"

namespace danewerk::drive {

namespace {

using crypto::Algorithm;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Algorithm random_algorithm(Dice& dice) {
  return dice.one_of({Algorithm::kRsaSha256, Algorithm::kEcdsaP256, Algorithm::kEd25519});
}

std::optional<seconds> random_lifetime(Dice& dice, days low, days high) {
  if (dice.chance(250)) return std::nullopt;
  return dice.between(low, high);
}

void choose_keys(model::Policy& policy, Dice& dice) {
  policy.has_csk = dice.chance(250);
  policy.ksk.lifetime = random_lifetime(dice, days(15), days(90));
  policy.zsk.lifetime = random_lifetime(dice, days(5), days(40));
  policy.ksk_roll = dice.one_of({model::KskRoll::kDoubleKsk, model::KskRoll::kDoubleDs});
  policy.standby_zsks = dice.chance(150) ? 1 : 0;
  policy.standby_ksks = dice.chance(100) ? 1 : 0;
  policy.cds = dice.one_of(
      {model::CdsPolicy::kRollover, model::CdsPolicy::kAlways, model::CdsPolicy::kNever});
  policy.is_manual = dice.chance(100);
  policy.zsk_roll_in.reset();
  if (dice.chance(300)) policy.zsk_roll_in = dice.between(seconds(0), days(4));
}

seconds random_ttl(Dice& dice) {
  return dice.one_of<seconds>({minutes(5), hours(1), hours(4), days(1), days(2)}) +
         dice.between(seconds(0), minutes(10));
}

Troubles random_troubles(Dice& dice) {
  Troubles t;
  const auto some = [&](unsigned most) {
    return dice.chance(500) ? static_cast<unsigned>(dice.below(most + 1)) : 0U;
  };
  t.cut_secondary = some(15);
  t.stop_secondary = some(3);
  t.late_pass = some(10);
  t.lost_pass = some(60);
  t.failed_publish = some(12);
  t.deaf_parent = some(8);
  t.clock_back = some(3);
  t.request = some(12);
  t.policy_change = some(5);
  t.ttl_change = some(12);
  return t;
}

}  // namespace

Scenario random_scenario(std::uint64_t seed) {
  Dice dice(seed);
  Scenario s;
  s.seed = seed;
  auto& policy = s.policy;
  policy.algorithm = random_algorithm(dice);
  choose_keys(policy, dice);
  policy.dnskey_ttl = random_ttl(dice);
  policy.key_retention = dice.between(days(1), days(30));
  s.data_ttls.clear();
  for (auto i = 2 + dice.below(4); i > 0; --i) s.data_ttls.push_back(random_ttl(dice));
  s.soa_refresh = dice.between(minutes(30), hours(12));
  s.soa_retry = dice.between(minutes(5), hours(1));
  s.soa_expire = dice.between(days(4), days(21));
  s.secondaries = static_cast<unsigned>(dice.below(4));
  s.parent_servers = 1 + static_cast<unsigned>(dice.below(3));
  s.zone_lag = dice.between(seconds(0), hours(6));
  policy.propagation_delay = s.zone_lag + (dice.chance(300) ? seconds(hours(1)) : seconds(0));
  if (s.secondaries == 0) s.zone_lag = std::max(s.zone_lag, s.soa_refresh + s.soa_retry);
  s.parent_lag = dice.between(seconds(0), hours(6));
  policy.parent_propagation_delay = s.parent_lag;
  s.ds_ttl = random_ttl(dice);
  policy.parent_ds_ttl = dice.chance(500) ? s.ds_ttl : seconds(hours(1));
  s.operator_delay = dice.one_of<seconds>({hours(1), days(1), days(4), days(12)});
  s.parent_reads_cds = dice.chance(350);
  s.signatures = dice.one_of<std::uint64_t>({100, 99'999, 100'000, 5'000'000});
  s.shortest_pass = dice.one_of<seconds>({minutes(10), hours(1), hours(3)});
  s.longest_pass = s.shortest_pass + (dice.chance(500) ? seconds(hours(6)) : seconds(0));
  s.length = days(60 + static_cast<int>(dice.below(120)));
  s.troubles = random_troubles(dice);
  return s;
}

model::Policy random_change(const Scenario& scenario, const model::Policy& from,
                            std::uint64_t seed) {
  Dice dice(seed);
  auto policy = from;
  switch (dice.below(7)) {
    case 0:
      policy.algorithm = random_algorithm(dice);
      break;
    case 1:
      policy.dnskey_ttl = random_ttl(dice);
      break;
    case 2:
      // The world is as slow as it was: only what the policy adds to that changes.
      policy.propagation_delay =
          scenario.policy.propagation_delay + dice.between(seconds(0), hours(2));
      break;
    case 3:
      policy.ksk.lifetime = random_lifetime(dice, days(15), days(90));
      policy.zsk.lifetime = random_lifetime(dice, days(5), days(40));
      break;
    case 4:
      policy.ksk_roll = dice.one_of({model::KskRoll::kDoubleKsk, model::KskRoll::kDoubleDs});
      break;
    case 5:
      policy.is_unsigned = !policy.is_unsigned && dice.chance(400);
      break;
    default:
      choose_keys(policy, dice);
      break;
  }
  return policy;
}

std::string to_text(const Scenario& s) {
  const auto& p = s.policy;
  const auto span = [](seconds value) { return danewerk::to_text(value); };
  const auto life = [&](const model::KeyPolicy& key) {
    return key.lifetime ? span(*key.lifetime) : std::string("never");
  };
  std::string ttls;
  for (const auto ttl : s.data_ttls) ttls += " " + span(ttl);
  return fmt::format(
      "seed {}: algorithm {}, {}, KSK {} by {}, ZSK {}, standby {}+{}, roll-in {}, {} signatures\n"
      "  TTLs: DNSKEY {}, DS {} (policy {}), data{}\n"
      "  delays: Dprp {} (world {}), DprpP {} (world {}), SOA {} {} {}\n"
      "  {} secondaries, {} parent servers, operator {}{}, cds {}, passes {} to {}, {} days",
      s.seed, static_cast<int>(p.algorithm), p.has_csk ? "CSK" : "KSK and ZSK", life(p.ksk),
      p.ksk_roll == model::KskRoll::kDoubleDs ? "double-DS" : "double-KSK", life(p.zsk),
      p.standby_ksks, p.standby_zsks, p.zsk_roll_in ? span(*p.zsk_roll_in) : "auto", s.signatures,
      span(p.dnskey_ttl), span(s.ds_ttl), span(p.parent_ds_ttl), ttls, span(p.propagation_delay),
      span(s.zone_lag), span(p.parent_propagation_delay), span(s.parent_lag), span(s.soa_refresh),
      span(s.soa_retry), span(s.soa_expire), s.secondaries, s.parent_servers,
      span(s.operator_delay), p.is_manual ? " by manual steps" : "",
      s.parent_reads_cds ? "read" : "not read", span(s.shortest_pass), span(s.longest_pass),
      s.length.count());
}

}  // namespace danewerk::drive
