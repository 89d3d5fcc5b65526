#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/result.h"
#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"
#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::Chain;
using model::RdataSet;

/// A replacement of a key that somebody else has, or nobody.
bool is_way_out(const Chain& chain, const model::Binding& binding) {
  return binding.emergency && binding.served && binding.served->key != chain.key;
}

/// What is served ends before the gate opens.
bool is_expiring(const BindingSituation& situation, const GateVerdict& strict) {
  const auto& served = situation.binding.served;
  if (!served || served->not_after > situation.now + kExpiryLead) return false;
  // What has just come is not published yet.
  const auto opens = strict.opens.at.value_or(situation.now + strict.horizon);
  return opens + kExpirySlack >= served->not_after;
}

/// What of a chain clients accept after its end: usage 3 has no dates (RFC 7671 section 5.1).
RdataSet lasting(const Chain& chain) {
  RdataSet out;
  std::ranges::copy_if(chain.satisfies, std::inserter(out, out.end()), [](const Bytes& rdata) {
    return !model::combination_of(rdata).names_issuer();
  });
  return out;
}

/// Clients that accept BEFORE by these records accept AFTER by them.
bool follows(const RdataSet& records, const RdataSet& before, const RdataSet& after) {
  return std::ranges::all_of(model::common(records, before), [&](const Bytes& rdata) {
    return accepts(records, model::combination_of(rdata), after);
  });
}

class Plan {
 public:
  explicit Plan(const BindingSituation& situation)
      : situation_(situation), views_(gate_views(situation)) {
    for (auto& view : views_) add_without_banned(view);
  }

  DeployPlan run() && {
    for (const auto* chain : candidates()) {
      plan_.deploy = attempt(*chain);
      if (plan_.deploy) break;
    }
    if (plan_.deploy) plan_.deploy->is_known_by_key = is_known_by_key();
    return std::move(plan_);
  }

  [[nodiscard]] Deployment found_served(const Chain& chain) const {
    const auto strict = gate(chain.satisfies, views_, GateKind::kStrict);
    auto out = decided_before(chain, strict);
    const auto& emergency = binding().emergency;
    if (emergency && is_way_out(chain, binding()) && !out.is_exchange) {
      if (strict.is_open()) {
        out = in_time(chain);
      } else if (emergency->choice == model::EmergencyChoice::kSecurity) {
        out = under_exception(chain, strict, ids::kTlsaEmergency);
      }
    }
    out.is_known_by_key |= is_known_by_key();
    return out;
  }

 private:
  [[nodiscard]] const model::Binding& binding() const { return situation_.binding; }
  [[nodiscard]] const Chain* served() const { return served_chain(situation_.binding); }

  [[nodiscard]] bool is_out(const Bytes& rdata) const {
    return std::ranges::any_of(views_, [&](const OwnerView& view) {
      return view.owner.versions.back().records.contains(rdata);
    });
  }

  [[nodiscard]] bool is_known_by_key() const {
    return served() != nullptr && is_out(served()->key_record);
  }

  /// How long a version that is withdrawn now is held.
  [[nodiscard]] seconds longest_horizon() const {
    seconds longest{0};
    for (const auto& view : views_) longest = std::max(longest, view.horizon);
    return longest;
  }

  [[nodiscard]] Deployment decided_before(const Chain& chain, const GateVerdict& strict) const {
    Deployment out{.chain = chain.id, .gate = GateKind::kForced};
    const auto& pending = binding().pending;
    if (!pending || pending->chain != chain.id) return out;
    out.is_exchange = pending->is_exchange;
    out.is_known_by_key = pending->is_known_by_key;
    out.is_outage = pending->is_outage;
    out.rule = pending->rule;
    out.reason = pending->reason;
    // What is withdrawn goes from now on, however long ago that was decided.
    const auto latest = situation_.now + longest_horizon();
    if (out.is_outage) {
      out.outage_until = strict.is_open() ? latest : strict.opens.at.value_or(latest);
    }
    return out;
  }

  /// Records that were banned a moment ago are still there, and go whoever needs them.
  void add_without_banned(OwnerView& view) const {
    auto next = view.owner.versions.back();
    for (const auto& banned : binding().banned) next.records.erase(banned.rdata);
    if (next.records == view.owner.versions.back().records) return;
    view.owner.versions.push_back(std::move(next));
    view.ends.push_back(view.ends.back());
  }

  /// A new key before a renewal of the present one, the newest first.
  [[nodiscard]] std::vector<const Chain*> candidates() const {
    std::vector<const Chain*> out;
    std::vector<const Chain*> renewals;
    for (const auto& chain : binding().staged) {
      const bool is_renewal = served() != nullptr && chain.key == served()->key;
      auto& list = is_renewal ? renewals : out;
      list.insert(list.begin(), &chain);
    }
    out.insert(out.end(), renewals.begin(), renewals.end());
    return out;
  }

  std::optional<Deployment> attempt(const Chain& chain) {
    const auto strict = gate(chain.satisfies, views_, GateKind::kStrict);
    if (!situation_.policy.has_served_folder) return already_live(chain, strict);
    const bool way_out = is_way_out(chain, binding());
    const bool is_other_key = served() != nullptr && served()->key != chain.key;
    if (is_other_key && !way_out && has_foreign(situation_)) {
      wait(chain,
           {.rule = ids::kTlsaForeign,
            .reason = fmt::format("another key waits until the author's records are taken over: "
                                  "`danewerk tlsa adopt {}`",
                                  binding().name),
            .is_operators = true});
      return std::nullopt;
    }
    if (!situation_.held.empty() && !way_out && !is_safe_while_held(chain, strict)) {
      wait(chain, {.rule = ids::kHeld, .reason = situation_.held});
      return std::nullopt;
    }
    if (strict.is_open()) return in_time(chain);
    if (const auto rule = exception_for(chain, strict))
      return under_exception(chain, strict, *rule);
    wait_for_gate(chain, strict);
    return std::nullopt;
  }

  /// No time is needed to see that a renewal changes nothing for anybody: each version that was
  /// ever published and has not run out yet accepts it. A backup does not know each version.
  [[nodiscard]] bool is_safe_while_held(const Chain& chain, const GateVerdict& strict) const {
    return served() != nullptr && served()->key == chain.key && strict.is_open() &&
           !binding().is_from_backup;
  }

  [[nodiscard]] Deployment in_time(const Chain& chain) const {
    Deployment out{.chain = chain.id,
                   .is_exchange = is_way_out(chain, binding()),
                   .rule = std::string(ids::kTlsaDeploy),
                   .reason = "every version of the RRset that may be held accepts it"};
    if (!out.is_exchange || !is_shared(situation_)) return out;
    // What is withdrawn at once may be all that matches it beside the records of others.
    out.is_outage = true;
    out.outage_until = situation_.now + longest_horizon();
    out.rule = std::string(ids::kTlsaEmergency);
    out.reason += "; another binding has records at the same owner";
    return out;
  }

  /// The rule by which a chain is served though some version refuses it.
  [[nodiscard]] std::optional<std::string_view> exception_for(const Chain& chain,
                                                              const GateVerdict& strict) const {
    const auto& emergency = binding().emergency;
    if (is_way_out(chain, binding()) && emergency &&
        emergency->choice == model::EmergencyChoice::kSecurity) {
      return ids::kTlsaEmergency;
    }
    if (!gate(chain.satisfies, views_, GateKind::kRelaxed).is_open()) return std::nullopt;
    if (situation_.policy.is_gate_relaxed) return ids::kTlsaRelaxed;
    const bool is_new_key = served() != nullptr && served()->key != chain.key;
    if (is_new_key && situation_.policy.is_fast &&
        situation_.policy.mode == model::BindingMode::kAny) {
      return ids::kTlsaFast;
    }
    if (!is_expiring(situation_, strict)) return std::nullopt;
    if (!is_new_key || is_no_worse(chain)) return ids::kTlsaExpiring;
    return std::nullopt;
  }

  /// Whoever would accept what is served after its end accepts this one.
  [[nodiscard]] bool is_no_worse(const Chain& chain) const {
    const auto left = lasting(*served());
    return std::ranges::all_of(views_, [&](const OwnerView& view) {
      return std::ranges::all_of(view.owner.versions, [&](const model::TlsaVersion& version) {
        return follows(version.records, left, chain.satisfies);
      });
    });
  }

  [[nodiscard]] Deployment under_exception(const Chain& chain, const GateVerdict& strict,
                                           std::string_view rule) const {
    const bool is_relaxed = gate(chain.satisfies, views_, GateKind::kRelaxed).is_open();
    return Deployment{.chain = chain.id,
                      .gate = is_relaxed ? GateKind::kRelaxed : GateKind::kForced,
                      .is_exchange = rule == ids::kTlsaFast || rule == ids::kTlsaEmergency,
                      .is_outage = true,
                      .outage_until = strict.opens.at.value_or(situation_.now + strict.horizon),
                      .rule = std::string(rule),
                      .reason = strict.reason};
  }

  /// Services read the client's own folder: it has happened, whatever the gate says.
  [[nodiscard]] Deployment already_live(const Chain& chain, const GateVerdict& strict) const {
    Deployment out{.chain = chain.id,
                   .gate = GateKind::kForced,
                   .rule = std::string(ids::kTlsaDeploy),
                   .reason = "services read it from the client's folder"};
    if (strict.is_open()) return out;
    out.is_outage = true;
    out.outage_until = strict.opens.at.value_or(situation_.now + strict.horizon);
    out.reason += "; " + strict.reason;
    return out;
  }

  void wait_for_gate(const Chain& chain, const GateVerdict& strict) {
    if (auto word = awaited_word(chain, situation_)) {
      wait(chain, *std::move(word));
      return;
    }
    BindingWait waiting{.rule = ids::kTlsaGate,
                        .reason = strict.reason,
                        .until = strict.opens.at,
                        .latest = strict.opens.latest};
    if (!strict.opens.at) {
      waiting.expected = situation_.now + strict.horizon;
      if (!strict.opens.rule.empty()) waiting.rule = strict.opens.rule;
      if (strict.opens.rule == ids::kTlsaIn) waiting.rule = ids::kTlsaGate;
    }
    wait(chain, std::move(waiting));
  }

  void wait(const Chain& chain, BindingWait waiting) {
    waiting.subject = name_of(chain);
    waiting.since = chain.arrived;
    plan_.waits.push_back(std::move(waiting));
  }

  const BindingSituation& situation_;
  std::vector<OwnerView> views_;
  DeployPlan plan_;
};

/// Takes the chain out of wherever it stands: on the way back it is staged and previous.
std::optional<Chain> take(model::Binding& binding, const std::string& id) {
  std::optional<Chain> taken;
  for (auto* list : {&binding.staged, &binding.previous}) {
    const auto found = std::ranges::find(*list, id, &Chain::id);
    if (found == list->end()) continue;
    if (!taken) taken = std::move(*found);
    list->erase(found);
  }
  return taken;
}

/// What came before it with a key that nobody announced does not take its place later: the client
/// has let go of it.
void drop_superseded(model::Binding& binding, const std::string& id) {
  auto& staged = binding.staged;
  const auto chain = std::ranges::find(staged, id, &Chain::id);
  if (chain == staged.end() || !binding.served) return;
  if (served_chain(binding)->key == chain->key) return;
  staged.erase(
      std::remove_if(staged.begin(), chain,
                     [&](const Chain& other) { return binding.key(other.key) == nullptr; }),
      chain);
}

void retire_key(model::Binding& binding, const std::string& id, sys_seconds now) {
  for (auto& key : binding.keys) {
    if (key.id != id || key.use == model::BindingKeyUse::kCompromised) continue;
    key.use = model::BindingKeyUse::kRetired;
    key.since = now;
  }
}

void use_key(model::Binding& binding, const Chain& chain, sys_seconds now) {
  auto* key = binding.key(chain.key);
  if (key == nullptr) {
    key = &binding.keys.emplace_back(model::BindingKey{.id = chain.key, .since = now});
  }
  if (key->use == model::BindingKeyUse::kNext) binding.is_roll_wanted = false;
  if (key->use != model::BindingKeyUse::kCurrent) key->since = now;
  key->use = model::BindingKeyUse::kCurrent;
  key->certified_until = std::max(key->certified_until, {chain.not_after});
}

/// The stolen key stays valid by its own records for ever; by those of issuers until its last
/// certificate ends: all of the key, of whichever issuer, are public (RFC 7672 section 4, RFC
/// 6962).
void ban_records_of(model::Binding& binding, const Chain& stolen) {
  auto records = stolen.wanted;
  records.insert(stolen.key_record);
  auto end = stolen.not_after;
  if (const auto* key = binding.key(stolen.key)) {
    records = model::together(std::move(records), key->records);
    end = std::max(end, key->certified_until.value_or(end));
  }
  const auto matched = model::together(std::move(records), stolen.satisfies);
  for (const auto& rdata : matched) {
    const bool is_issuers = rdata.size() >= 3 && model::combination_of(rdata).names_issuer();
    if (rdata.size() >= 3 && !is_issuers) binding.banned.push_back({rdata, {}});
  }
  binding.stolen_until = std::max(binding.stolen_until.value_or(end), end);
}

/// Records that clients may go by: also one that is banned, while it is there.
RdataSet asked_of(const Chain& chain, const model::Binding& binding) {
  return model::together(chain.wanted, needs_of(chain, binding));
}

void leave_behind(model::Binding& binding, Chain old, const Deployment& deployment,
                  sys_seconds now) {
  const bool is_new_key = old.key != served_chain(binding)->key;
  if (is_new_key) retire_key(binding, old.key, now);
  const bool is_compromised = binding.is_compromised(old.key);
  if (is_new_key && binding.emergency) {
    if (binding.emergency->kind == model::EmergencyKind::kKeyStolen) ban_records_of(binding, old);
    binding.emergency.reset();
  }
  const bool needs_more =
      !std::ranges::includes(asked_of(*served_chain(binding), binding), asked_of(old, binding)) ||
      (is_new_key && deployment.is_known_by_key);
  if (!binding.is_exchange && !is_compromised && needs_more) {
    binding.previous.push_back(std::move(old));
  }
  std::erase_if(binding.staged, [&](const Chain& chain) {
    const auto* key = binding.key(chain.key);
    return key != nullptr && (key->use == model::BindingKeyUse::kRetired ||
                              key->use == model::BindingKeyUse::kCompromised);
  });
}

}  // namespace

std::string name_of(const Chain& chain) {
  constexpr std::size_t kShown = 8;
  return fmt::format("certificate {} of key {}", chain.id.substr(0, kShown),
                     chain.key.substr(0, kShown));
}

DeployPlan plan_deployment(const BindingSituation& situation, const Drift& drift) {
  // Once a pass: a look from before the last attempt took effect is no reason for another.
  const bool is_done = situation.binding.deployed == situation.now;
  if (!drift.is_restorable || is_done) return Plan(situation).run();
  return {.deploy = Deployment{.chain = served_chain(situation.binding)->id,
                               .gate = GateKind::kForced,
                               .is_restore = true,
                               .rule = std::string(ids::kTlsaDrift),
                               .reason = "no endpoint presents what the records match"}};
}

model::PendingDeployment pending_of(const Deployment& deployment) {
  return {.chain = deployment.chain,
          .rule = deployment.rule,
          .reason = deployment.reason,
          .is_exchange = deployment.is_exchange,
          .is_known_by_key = deployment.is_known_by_key,
          .is_outage = deployment.is_outage};
}

Deployment found_served(const BindingSituation& situation, const std::string& chain) {
  const auto& binding = situation.binding;
  for (const auto* list : {&binding.staged, &binding.previous}) {
    const auto found = std::ranges::find(*list, chain, &Chain::id);
    if (found != list->end()) return Plan(situation).found_served(*found);
  }
  DW_CHECK(false, "a chain that is found served is remembered");
}

void note_deployed(model::Binding& binding, const Deployment& deployment, sys_seconds now) {
  binding.deployed = now;
  binding.confirmed.reset();
  binding.is_untold = false;
  if (deployment.is_restore) return;
  binding.pending.reset();
  drop_superseded(binding, deployment.chain);
  auto chain = take(binding, deployment.chain);
  if (!chain && binding.served && served_chain(binding)->id == deployment.chain) return;
  DW_CHECK(chain.has_value(), "a chain that is deployed is staged");
  auto old = std::exchange(binding.served, std::move(chain));
  binding.is_exchange = deployment.is_exchange;
  if (binding.is_exchange) binding.previous.clear();
  use_key(binding, *served_chain(binding), now);
  if (old) leave_behind(binding, std::move(*old), deployment, now);
  if (!deployment.is_outage) return;
  binding.incidents.push_back(
      {.at = now,
       .rule = deployment.rule,
       .what = fmt::format("{} is served though {}", name_of(*served_chain(binding)),
                           deployment.reason),
       .until = deployment.outage_until,
       .is_open = true});
}

}  // namespace danewerk::rollover
