#include <algorithm>

#include <fmt/format.h>

#include "dane/drive.h"

namespace danewerk::dane {

namespace {

using model::BindingMode;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Troubles random_troubles(Dice& dice) {
  Troubles t;
  const auto some = [&](unsigned most) {
    return dice.chance(600) ? static_cast<unsigned>(dice.below(most + 1)) : 0U;
  };
  t.cut_secondary = some(10);
  t.late_pass = some(10);
  t.lost_pass = some(60);
  t.failed_publish = some(10);
  t.held = some(5);
  t.renewal = some(15);
  t.new_key = some(800);
  t.new_issuer = some(400);
  t.no_hook = some(500);
  t.request = some(10);
  t.emergency = some(2);
  t.forms = some(4);
  t.ttl = some(8);
  return t;
}

/// Of endpoints that nobody looks at it is taken that they present at once what is served: with the
/// usual care, or more, that does no harm here.
void draw_care(Dice& dice, Scenario& s) {
  if (!s.is_probed) {
    s.policy.cache_factor = dice.chance(700) ? 2 : 3;
    s.policy.margin = dice.one_of<seconds>({minutes(5), hours(1)});
    return;
  }
  s.policy.is_gate_relaxed = dice.chance(100);
  s.policy.cache_factor = dice.chance(700) ? 2 : dice.one_of<unsigned>({1, 3});
  s.policy.margin = dice.one_of<seconds>({seconds(0), minutes(5), hours(1)});
  s.policy.least_rollback = dice.one_of<seconds>({seconds(0), days(1), days(1), days(3)});
}

}  // namespace

std::vector<model::TlsaCombination> random_forms(Dice& dice) {
  const model::TlsaCombination key{3, 1, 1};
  const model::TlsaCombination issuer{2, 1, 1};
  switch (dice.below(8)) {
    case 0:
    case 1:
      return {key};
    case 2:
      return {issuer};
    case 3:
      return {key, {3, 1, 2}};
    case 4:
      return {{3, 0, 1}};
    default:
      return {key, issuer};
  }
}

Scenario random_scenario(std::uint64_t seed) {
  Dice dice(seed);
  Scenario s;
  s.seed = seed;
  s.policy.mode = dice.one_of({BindingMode::kStable, BindingMode::kNext, BindingMode::kAny});
  s.policy.is_key_pinned = dice.chance(100);
  s.policy.learns_issuers = dice.chance(300);
  s.policy.is_fast = dice.chance(200);
  s.policy.ttl = dice.one_of<seconds>({minutes(5), hours(1), hours(4), days(1)});
  s.forms = random_forms(dice);
  s.bindings = dice.chance(250) ? 2 : 1;
  s.owners = 1 + dice.below(2);
  s.secondaries = static_cast<unsigned>(dice.below(3));
  s.endpoints = 1 + dice.below(2);
  s.is_probed = dice.chance(800);
  s.zone_lag = dice.between(seconds(0), hours(6));
  s.soa_refresh = dice.between(minutes(30), hours(12));
  s.soa_retry = dice.between(minutes(5), hours(1));
  s.soa_expire = dice.between(days(3), days(8));
  if (s.secondaries == 0) s.zone_lag = std::max(s.zone_lag, s.soa_refresh + s.soa_retry);
  s.reload_lag = dice.chance(500) ? seconds(0) : dice.between(minutes(1), hours(3));
  s.negative_ttl = dice.between(minutes(5), hours(3));
  s.lifetime = dice.one_of<seconds>({days(45), days(64), days(90)});
  s.pass = dice.one_of<seconds>({minutes(10), hours(1), hours(3)});
  s.length = days(60 + static_cast<int>(dice.below(60)));
  s.troubles = random_troubles(dice);
  // Last, so that what is above stays what it was for a seed.
  draw_care(dice, s);
  s.has_one_authority = dice.chance(500);
  return s;
}

std::string to_text(const Scenario& s) {
  std::string forms;
  for (const auto& form : s.forms) forms += " [" + model::to_text(form) + "]";
  return fmt::format(
      "seed {}: mode {}{}{}{}{}{}, records{}, {} binding(s), {} owner(s), {} secondaries, {} "
      "endpoint(s){}\n  TTL {} * {} + {}, back {}, lag {}, reload {}, SOA {} {} {}, passes {}, {} "
      "days",
      s.seed, model::to_text(s.policy.mode), s.policy.is_key_pinned ? " pinned" : "",
      s.policy.is_fast ? " fast" : "", s.policy.is_gate_relaxed ? " relaxed" : "",
      s.policy.learns_issuers ? " learns" : "", s.has_one_authority ? " one authority" : "", forms,
      s.bindings, s.owners, s.secondaries, s.endpoints, s.is_probed ? "" : " unprobed",
      danewerk::to_text(s.policy.ttl), s.policy.cache_factor, danewerk::to_text(s.policy.margin),
      danewerk::to_text(s.policy.least_rollback), danewerk::to_text(s.zone_lag),
      danewerk::to_text(s.reload_lag), danewerk::to_text(s.soa_refresh),
      danewerk::to_text(s.soa_retry), danewerk::to_text(s.soa_expire), danewerk::to_text(s.pass),
      s.length.count());
}

}  // namespace danewerk::dane
