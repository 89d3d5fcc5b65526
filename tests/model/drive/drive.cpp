#include "drive/drive.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::drive {

using danewerk::to_text;

namespace {

using model::KeyRecord;
using model::KeyRole;
using model::RingKey;
using model::Visibility;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr sys_seconds kBegin{hours(500'000)};

std::vector<std::string> server_names(unsigned count, std::string_view stem) {
  std::vector<std::string> out;
  for (unsigned i = 0; i < count; ++i) out.push_back(fmt::format("{} {}", stem, i + 1));
  return out;
}

}  // namespace

Drive::Drive(const Scenario& scenario)
    : scenario_(scenario),
      dice_(scenario.seed ^ 0x9e3779b97f4a7c15ULL),
      policy_(scenario.policy),
      world_({.zone = {.seen = server_names(scenario.secondaries, "secondary"),
                       .unseen_lag = scenario.zone_lag},
              .parent = {.seen = server_names(scenario.parent_servers, "parent server"),
                         .unseen_lag = scenario.parent_lag,
                         .has_expire = false}}),
      samples_(scenario.data_ttls.size()),
      data_ttls_(scenario.data_ttls),
      true_now_(kBegin) {
  for (unsigned i = 0; i < scenario.secondaries; ++i)
    facts_.secondaries.push_back({.address = fmt::format("192.0.2.{}@53", i + 1)});
  world_.publish_ds({.keys = {}, .ttl = scenario.ds_ttl}, true_now_ - days(30));
  world_.advance(true_now_);
}

void Drive::run() {
  const auto end = kBegin + scenario_.length;
  while (true_now_ < end && outcome_.faults.empty()) {
    happen();
    if (!dice_.chance(scenario_.troubles.late_pass)) {
      pass();
      true_now_ += dice_.between(scenario_.shortest_pass, scenario_.longest_pass);
    } else {
      true_now_ += dice_.between(hours(1), dice_.chance(300) ? days(25) : days(3));
      log("no pass for a while");
    }
    judge();
  }
}

void Drive::settle() {
  if (!outcome_.faults.empty()) return;
  log("all troubles end");
  scenario_.troubles = {};
  scenario_.operator_delay = hours(1);
  publish_fails_until_.reset();
  parent_deaf_until_.reset();
  operator_acts_.reset();
  for (std::size_t i = 0; i < world_.zone().seen_count(); ++i) {
    world_.zone().set_lag(i, hours(1));
    world_.zone().restore(i, true_now_);
  }
  policy_.ksk.lifetime.reset();
  policy_.zsk.lifetime.reset();
  policy_.is_manual = false;
  const auto end = true_now_ + days(100) - skew_;
  int calm = 0;
  while (true_now_ < end && outcome_.faults.empty() && calm < 3) {
    pass_for(hours(2));
    calm = is_at_rest() ? calm + 1 : 0;
  }
  if (calm == 3 || !outcome_.faults.empty()) return;
  for (const auto& wait : last_decision_.waits) {
    log(fmt::format("waits: {} {} to {}: {} {}", wait.key, model::to_text(wait.record),
                    model::to_text(wait.to), wait.rule, wait.reason));
  }
  fault("the zone does not come to rest within 100 days");
}

void Drive::pass_for(seconds span) {
  const auto end = true_now_ + span;
  while (true_now_ < end && outcome_.faults.empty()) {
    happen_at_servers();
    pass();
    true_now_ += std::min(span, seconds(hours(1)));
    judge();
  }
}

void Drive::pass_with_clock_ahead(seconds ahead) {
  skew_ += ahead;
  pass();
  skew_ -= ahead;
  last_pass_ = true_now_ + skew_;
  judge();
}

void Drive::pass() {
  world_.advance(true_now_);
  const auto now = true_now_ + skew_;
  // A clock more than five minutes behind the last pass: nothing moves.
  if (last_pass_ && now < *last_pass_ - minutes(5)) return;
  ++outcome_.passes;
  const auto refresh = model::effective_refresh(policy_, scenario_.soa_expire, data_ttls_.front());
  facts_.held = last_pass_ && now - *last_pass_ > refresh ? "a long gap" : "";
  last_pass_ = now;
  facts_.soa_refresh = scenario_.soa_refresh;
  facts_.soa_retry = scenario_.soa_retry;
  facts_.signatures = scenario_.signatures;
  publish(now);
  observe(now);
  auto asked = situation();
  asked.step_released = policy_.is_manual && dice_.chance(200);
  auto decision = decide(asked);
  if (!outcome_.faults.empty()) return;
  if (dice_.chance(scenario_.troubles.lost_pass)) {
    last_asked_.reset();
    return log("a pass is cut off before it commits");
  }
  commit(asked, std::move(decision));
  publish(now);
  tell_parent();
}

rollover::Situation Drive::situation() const {
  return {.ring = ring_,
          .facts = facts_,
          .policy = policy_,
          .now = true_now_ + skew_,
          .next_version = version_ + 1};
}

rollover::Decision Drive::decide(rollover::Situation asked) {
  auto decision = rollover::decide(asked);
  check(asked, decision);
  for (int round = 0; !decision.wanted.empty(); ++round) {
    if (round == 5) {
      fault("the engine wants keys without end");
      break;
    }
    auto steps = decision.steps;
    auto purge = decision.purge;
    asked.ring = decision.ring;
    for (const auto& wanted : decision.wanted) {
      const auto id = fmt::format("key {}", ++made_);
      names_.of(id, wanted.algorithm);
      ++outcome_.made[wanted.role];
      log(fmt::format("makes {} {} of algorithm {}, after '{}': {}", model::to_text(wanted.role),
                      id, wanted.algorithm, wanted.predecessor, wanted.rule));
      rollover::add_made_key(asked.ring, wanted,
                             {.id = id,
                              .role = wanted.role,
                              .algorithm = wanted.algorithm,
                              .bits = wanted.bits,
                              .tag = static_cast<model::KeyTag>(made_),
                              .created = asked.now});
    }
    decision = rollover::decide(asked);
    decision.steps.insert(decision.steps.begin(), steps.begin(), steps.end());
    for (const auto& id : purge) {
      if (std::ranges::find(decision.purge, id) == decision.purge.end())
        decision.purge.push_back(id);
    }
  }
  return decision;
}

void Drive::check(const rollover::Situation& asked, const rollover::Decision& decision) {
  if (decision.wake && *decision.wake <= asked.now) fault("the engine wakes in the past");
  for (const auto& wait : decision.waits) {
    if (wait.until && *wait.until < asked.now && !wait.is_operators)
      fault(fmt::format("a wait has ended and nothing happens: {} {} ({})", wait.key, wait.reason,
                        wait.rule));
  }
  const bool is_same = last_asked_ && last_decision_.wanted.empty() && !asked.step_released &&
                       last_asked_->facts == asked.facts && last_asked_->policy == asked.policy &&
                       last_decision_.ring == asked.ring;
  // Every record on its way says what it waits for (promise P5).
  for (const auto& key : decision.ring.keys) {
    for (const auto record : model::kKeyRecords) {
      const auto at = key.visibility(record);
      if (at != Visibility::kRumoured && at != Visibility::kUnretentive) continue;
      const bool is_said = std::ranges::any_of(decision.waits, [&](const rollover::Wait& wait) {
        return wait.key == key.id && wait.record == record && !wait.reason.empty();
      });
      if (!is_said) {
        fault(fmt::format("{} of {} is {} and waits for nothing", model::to_text(record), key.id,
                          model::to_text(at)));
      }
    }
  }
  const bool is_early = !last_decision_.wake || asked.now < *last_decision_.wake;
  const bool moved = !decision.steps.empty() || !decision.wanted.empty();
  if (is_same && is_early && moved)
    fault(fmt::format("something happens before the engine's own wake: {}",
                      decision.steps.empty() ? "a key" : decision.steps.front().reason));
  // A second question at the same moment moves nothing (promise P6).
  if (dice_.chance(50) && decision.wanted.empty()) {
    auto again = asked;
    again.ring = decision.ring;
    const auto second = rollover::decide(again);
    if (!second.steps.empty() || !second.wanted.empty())
      fault("a second question at the same moment moves something: " +
            (second.steps.empty() ? std::string("a key") : second.steps.front().reason));
  }
}

void Drive::commit(const rollover::Situation& asked, rollover::Decision decision) {
  bool changes_zone = false;
  for (const auto& step : decision.steps) {
    ++outcome_.steps;
    log(fmt::format("{} {}: {} -> {} by {}: {}", step.key, model::to_text(step.record),
                    model::to_text(step.from), model::to_text(step.to), step.rule, step.reason));
    const bool moves = step.to == Visibility::kRumoured || step.to == Visibility::kUnretentive;
    changes_zone = changes_zone || (moves && step.record != KeyRecord::kDs);
    // What was seen before the engine asked for a change is no answer to it.
    if (moves && step.record == KeyRecord::kDs) {
      facts_.ds.erase(step.key);
      looks_.erase(step.key);
    }
  }
  ring_ = decision.ring;
  last_asked_ = asked;
  last_decision_ = decision;
  const auto out = decision.purge.empty() ? world::KeySet{} : world_.keys_out(true_now_);
  for (const auto& id : decision.purge) {
    log("purges " + id);
    if (out.contains(names_.of(id))) fault("purged while caches hold something of it: " + id);
    std::erase_if(ring_.keys, [&](const RingKey& key) { return key.id == id; });
  }
  const auto wanted = rollover::signers(ring_);
  const bool is_new = !last_content_ || samples_.is_due(wanted, names_, roll_in(), asked.now) ||
                      cds_ != decision.cds || changes_zone || dice_.chance(40);
  cds_ = decision.cds;
  samples_.sign(wanted, names_, roll_in(), asked.now);
  auto next = content();
  const bool differs =
      last_content_ && (next.dnskey != last_content_->dnskey || next.data != last_content_->data);
  if (is_new || differs) make_version(decision, asked.now);
}

void Drive::make_version(const rollover::Decision& decision, sys_seconds now) {
  ++version_;
  ++outcome_.versions;
  auto next = content();
  keep_ledger(facts_.ledger, next);
  facts_.publications.push_back(
      {.version = version_, .serial = static_cast<std::uint32_t>(version_)});
  cds_of_[version_] = decision.cds;
  note_resigned();
  unpublished_.emplace(version_, next);
  last_content_ = std::move(next);
  log(fmt::format(
      "version {} at {}: DNSKEY {} signed by {}, data by {} ... {}", version_, to_text(now),
      to_text(last_content_->dnskey.keys), to_text(last_content_->dnskey.signers),
      to_text(last_content_->data.front().signers), to_text(last_content_->data.back().signers)));
}

world::ZoneVersion Drive::content() const {
  const auto wanted = rollover::signers(ring_);
  world::ZoneVersion out{.number = version_, .expire = scenario_.soa_expire};
  out.dnskey.keys = names_.of(wanted.published);
  out.dnskey.signers = names_.of(wanted.sign_dnskey);
  out.dnskey.ttl = out.dnskey.keys.empty() ? data_ttls_.back() : policy_.dnskey_ttl;
  for (std::size_t i = 0; i < data_ttls_.size(); ++i) {
    out.data.push_back({.name = i + 1 == data_ttls_.size() ? "NSEC" : fmt::format("RRset {}", i),
                        .ttl = data_ttls_[i],
                        .signers = samples_.signers()[i]});
  }
  return out;
}

void Drive::note_resigned() {
  for (auto& key : ring_.keys) {
    const auto visibility = key.visibility(KeyRecord::kZrrsig);
    if (!key.owns(KeyRecord::kZrrsig) || key.resigned != 0) continue;
    const auto name = names_.of(key.id);
    const bool is_done = model::is_out(visibility) ? samples_.all_signed_by(name)
                                                   : visibility == Visibility::kUnretentive &&
                                                         samples_.none_signed_by(name);
    if (is_done) key.resigned = version_;
  }
}

void Drive::publish(sys_seconds now) {
  if (unpublished_.empty()) return;
  const auto& [number, version] = *unpublished_.rbegin();
  if (publish_fails_until_ && true_now_ < *publish_fails_until_) {
    if (!is_maybe_served_ || world_.zone().served().contains(number)) return;
    world_.offer(version, true_now_);
    if (dice_.chance(500)) world_.zone().show(number, true_now_);
    return;
  }
  publish_fails_until_.reset();
  for (std::size_t i = 0; i < world_.zone().seen_count(); ++i)
    world_.zone().set_lag(i, dice_.between(seconds(0), dice_.chance(100) ? days(2) : hours(2)));
  if (world_.zone().served().contains(number))
    world_.settle(number, true_now_);
  else
    world_.publish(version, true_now_);
  for (auto& publication : facts_.publications) {
    if (publication.version == number) publication.published = now;
  }
  unpublished_.clear();
  log(fmt::format("version {} is published", number));
}

seconds Drive::roll_in() const {
  if (policy_.zsk_roll_in) return *policy_.zsk_roll_in;
  return scenario_.signatures < model::kGradualRollIn ? seconds(0) : seconds(hours(24));
}

bool Drive::is_at_rest() const {
  if (last_pass_ != true_now_ + skew_ - hours(1)) return false;  // clock still behind
  if (!last_decision_.steps.empty() || !last_decision_.wanted.empty()) return false;
  const bool is_insecure = policy_.is_unsigned || ring_.going_insecure;
  bool has_signer = false;
  bool has_anchor = false;
  for (const auto& key : ring_.keys) {
    for (const auto record : model::kKeyRecords) {
      const auto visibility = key.visibility(record);
      if (visibility == Visibility::kRumoured || visibility == Visibility::kUnretentive)
        return false;
    }
    const bool is_in = key.visibility(KeyRecord::kDnskey) == Visibility::kOmnipresent;
    has_signer |= is_in && key.visibility(KeyRecord::kZrrsig) == Visibility::kOmnipresent;
    has_anchor |= is_in && key.visibility(KeyRecord::kDs) == Visibility::kOmnipresent;
  }
  return is_insecure ? !has_signer && !has_anchor : has_signer && has_anchor;
}

void Drive::judge() {
  world_.advance(true_now_);
  for (const auto& violation : world_.violations()) {
    fault(fmt::format("{} at {}: {}", violation.rule, to_text(violation.at), violation.text));
  }
}

void Drive::fault(const std::string& sentence) {
  if (outcome_.faults.size() < 4) outcome_.faults.push_back(sentence);
}

void Drive::log(const std::string& sentence) {
  auto line =
      fmt::format("{} ({}) {}", to_text(true_now_),
                  to_text(std::chrono::duration_cast<seconds>(true_now_ - kBegin)), sentence);
  outcome_.log.push_back(std::move(line));
  if (outcome_.log.size() > 400) outcome_.log.erase(outcome_.log.begin());
}

}  // namespace danewerk::drive
