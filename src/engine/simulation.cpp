#include "engine/simulation.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "config/lint.h"
#include "rollover/ids.h"

namespace danewerk::engine {

namespace {

using model::KeyRecord;
using model::KeyRole;
using model::Visibility;
using rollover::Decision;

/// decide() asks for keys, and is asked again when they are there; more rounds would be a circle.
constexpr int kRounds = 16;
/// Beyond what any zone does in a hundred years.
constexpr int kMostPasses = 1'000'000;

bool contains(const std::vector<std::string>& ids, std::string_view id) {
  return std::ranges::find(ids, id) != ids.end();
}

bool moves_zone(const rollover::Step& step) {
  return step.record != KeyRecord::kDs &&
         (step.to == Visibility::kRumoured || step.to == Visibility::kUnretentive);
}

bool asks_parent(const rollover::Step& step) {
  return step.record == KeyRecord::kDs &&
         (step.to == Visibility::kRumoured || step.to == Visibility::kUnretentive);
}

class Simulation {
 public:
  Simulation(model::ZoneState state, const SimulationTask& task)
      : task_(task), state_(std::move(state)), now_(task.now), traits_(task.traits) {
    forecast_.zone = state_.name;
    traits_.dnskey_ttl = task.policy->dnskey_ttl;
  }

  Forecast run() && {
    settle_present();
    for (int i = 0; i < kMostPasses; ++i) {
      pass();
      const auto next = next_moment();
      if (!next || *next > task_.until) break;
      now_ = *next;
      show_ds();
    }
    count_renewals();
    return std::move(forecast_);
  }

 private:
  /// What is under way outside is taken to have happened, and the rest to take its usual time.
  void settle_present() {
    auto& facts = state_.facts;
    facts.held.clear();
    if (!facts.publications.empty() && !facts.publications.back().published) {
      facts.publications.back().published = now_;
    }
    for (auto& secondary : facts.secondaries) see(secondary);
    for (const auto& key : state_.ring.keys) {
      for (const auto record : model::kKeyRecords) {
        if (key.owns(record)) draw(key, record, key.visibility(record));
      }
      expect_awaited(key);
    }
    forecast_.dnskey_octets = octets_ = forecast_.largest_answer = answer_octets();
  }

  /// A DS that was asked for, or asked to go, before.
  void expect_awaited(const model::RingKey& key) {
    const auto& ds = key.at(KeyRecord::kDs);
    const auto found = state_.facts.ds.find(key.id);
    const auto sight = found == state_.facts.ds.end() ? model::DsSight{} : found->second;
    const bool is_awaited = (ds.visibility == Visibility::kRumoured && !sight.seen) ||
                            (ds.visibility == Visibility::kUnretentive && !sight.gone);
    if (!is_awaited) return;
    const auto usual = ds.since + task_.ds_delay;
    expect(key.id, ds.visibility, usual > now_ ? usual : now_ + task_.ds_delay);
  }

  void see(model::Secondary& secondary) const {
    if (state_.version != 0) secondary.seen.push_back({state_.version, now_});
  }

  /// Decides until nothing is left to do now, with a version for each round that changed the zone.
  void pass() {
    for (int round = 0; round < kRounds; ++round) {
      bool is_changed = false;
      const auto first_event = forecast_.events.size();
      auto decision = decide(is_changed);
      const bool is_quiet = forecast_.events.size() == first_event && !is_changed;
      if (is_changed || (cds_ && decision.cds != *cds_)) publish();
      cds_ = decision.cds;
      note_answer();
      if (!is_quiet) continue;
      wake_ = decision.wake;
      note_operators(decision.waits);
      forecast_.waits = std::move(decision.waits);
      return;
    }
  }

  Decision decide(bool& is_changed) {
    Decision decision;
    for (int round = 0; round < kRounds; ++round) {
      decision = rollover::decide({.ring = state_.ring,
                                   .facts = state_.facts,
                                   .policy = *task_.policy,
                                   .now = now_,
                                   .next_version = state_.version + 1,
                                   .step_released = task_.policy->is_manual,
                                   .is_frozen = state_.is_frozen});
      for (const auto& step : decision.steps) {
        take(step, decision.ring);
        is_changed |= moves_zone(step);
      }
      for (const auto& id : decision.purge) forget(id);
      state_.ring = std::move(decision.ring);
      if (decision.wanted.empty()) break;
      for (const auto& wanted : decision.wanted) add_key(wanted);
    }
    return decision;
  }

  void take(const rollover::Step& step, const model::KeyRing& ring) {
    const auto* key = ring.find(step.key);
    if (key == nullptr) return;
    draw(*key, step.record, step.to);
    if (task_.policy->is_manual && rumours(step.to)) release();
    add({.kind = PlannedEvent::Kind::kStep,
         .key = step.key,
         .label = label(*key),
         .what = fmt::format("{} of {} becomes {}: {}", to_text(step.record), label(*key),
                             to_text(step.to), step.reason),
         .rule = std::string(step.rule),
         .record = step.record,
         .to = step.to});
    if (!asks_parent(step)) return;
    state_.facts.ds.erase(step.key);
    expect(step.key, step.to, now_ + task_.ds_delay);
  }

  static bool rumours(Visibility to) {
    return to == Visibility::kRumoured || to == Visibility::kUnretentive;
  }

  /// Manual mode: one release for all that is taken at the same moment.
  void release() {
    const auto& events = forecast_.events;
    const bool is_released = std::ranges::any_of(events, [&](const PlannedEvent& event) {
      return event.at == now_ && event.rule == rollover::ids::kManual;
    });
    if (is_released) return;
    add({.kind = PlannedEvent::Kind::kOperator,
         .what = "release the step: danewerk key step",
         .rule = std::string(rollover::ids::kManual)});
  }

  void add_key(const rollover::WantedKey& wanted) {
    model::RingKey made;
    made.id = fmt::format("new {} {}", role_name(wanted.role), ++made_.at(index_of(wanted.role)));
    made.bits = wanted.bits;
    made.created = now_;
    rollover::add_made_key(state_.ring, wanted, std::move(made));
    const auto& key = state_.ring.keys.back();
    for (const auto record : model::kKeyRecords) {
      if (key.owns(record)) draw(key, record, Visibility::kHidden);
    }
    add({.kind = PlannedEvent::Kind::kKey,
         .key = key.id,
         .label = label(key),
         .what = fmt::format("{} is made: {}", label(key), wanted.reason),
         .rule = std::string(wanted.rule)});
  }

  static std::size_t index_of(KeyRole role) { return static_cast<std::size_t>(role); }

  static std::string_view role_name(KeyRole role) {
    constexpr std::array<std::string_view, 3> kNames{"KSK", "ZSK", "CSK"};
    return kNames.at(index_of(role));
  }

  void forget(const std::string& id) {
    const auto* key = state_.ring.find(id);
    const auto text = key == nullptr ? id : label(*key);
    add({.kind = PlannedEvent::Kind::kForget,
         .key = id,
         .label = text,
         .what = fmt::format("{} is forgotten", text)});
  }

  void add(PlannedEvent event) {
    event.at = now_;
    forecast_.events.push_back(std::move(event));
  }

  void draw(const model::RingKey& key, KeyRecord record, Visibility visibility) {
    auto lane = std::ranges::find_if(forecast_.lanes, [&](const RecordLane& other) {
      return other.key == key.id && other.record == record;
    });
    if (lane == forecast_.lanes.end()) {
      forecast_.lanes.push_back({.key = key.id, .label = label(key), .record = record});
      lane = std::prev(forecast_.lanes.end());
    }
    lane->spans.push_back({now_, visibility});
  }

  void publish() {
    ++forecast_.versions;
    enter_version(state_.facts, traits_, ++state_.version);
    state_.facts.publications.back().published = now_;
    for (auto& secondary : state_.facts.secondaries) see(secondary);
    for (auto& key : state_.ring.keys) {
      if (rumours(key.visibility(KeyRecord::kZrrsig)) && key.resigned == 0) {
        key.resigned = state_.version;
      }
    }
    prune(state_.facts, state_.ring, now_);
  }

  [[nodiscard]] std::size_t answer_octets() const {
    const auto signers = rollover::signers(state_.ring);
    std::vector<config::AnswerKey> keys;
    keys.reserve(state_.ring.keys.size());
    for (const auto& key : state_.ring.keys) {
      keys.push_back({.algorithm = key.algorithm,
                      .bits = key.bits,
                      .is_published = contains(signers.published, key.id),
                      .signs_dnskey = contains(signers.sign_dnskey, key.id)});
    }
    return signers.published.empty() ? 0 : config::dnskey_answer_octets(keys, task_.owner_octets);
  }

  void note_answer() {
    const auto octets = answer_octets();
    if (octets == octets_ || forecast_.events.empty()) return;
    octets_ = octets;
    forecast_.largest_answer = std::max(forecast_.largest_answer, octets);
    forecast_.events.back().dnskey_octets = octets;
  }

  void expect(const std::string& id, Visibility visibility, sys_seconds at) {
    std::erase_if(expected_, [&](const auto& sight) { return sight.second.key == id; });
    expected_.emplace(at, Sight{.key = id, .is_coming = visibility == Visibility::kRumoured});
  }

  /// Who has to see to a DS: the engine says so in what it waits for.
  void note_operators(const std::vector<rollover::Wait>& waits) {
    for (const auto& [at, sight] : expected_) {
      if (contains(told_, sight_name(sight))) continue;
      const auto wait = std::ranges::find_if(waits, [&](const rollover::Wait& other) {
        return other.key == sight.key && other.record == KeyRecord::kDs;
      });
      if (wait == waits.end()) continue;
      told_.push_back(sight_name(sight));
      const auto* key = state_.ring.find(sight.key);
      const auto text = key == nullptr ? sight.key : label(*key);
      add({.kind = PlannedEvent::Kind::kOperator,
           .key = sight.key,
           .label = text,
           .what = (sight.is_coming
                        ? fmt::format("upload the DS of {} (danewerk key ds prints it)", text)
                        : fmt::format("remove the DS of {} at the parent", text)) +
                   (wait->is_operators ? "" : ", unless the parent goes by CDS"),
           .rule = std::string(wait->rule),
           .record = KeyRecord::kDs});
    }
  }

  void show_ds() {
    while (!expected_.empty() && expected_.begin()->first <= now_) {
      const auto sight = expected_.begin()->second;
      expected_.erase(expected_.begin());
      std::erase(told_, sight_name(sight));
      const auto* key = state_.ring.find(sight.key);
      if (key == nullptr) continue;
      auto& fact = state_.facts.ds[sight.key];
      fact = {};
      (sight.is_coming ? fact.seen : fact.gone) = now_;
      add({.kind = PlannedEvent::Kind::kParent,
           .key = sight.key,
           .label = label(*key),
           .what = fmt::format("the parent {} the DS of {} (assumed)",
                               sight.is_coming ? "shows" : "drops", label(*key)),
           .record = KeyRecord::kDs});
    }
  }

  [[nodiscard]] std::optional<sys_seconds> next_moment() const {
    auto next = wake_;
    if (!expected_.empty() && (!next || expected_.begin()->first < *next)) {
      next = expected_.begin()->first;
    }
    return next;
  }

  /// In the long run expirations lie evenly over the spread: one version a batch renews what is
  /// due, or one a signature where there are few.
  void count_renewals() {
    const auto& policy = *task_.policy;
    const auto refresh = model::effective_refresh(policy, traits_.soa_expire,
                                                  std::max(traits_.signed_ttl, policy.dnskey_ttl));
    const auto spread = model::effective_spread(policy, refresh);
    const auto life = policy.signatures.validity - refresh - spread / 2;
    if (policy.is_unsigned || life <= seconds(0)) return;
    const auto first = state_.earliest_expiration ? *state_.earliest_expiration - refresh
                                                  : task_.now + life - spread / 2;
    if (first >= task_.until) return;
    const auto batch = std::max(policy.signatures.batch, seconds(1));
    auto a_life = std::max<std::int64_t>(1, spread / batch);
    const auto signatures = static_cast<std::int64_t>(state_.facts.signatures);
    if (signatures != 0) a_life = std::min(a_life, signatures);
    const auto span = task_.until - std::max(first, task_.now);
    forecast_.renewals = static_cast<std::uint64_t>(span * a_life / life) + 1;
  }

  struct Sight {
    std::string key;
    bool is_coming = false;
  };
  static std::string sight_name(const Sight& sight) {
    return sight.key + (sight.is_coming ? " comes" : " goes");
  }

  const SimulationTask& task_;
  model::ZoneState state_;
  sys_seconds now_;
  VersionTraits traits_;
  Forecast forecast_;
  std::optional<rollover::CdsWish> cds_;  ///< none: what the zone shows now is not known yet
  std::optional<sys_seconds> wake_;
  std::multimap<sys_seconds, Sight> expected_;
  std::vector<std::string> told_;
  std::array<unsigned, 3> made_{};
  std::size_t octets_ = 0;
};

}  // namespace

Forecast simulate(model::ZoneState state, const SimulationTask& task) {
  return Simulation(std::move(state), task).run();
}

}  // namespace danewerk::engine
