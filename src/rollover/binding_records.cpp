#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"
#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::RdataSet;
using model::TlsaCombination;

/// Who would refuse a combination, and why that stops it.
struct Blocker {
  std::string_view rule;
  std::string reason;
  std::optional<sys_seconds> until{};
  bool is_operators = false;
};

/// One owner in one pass.
class Plan {
 public:
  Plan(const OwnerSituation& owner, const BindingSituation& situation)
      : owner_(owner), situation_(situation), own_(own_records(owner, situation)) {
    plan_.wish.ttl = situation.policy.ttl;
  }

  RecordPlan run(const RdataSet& live) && {
    if (!owner_.view.owner.foreign.empty()) {
      hold_for_author();
      return std::move(plan_);
    }
    target_ = needed(live);
    drop_broken_combinations();
    hold_back_future();
    keep_what_must_stay();
    plan_.wish.records = std::move(target_);
    return std::move(plan_);
  }

 private:
  [[nodiscard]] const model::Binding& binding() const { return situation_.binding; }
  [[nodiscard]] const model::Chain* served() const { return served_chain(situation_.binding); }

  void hold_for_author() {
    plan_.wish.records = own_;
    wait({.subject = owner_.view.owner.name,
          .rule = ids::kTlsaForeign,
          .reason =
              fmt::format("{} has {} TLSA record(s) in the zone's source; `danewerk tlsa "
                          "adopt {}` takes them over",
                          owner_.view.owner.name, owner_.view.owner.foreign.size(), binding().name),
          .is_operators = true});
  }

  [[nodiscard]] RdataSet needed(const RdataSet& live) {
    if (!binding().is_stopping) return needed_by_us(live);
    auto target = still_asked(needed_by_us(live));
    plan_.wish.spare = target;
    return target;
  }

  /// Of these, what clients go on asking for when we are done with it: of combinations that others
  /// have, or want to have, as long as we have records beside theirs. What is served is asked for
  /// then: a new key has to be announced, and a kind that others change to would never come
  /// without ours.
  [[nodiscard]] RdataSet still_asked(const RdataSet& records) const {
    if (own_.empty()) return {};
    const auto others = model::combinations_of(owner_.neighbours);
    RdataSet out;
    std::ranges::copy_if(records, std::inserter(out, out.end()), [&](const Bytes& rdata) {
      return others.contains(model::combination_of(rdata));
    });
    return out;
  }

  [[nodiscard]] RdataSet needed_by_us(const RdataSet& live) {
    if (served() == nullptr) return of_first_chain();
    // The first chain is the operator's choice, its issuer included.
    auto target = has_records(situation_) ? publishable_needs(*served(), situation_)
                                          : needs_of(*served(), binding());
    for (const auto& chain : binding().previous) {
      target = model::together(std::move(target), publishable_needs(chain, situation_));
      if (own_.contains(chain.key_record)) target.insert(chain.key_record);
    }
    for (const auto& chain : binding().staged) {
      // Where its issuer waits for a word, no record of another kind helps it.
      target = model::together(std::move(target), model::without(needs_of(chain, binding()),
                                                                 unvouched(chain, situation_)));
      // Where clients go by keys now, a new one is announced so, whatever comes after (RFC 7671
      // section 8.2).
      if (is_announced_by_key(chain)) target.insert(chain.key_record);
    }
    target = model::together(std::move(target), of_next_key());
    target = model::together(std::move(target), adopted_anchors());
    const auto coverage = of_coverage(target);
    target = model::together(std::move(target), coverage);
    target = model::together(std::move(target), stale_records(owner_, situation_));
    for (const auto& banned : binding().banned) target.erase(banned.rdata);
    return model::together(std::move(target), live);
  }

  /// Nothing is served yet: where others, or the author, have records, a first chain has to be
  /// announced like any other; else it is served first.
  [[nodiscard]] RdataSet of_first_chain() const {
    // Beside others, what nobody wants may be what they let go of: it is not ours to keep.
    auto target = owner_.neighbours.empty() ? model::without(own_, binding().dropped)
                                            : model::common(own_, named());
    if (!has_records(situation_)) return target;
    for (const auto& chain : binding().staged) {
      target = model::together(std::move(target), needs_of(chain, binding()));
    }
    return target;
  }

  /// What chains, keys and the operator name as ours.
  [[nodiscard]] RdataSet named() const {
    auto all = binding().adopted;
    for (const auto& chain : binding().staged) {
      all = model::together(std::move(all), chain.wanted);
      all.insert(chain.key_record);
    }
    for (const auto& key : binding().keys) all = model::together(std::move(all), key.records);
    return all;
  }

  /// An authority above the issuer that the author named: as long as it is sent, any issuer below
  /// it may come.
  [[nodiscard]] RdataSet adopted_anchors() const {
    RdataSet out;
    const auto configured = model::combinations_of(served()->wanted);
    for (const auto& rdata : model::common(binding().adopted, own_)) {
      const auto combination = model::combination_of(rdata);
      const bool is_anchor =
          combination.is_dane() && combination.names_issuer() && configured.contains(combination);
      if (is_anchor && served()->satisfies.contains(rdata)) out.insert(rdata);
    }
    return out;
  }

  [[nodiscard]] bool is_announced_by_key(const model::Chain& chain) const {
    return !chain.key_record.empty() &&
           !of_combination(own_, model::combination_of(chain.key_record)).empty();
  }

  [[nodiscard]] RdataSet of_next_key() {
    const auto* next = binding().key_of(model::BindingKeyUse::kNext);
    if (next == nullptr) return {};
    RdataSet out = model::common(next->records, own_);
    if (out == next->records) return out;
    const auto& versions = owner_.view.owner.versions;
    for (std::size_t i = 0; i < versions.size(); ++i) {
      const bool is_longer =
          !versions[i].records.empty() && versions[i].ttl > situation_.policy.ttl;
      if (!is_longer) continue;
      wait_for(owner_.view.ends.at(i),
               {.subject = owner_.view.owner.name,
                .rule = ids::kTlsaTtlFirst,
                .reason = fmt::format("the next key's record waits for versions with TTL {}",
                                      to_text(versions[i].ttl)),
                .since = versions[i].made});
      return out;
    }
    return next->records;
  }

  /// Only beside a record of the same combination: alone they would match nothing that is served.
  [[nodiscard]] RdataSet of_coverage(const RdataSet& target) const {
    RdataSet out;
    const auto combinations = model::combinations_of(target);
    std::ranges::copy_if(
        situation_.coverage, std::inserter(out, out.end()),
        [&](const Bytes& rdata) { return combinations.contains(model::combination_of(rdata)); });
    return out;
  }

  /// With a banned record goes its whole combination, unless all that is served, or is to be,
  /// matches another one.
  void drop_broken_combinations() {
    if (served() == nullptr) return;
    if (binding().is_stopping) {
      break_stopped_combinations();
      return;
    }
    const auto before = target_.size();
    for (const auto& banned : binding().banned) {
      const auto combination = model::combination_of(banned.rdata);
      const auto is_broken = [&](const model::Chain& chain) {
        return chain.wanted.contains(banned.rdata) &&
               !accepts(merged(), combination, chain.satisfies);
      };
      const bool is_served = accepts(merged(), combination, served()->satisfies);
      if (is_served && std::ranges::none_of(binding().staged, is_broken)) continue;
      broken_.insert(combination);
      target_ = model::without(target_, of_combination(target_, combination));
    }
    if (target_.size() == before) return;
    if (!model::common(target_, served()->satisfies).empty()) return;
    target_.insert(served()->key_record);
    for (const auto& chain : binding().staged) target_.insert(chain.key_record);
    target_.erase(Bytes{});
  }

  /// What is stopped keeps records while facts are held, and not those of such a combination.
  void break_stopped_combinations() {
    const auto banned = banned_records(binding());
    const auto left = model::together(model::without(own_, banned), merged());
    for (const auto& rdata : model::common(own_, banned)) {
      const auto combination = model::combination_of(rdata);
      if (!accepts(left, combination, served()->satisfies)) broken_.insert(combination);
    }
  }

  /// Gate H: a combination comes only when all that is served matches it (RFC 7671 section 8.2).
  void hold_back_future() {
    for (const auto& combination : model::combinations_of(target_)) {
      const auto& present = owner_.view.owner.present();
      if (!combination.is_dane() || !of_combination(present, combination).empty()) continue;
      const auto blocker = blocker_of(combination);
      if (!blocker) continue;
      target_ = model::without(target_, of_combination(target_, combination));
      wait({.subject = fmt::format("{} at {}", model::to_text(combination), owner_.view.owner.name),
            .rule = blocker->rule,
            .reason = blocker->reason,
            .since = binding().deployed.value_or(situation_.now),
            .until = blocker->until,
            .is_operators = blocker->is_operators});
    }
  }

  [[nodiscard]] std::optional<Blocker> blocker_of(const TlsaCombination& combination) const {
    const auto rrset = merged();
    const auto refuses = [&](const RdataSet& satisfied) {
      return !accepts(rrset, combination, satisfied);
    };
    const auto name = model::to_text(combination);
    if (served() != nullptr && refuses(served()->satisfies)) {
      return Blocker{ids::kTlsaPublishGate,
                     fmt::format("no {} record matches the chain that is served", name)};
    }
    for (const auto* list : {&binding().staged, &binding().previous}) {
      const auto chain = std::ranges::find_if(
          *list, [&](const model::Chain& other) { return refuses(other.satisfies); });
      if (chain == list->end()) continue;
      return Blocker{
          ids::kTlsaPublishGate,
          fmt::format("no {} record matches {}, which may be served next", name, name_of(*chain))};
    }
    if (binding().is_untold) {
      return Blocker{
          ids::kTlsaUntold,
          "services could not be told of what is served, and may present something else"};
    }
    if (auto unseen = blocking_late_reload()) return unseen;
    return blocking_endpoint(combination, rrset);
  }

  /// A service that nobody looks at may present what was served before for as long as the way back
  /// would stay open. The first records do not wait: what is served then was there before.
  [[nodiscard]] std::optional<Blocker> blocking_late_reload() const {
    const auto& deployed = binding().deployed;
    if (binding().is_exchange || !deployed || !has_records(situation_)) return {};
    const auto unseen = std::ranges::find(situation_.endpoints, false, &model::Endpoint::is_probed);
    if (unseen == situation_.endpoints.end()) return {};
    const auto end = *deployed + rollback_window(views_of(situation_), situation_.policy);
    if (end <= situation_.now) return {};
    return Blocker{.rule = ids::kTlsaProbe,
                   .reason = fmt::format("nobody looks at {} (probe: none), and it may not present "
                                         "yet what is served",
                                         unseen->name),
                   .until = end};
  }

  [[nodiscard]] std::optional<Blocker> blocking_endpoint(const TlsaCombination& combination,
                                                         const RdataSet& rrset) const {
    if (binding().is_exchange) return std::nullopt;
    for (const auto& endpoint : situation_.endpoints) {
      const auto* sight = current_sight(endpoint, binding());
      // One that cannot be reached is a finding, not a block.
      if (!endpoint.is_probed || (sight == nullptr && endpoint.is_silent)) continue;
      // Whatever it presented before: to hold records is to defer mail (RFC 7672 section 2.2).
      if (endpoint.is_without_tls) {
        return Blocker{.rule = ids::kTlsaPlain,
                       .reason = fmt::format("{}: with records published, senders would defer",
                                             without_tls(endpoint)),
                       .is_operators = true};
      }
      if (sight == nullptr) {
        return Blocker{ids::kTlsaProbe, fmt::format("{} has not been looked at", endpoint.name)};
      }
      if (accepts(rrset, combination, sight->satisfies)) continue;
      return Blocker{ids::kTlsaPublishGate,
                     fmt::format("no {} record matches what {} presents",
                                 model::to_text(combination), endpoint.name)};
    }
    return std::nullopt;
  }

  /// A record goes as soon as nothing needs it, and not before what is needed is everywhere.
  void keep_what_must_stay() {
    const auto wanted = target_;
    const auto staying = model::together(wanted, owner_.neighbours);
    for (const auto& rdata : model::without(own_, wanted)) {
      if (auto obstacle = obstacle_to_withdrawal(rdata, wanted)) {
        keep(rdata, *std::move(obstacle));
        continue;
      }
      if (is_shared(rdata, wanted)) {
        target_.insert(rdata);
        plan_.wish.spare.insert(rdata);
        continue;
      }
      auto reason = relying_on(rdata, staying);
      if (reason.empty()) continue;
      keep(rdata, {.rule = ids::kTlsaLiveCheck,
                   .reason = std::move(reason),
                   .since = binding().deployed.value_or(situation_.now)});
    }
  }

  [[nodiscard]] bool is_banned(const Bytes& rdata) const {
    const auto& banned = binding().banned;
    return std::ranges::find(banned, rdata, &model::BannedRecord::rdata) != banned.end();
  }

  [[nodiscard]] bool goes_at_once(const Bytes& rdata) const {
    return is_banned(rdata) || broken_.contains(model::combination_of(rdata));
  }

  /// We are done with the combination, and others at the owner are not: clients go on asking for
  /// it, whoever they talk to. What an exchange takes away goes all the same.
  [[nodiscard]] bool is_shared(const Bytes& rdata, const RdataSet& wanted) const {
    const auto combination = model::combination_of(rdata);
    const bool is_asked = of_combination(wanted, combination).empty() &&
                          !of_combination(owner_.neighbours, combination).empty();
    if (!is_asked || !binding().is_exchange) return is_asked;
    return !is_banned(rdata) && served() != nullptr && served()->satisfies.contains(rdata);
  }

  /// A whole combination goes only when all that is needed instead is everywhere; a record of one
  /// that stays, when those of its kind that are needed are. What helps a thief goes as soon as
  /// the version without it has what is needed: who holds an earlier one has that record still.
  [[nodiscard]] std::optional<BindingWait> obstacle_to_withdrawal(const Bytes& withdrawn,
                                                                  const RdataSet& wanted) const {
    if (binding().is_exchange) return std::nullopt;
    // What was stolen helps a thief for as long as it is there, whatever the clock says.
    if (!situation_.held.empty() && !goes_at_once(withdrawn)) {
      return BindingWait{.rule = ids::kHeld, .reason = situation_.held, .since = situation_.now};
    }
    if (served() == nullptr) return std::nullopt;
    const auto combination = model::combination_of(withdrawn);
    const bool stays = !of_combination(wanted, combination).empty();
    if (binding().is_stopping && !stays) return std::nullopt;
    for (const auto& rdata : publishable_needs(*served(), situation_)) {
      if (stays && model::combination_of(rdata) != combination) continue;
      if (owner_.view.owner.visibility(rdata) == model::Visibility::kOmnipresent) continue;
      if (goes_at_once(withdrawn) && wanted.contains(rdata)) continue;
      BindingWait wait{.rule = ids::kTlsaIn,
                       .reason = fmt::format("{} is not in every cache", model::label(rdata)),
                       .since = situation_.now};
      apply(comes(rdata), wait);
      return wait;
    }
    return std::nullopt;
  }

  /// When every version without the record has run out.
  [[nodiscard]] Moment comes(const Bytes& rdata) const {
    Moment last{.at = sys_seconds{}};
    const auto& versions = owner_.view.owner.versions;
    for (std::size_t i = 0; i < versions.size(); ++i) {
      if (!versions[i].records.contains(rdata)) last = later_of(last, owner_.view.ends.at(i));
    }
    return last;
  }

  /// Otherwise a service that reloads late may present what was served before.
  [[nodiscard]] bool are_all_seen() const {
    return std::ranges::all_of(situation_.endpoints, [&](const model::Endpoint& endpoint) {
      return current_sight(endpoint, binding()) != nullptr;
    });
  }

  /// Who presents a chain that only this record of its combination matches, while the combination
  /// stays, in words; empty: nobody.
  [[nodiscard]] std::string relying_on(const Bytes& rdata, const RdataSet& staying) const {
    const auto combination = model::combination_of(rdata);
    const bool is_asked = combination.is_dane() && !of_combination(staying, combination).empty();
    if (!is_asked || (binding().is_exchange && is_banned(rdata))) return {};
    // Others may let go of it in this very pass: what we rely on is ours to keep.
    const auto without_it = model::without(staying, {rdata});
    const auto relies = [&](const RdataSet& satisfied) {
      return satisfied.contains(rdata) && !accepts(without_it, combination, satisfied);
    };
    if (served() != nullptr && relies(served()->satisfies)) return "what is served needs it";
    if (binding().is_exchange) return {};
    for (const auto& endpoint : situation_.endpoints) {
      const auto* sight = current_sight(endpoint, binding());
      if (sight != nullptr && relies(sight->satisfies)) {
        return fmt::format("{} still presents what it matches", endpoint.name);
      }
    }
    if (are_all_seen()) return {};
    const auto former = former_chains(binding());
    const auto before = std::ranges::find_if(
        former, [&](const model::Chain* chain) { return relies(chain->satisfies); });
    if (before == former.end()) return {};
    return fmt::format("nobody has seen that {} is presented no more", name_of(**before));
  }

  void keep(const Bytes& rdata, BindingWait wait_for_it) {
    target_.insert(rdata);
    wait_for_it.subject =
        fmt::format("withdrawal of {} at {}", model::label(rdata), owner_.view.owner.name);
    wait(std::move(wait_for_it));
  }

  void wait_for(const Moment& moment, BindingWait waiting) {
    apply(moment, waiting);
    wait(std::move(waiting));
  }
  static void apply(const Moment& moment, BindingWait& waiting) {
    waiting.until = moment.at;
    waiting.latest = moment.latest;
  }
  void wait(BindingWait waiting) { plan_.waits.push_back(std::move(waiting)); }
  [[nodiscard]] RdataSet merged() const { return model::together(target_, owner_.neighbours); }

  const OwnerSituation& owner_;
  const BindingSituation& situation_;
  RdataSet own_;
  RdataSet target_;
  std::set<TlsaCombination> broken_;  ///< go whole, with a banned record
  RecordPlan plan_;
};

}  // namespace

RdataSet stale_records(const OwnerSituation& owner, const BindingSituation& situation) {
  const auto& binding = situation.binding;
  auto stale = model::common(binding.adopted, own_records(owner, situation));
  const auto drop = [&](const model::Chain& chain) {
    stale = model::without(stale, chain.satisfies);
  };
  if (binding.served) drop(*binding.served);
  std::ranges::for_each(binding.previous, drop);
  std::ranges::for_each(binding.staged, drop);
  for (const auto& key : binding.keys) stale = model::without(stale, key.records);
  return stale;
}

RecordPlan plan_records(const OwnerSituation& owner, const BindingSituation& situation,
                        const RdataSet& live) {
  return Plan(owner, situation).run(live);
}

}  // namespace danewerk::rollover
