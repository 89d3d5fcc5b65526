#include "engine/binding_simulation.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/binding_imagine.h"
#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::engine {

namespace {

using model::Visibility;
using rollover::BindingDecision;
using Kind = BindingEvent::Kind;

/// A pass comes to rest in a few rounds; more would be a circle.
constexpr int kRounds = 16;
/// Beyond what bindings do in a hundred years.
constexpr int kMostPasses = 100'000;
/// How long an answer that there is nothing is cached, where nothing tells.
constexpr seconds kUsualNegative = std::chrono::hours(1);

seconds negative_ttl(const OwnerLook& owner) {
  for (const auto& entry : owner.facts.ledger) {
    if (entry.kind == model::LedgerKind::kDenial && entry.until == 0) return entry.value;
  }
  return kUsualNegative;
}

class Simulation {
 public:
  Simulation(BindingsLook look, const BindingSimulationTask& task)
      : task_(task), look_(std::move(look)), now_(task.now) {}

  BindingForecast run() && {
    settle_present();
    arrive();
    for (int i = 0; i < kMostPasses; ++i) {
      pass();
      const auto next = next_moment();
      if (!next || *next > task_.until) break;
      now_ = *next;
    }
    for (auto& [name, decision] : last_) {
      std::ranges::move(decision.waits, std::back_inserter(out_.waits));
      tell_end_of_served(name);
    }
    return std::move(out_);
  }

 private:
  model::Binding& binding(const std::string& name) { return look_.bindings.at(name).state.binding; }
  /// What is under way outside is taken to have happened.
  void settle_present() {
    look_.held.clear();
    for (auto& [name, owner] : look_.owners) {
      owner.held.clear();
      owner.facts.held.clear();
      owner.view.owner.shown.clear();
      publish(owner);
    }
    for (auto& [name, bound] : look_.bindings) show_served(bound);
  }

  void publish(OwnerLook& owner) const {
    auto& facts = owner.facts;
    for (auto& publication : facts.publications) {
      if (!publication.published) publication.published = now_;
    }
    for (auto& secondary : facts.secondaries) {
      if (owner.version != 0) secondary.seen.push_back({owner.version, now_});
    }
  }

  void show_served(BindingLook& bound) const {
    const auto& served = bound.state.binding.served;
    if (!served) return;
    for (auto& endpoint : bound.state.endpoints) {
      // TLS does not come by itself: that is the operator's to do first.
      if (!endpoint.is_probed || endpoint.is_without_tls) continue;
      endpoint.is_silent = false;
      endpoint.sight = model::Endpoint::Sight{.key = served->key,
                                              .satisfies = served->satisfies,
                                              .wanted = served->wanted,
                                              .hits = rollover::kHits,
                                              .at = now_};
    }
  }

  void arrive() {
    if (!task_.arriving) return;
    refresh();
    auto situation = situation_of(look_, task_.binding, now_, shares_);
    const auto answer = rollover::offer(situation, *task_.arriving);
    if (answer.kind == rollover::Offer::Kind::kRefused) {
      add({.binding = task_.binding,
           .what = fmt::format("it is refused: {}", answer.reason),
           .rule = std::string(answer.rule)});
      return;
    }
    binding(task_.binding) = std::move(situation.binding);
    names_ = names_of_imagined(*task_.arriving, binding(task_.binding).served);
  }

  /// Brings owners up to date with the virtual clock.
  void refresh() {
    for (auto& [name, owner] : look_.owners) {
      const rollover::Outside outside{.facts = owner.facts,
                                      .policy = owner.policy,
                                      .now = now_,
                                      .next_version = owner.version + 1};
      auto advanced = rollover::advance(std::move(owner.view.owner), outside, owner.binding);
      owner.view = std::move(advanced.view);
      for (const auto& move : advanced.moves) tell(move);
    }
  }

  /// Decides until nothing is left to do now, with a version for each round that changed an owner.
  void pass() {
    for (int round = 0; round < kRounds; ++round) {
      refresh();
      shares_.clear();
      decide_all(false);
      decide_all(true);
      if (!commit()) return;
    }
  }

  /// What is stopped goes with what the others at its owners decide.
  void decide_all(bool is_stopping) {
    for (auto& [name, bound] : look_.bindings) {
      const bool is_turn = bound.state.binding.is_stopping == is_stopping;
      if (is_turn && !bound.has_failed) decide(name, bound);
    }
  }

  void decide(const std::string& name, BindingLook& bound) {
    for (int round = 0; round < kRounds; ++round) {
      auto decision = rollover::decide(situation_of(look_, name, now_, shares_));
      bound.state.binding = decision.binding;
      tell_steps(name, decision);
      const bool is_more = act(name, bound, decision);
      last_[name] = std::move(decision);
      if (!is_more) break;
    }
    const auto situation = situation_of(look_, name, now_, shares_);
    for (const auto& owner : bound.owners) {
      shares_[owner].insert_or_assign(name, rollover::share_of(situation, last_.at(name), owner));
    }
  }

  /// \returns whether there is more to decide now.
  bool act(const std::string& name, BindingLook& bound, const BindingDecision& decision) {
    if (decision.deploy) {
      deploy(name, bound, *decision.deploy);
      return true;
    }
    if (decision.wants_next_key) return make_key(name, bound);
    if (!decision.order_for.empty()) return order(name, bound, decision.order_for);
    return false;
  }

  void deploy(const std::string& name, BindingLook& bound, const rollover::Deployment& deployment) {
    auto& state = bound.state.binding;
    rollover::note_deployed(state, deployment, now_);
    show_served(bound);
    BindingEvent event{
        .kind = Kind::kServed,
        .binding = name,
        .what = fmt::format("{} is served: {}", rollover::name_of(*rollover::served_chain(state)),
                            deployment.reason),
        .rule = deployment.rule,
        .chain = deployment.chain};
    if (deployment.is_outage) event.what += "; some clients refuse it";
    if (deployment.is_outage && deployment.outage_until) {
      event.what += fmt::format(" until {}", to_text(*deployment.outage_until));
    }
    add(std::move(event));
  }

  bool make_key(const std::string& name, BindingLook& bound) {
    auto situation = situation_of(look_, name, now_, shares_);
    auto key = imagine_key(*bound.config, fmt::format("key {} of {}", ++made_, name));
    const auto label = made_ == 1 ? std::string("the new key") : fmt::format("new key {}", made_);
    for (const auto& rdata : key.records) {
      names_[model::label(rdata)] =
          fmt::format("{} of {}", model::to_text(model::combination_of(rdata)), label);
    }
    if (!rollover::add_next_key(situation, std::move(key))) return false;
    bound.state.binding = std::move(situation.binding);
    if (bound.config->makes_next_key()) {
      add({.binding = name,
           .what = fmt::format("{} is made", label),
           .rule = std::string(rollover::ids::kTlsaNextKey)});
    } else {
      add({.kind = Kind::kOperator,
           .binding = name,
           .what = fmt::format("make {}: danewerk tlsa next-key {}", label, name),
           .rule = std::string(rollover::ids::kTlsaNextKey)});
    }
    return true;
  }

  bool order(const std::string& name, BindingLook& bound, const std::string& key) {
    const auto& served = bound.state.binding.served;
    if (!served || bound.state.binding.staged_for(key) != nullptr) return false;
    auto chain = imagine_certificate(
        *bound.config, *served, {.key = key, .name = fmt::format("{} {}", name, key), .now = now_});
    names_[rollover::name_of(chain)] = "the certificate for the next key";
    auto situation = situation_of(look_, name, now_, shares_);
    const auto answer = rollover::offer(situation, std::move(chain));
    if (answer.kind != rollover::Offer::Kind::kStaged) return false;
    bound.state.binding = std::move(situation.binding);
    add({.kind = Kind::kOperator,
         .binding = name,
         .what = fmt::format("order a certificate for the next key: danewerk tlsa csr {} --key "
                             "next",
                             name),
         .rule = std::string(rollover::ids::kTlsaOrder)});
    return true;
  }

  /// Of a zone that is signed elsewhere: records of other hosts stay as they are.
  static void add_others(model::TlsaOwner& owner, rollover::TlsaWish& wish) {
    if (!owner.elsewhere) return;
    auto others = owner.others();
    owner.elsewhere->ours.insert(wish.records.begin(), wish.records.end());
    wish.records = model::together(std::move(wish.records), others);
  }

  /// A pass withdraws what stands at an owner that nobody has any more; not while a binding is
  /// failed, whose it may be, nor while caches may hold an MX or SRV that leads there.
  [[nodiscard]] bool is_given_up(const OwnerLook& owner) const {
    const auto& pointers = owner.view.owner.pointers;
    const bool is_led_to = pointers && pointers->left.version != 0;
    return !is_led_to && std::ranges::none_of(look_.bindings, [&](const auto& entry) {
      const auto& owners = entry.second.owners;
      return entry.second.has_failed ||
             std::ranges::find(owners, owner.view.owner.name) != owners.end();
    });
  }

  /// \returns whether some owner has another RRset now.
  bool commit() {
    bool is_changed = false;
    for (auto& [name, owner] : look_.owners) {
      std::vector<rollover::OwnerShare> shares;
      for (const auto& [binding, share] : shares_[name]) shares.push_back(share);
      if (shares.empty() && !is_given_up(owner)) continue;
      auto wish = rollover::merge(owner.view.owner, shares).wish;
      add_others(owner.view.owner, wish);
      if (wish.records.empty()) wish.ttl = negative_ttl(owner);
      const auto& present = owner.view.owner.versions.back();
      if (present.records == wish.records && (present.ttl == wish.ttl || wish.records.empty())) {
        continue;
      }
      is_changed = true;
      ++owner.version;
      owner.facts.publications.push_back({.version = owner.version, .serial = 0});
      rollover::commit_rrset(owner.view.owner,
                             {.records = std::move(wish.records),
                              .ttl = wish.ttl,
                              .first = owner.version,
                              .made = now_,
                              .signed_until = now_ + owner.policy.signatures.validity});
      publish(owner);
    }
    return is_changed;
  }

  [[nodiscard]] std::optional<sys_seconds> next_moment() const {
    std::optional<sys_seconds> next;
    for (const auto& [name, decision] : last_) {
      if (decision.wake && (!next || *decision.wake < *next)) next = decision.wake;
    }
    return next;
  }

  /// What is decided again in the next round is the same step.
  void tell_steps(const std::string& name, const BindingDecision& decision) {
    std::set<std::string> told;
    const auto tell_once = [&](BindingEvent event) {
      const auto text = event.what;
      if (!told_[name].contains(text)) add(std::move(event));
      told.insert(text);
    };
    for (const auto& step : decision.steps) {
      tell_once({.binding = name, .what = step.what, .rule = std::string(step.rule)});
    }
    for (const auto& wait : decision.waits) {
      // What is taken to be done at once is told when it is.
      const bool is_taken = decision.wants_next_key || !decision.order_for.empty();
      if (!wait.is_operators || is_taken) continue;
      tell_once({.kind = Kind::kOperator,
                 .binding = name,
                 .what = wait.reason,
                 .rule = std::string(wait.rule)});
    }
    told_[name] = std::move(told);
  }

  void tell(const rollover::TlsaMove& move) {
    const bool is_in = move.to == Visibility::kOmnipresent;
    if (!is_in && move.to != Visibility::kHidden) return;
    add({.kind = Kind::kCaches,
         .what = fmt::format("{} at {} is in {}", model::label(move.rdata), move.owner,
                             is_in ? "every cache" : "no cache any more"),
         .rule = std::string(move.rule)});
  }

  void tell_end_of_served(const std::string& name) {
    const auto& served = binding(name).served;
    if (!served || served->not_after > task_.until || served->not_after < task_.now) return;
    auto& events = out_.events;
    const auto place = std::ranges::upper_bound(events, served->not_after, {}, &BindingEvent::at);
    events.insert(place, {.at = served->not_after,
                          .kind = Kind::kOperator,
                          .binding = name,
                          .what = renamed(fmt::format("{} ends: it has to be renewed before",
                                                      rollover::name_of(*served)))});
  }

  void add(BindingEvent event) {
    event.at = now_;
    event.what = renamed(std::move(event.what));
    out_.events.push_back(std::move(event));
  }

  [[nodiscard]] std::string renamed(std::string text) const {
    return engine::renamed(std::move(text), names_);
  }

  const BindingSimulationTask& task_;
  BindingsLook look_;
  sys_seconds now_;
  OwnerShares shares_{};  ///< of this round
  std::map<std::string, BindingDecision> last_{};
  std::map<std::string, std::set<std::string>> told_{};  ///< by binding, of the last decision
  ImaginedNames names_{};
  int made_ = 0;
  BindingForecast out_{};
};

}  // namespace

std::string_view name_of(BindingEvent::Kind kind) {
  switch (kind) {
    case Kind::kServed:
      return "served";
    case Kind::kCaches:
      return "caches";
    case Kind::kOperator:
      return "operator";
    case Kind::kStep:
      break;
  }
  return "step";
}

BindingForecast simulate(BindingsLook look, const BindingSimulationTask& task) {
  return Simulation(std::move(look), task).run();
}

}  // namespace danewerk::engine
