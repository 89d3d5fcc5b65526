/// \file
/// One binding: the chain that the client left, what is decided of it, and serving it.

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/binding_keys.h"
#include "engine/binding_parts.h"
#include "engine/binding_serve.h"
#include "rollover/binding_plan.h"
#include "rollover/tlsa_ids.h"
#include "store/service_key.h"

namespace danewerk::engine {

using model::RdataSet;

namespace {

/// Deployments of one binding in one pass: a renewal, and what it makes possible.
constexpr int kMostDeployments = 4;
/// Until every endpoint is known to present what is served, and none answers without TLS.
constexpr seconds kLookAgain = std::chrono::minutes(10);
/// Between reloads for the sake of some endpoints.
constexpr seconds kTellAgain = std::chrono::hours(1);

/// What to type, or to set, about what the rules found.
std::string remedy_for(std::string_view rule, const std::string& name) {
  namespace ids = rollover::ids;
  if (rule == ids::kTlsaKeyChanged) {
    return fmt::format("certbot: --reuse-key; danewerk tlsa roll {} --abort sends it away", name);
  }
  if (rule == ids::kTlsaIssuer) {
    return fmt::format("danewerk tlsa adopt {} --confirm-issuer vouches for it; look at it first",
                       name);
  }
  if (rule == ids::kTlsaStale) {
    return fmt::format("danewerk tlsa adopt {} --drop-stale lets go of it", name);
  }
  if (rule == ids::kTlsaSilent) return "danewerk tlsa verify says what a client meets there";
  if (rule == ids::kTlsaPlain) {
    return fmt::format("turn TLS on there, or take back the promise: danewerk tlsa stop {}", name);
  }
  return {};
}

}  // namespace

/// What the client's folder has, when nobody saw it before.
void BindingRound::offer(Bound& bound) {
  find_coverage(bound);
  if (!bound.handed.chain) return;
  const auto& handed = *bound.handed.chain;
  auto facts = facts_of(bound, handed);
  if (!facts) {
    // Most of what stands against it has an identifier of its own.
    if (judge(bound, handed)) bound.fail_with("BINDING-FAILED", facts.error());
    return;
  }
  bound.handed_id = facts->id;
  facts->arrived = pass_.now;
  auto& binding = bound.state.binding;
  const bool is_served = binding.served && binding.served->id == facts->id;
  const bool is_staged =
      std::ranges::find(binding.staged, facts->id, &model::Chain::id) != binding.staged.end();
  if (is_served || is_staged) return;
  if (!judge(bound, handed)) return;
  auto asked = situation(bound);
  asked.coverage = model::together(std::move(asked.coverage), coverage_of(bound, handed));
  const auto id = facts->id;
  const bool is_first = !binding.served && binding.staged.empty();
  const auto answer = rollover::offer(asked, *std::move(facts));
  // Also of one that is not taken something is remembered: until when its key is certified.
  binding = std::move(asked.binding);
  if (answer.kind == rollover::Offer::Kind::kRefused) {
    bound.report.findings.add(
        {.id = answer.rule,
         .level = Level::kError,
         .message = fmt::format("the renewed certificate is refused: {}", answer.reason),
         .owner = bound.config->name,
         .hint = "what is served stays; danewerk-rollover(7) explains the rule"});
    return;
  }
  if (answer.kind == rollover::Offer::Kind::kNothing) {
    bound.report.findings.add(
        {.id = answer.rule,
         .level = Level::kWarning,
         .message = fmt::format("what the client left is not served: {}", answer.reason),
         .owner = bound.config->name});
    return;
  }
  bound.coverage = std::move(asked.coverage);
  bound.state.pems[id] = tlsa::to_pem(handed);
  event(bound, is_first ? "a first certificate arrived" : "a renewed certificate arrived",
        answer.rule);
}

/// What is served, and what waits, says which authorities may come next. What the client left does
/// not, before it is accepted.
void BindingRound::find_coverage(Bound& bound) const {
  bound.coverage.clear();
  const auto add = [&](const model::Chain& known) {
    const auto pem = bound.state.pems.find(known.id);
    if (pem == bound.state.pems.end()) return;
    const auto chain = chain_of(pem->second);
    if (!chain) return;
    bound.coverage = model::together(std::move(bound.coverage), coverage_of(bound, *chain));
  };
  const auto& binding = bound.state.binding;
  if (binding.served) add(*binding.served);
  std::ranges::for_each(binding.staged, add);
}

/// Records of all issuers that the authority may use for the next certificate.
RdataSet BindingRound::coverage_of(const Bound& bound, const tlsa::Chain& chain) const {
  RdataSet records;
  const auto question = tlsa::coverage_question(catalogue_, chain, pass_.now);
  if (!question) return records;
  // Under an anchor that the author named, and that is sent, nothing more is needed.
  auto adopted = issuer_records(bound);
  std::erase_if(adopted, [&](const tlsa::Association& record) {
    return !bound.state.binding.adopted.contains(record.rdata());
  });
  const auto coverage = tlsa::coverage(catalogue_, adopted, *question);
  for (const auto& combination : combinations_of(*bound.config)) {
    if (combination.usage != tlsa::Usage::kDaneTa) continue;
    for (const auto* issuer : coverage.missing) {
      auto data = tlsa::association_data(issuer->block, combination.selector, combination.matching);
      if (!data) continue;
      records.insert(
          tlsa::Association{.combination = combination, .data = *std::move(data)}.rdata());
    }
  }
  return records;
}

/// What would make a chain useless whatever is published.
bool BindingRound::judge(Bound& bound, const tlsa::Chain& chain) {
  auto findings = tlsa::judge_chain(chain, demands_of(bound));
  const bool is_good = !findings.has_errors();
  findings.merge(tlsa::judge_issuer(catalogue_, chain, pass_.now));
  const auto& config = *bound.config;
  bound.report.findings.merge(about(findings, config.name, config.certificate));
  return is_good;
}

std::string_view name_of(Renewal renewal) {
  switch (renewal) {
    case Renewal::kServed:
      return "served";
    case Renewal::kStaged:
      return "staged";
    case Renewal::kRefused:
      break;
  }
  return "refused";
}

void BindingRound::decide(Bound& bound) {
  std::set<std::string> told;
  for (int round = 0;; ++round) {
    const auto decision = rollover::decide(situation(bound));
    for (const auto& step : decision.steps) {
      // What is decided again is the same step.
      if (told.insert(step.what).second) event(bound, step.what, step.rule);
    }
    bound.state.binding = decision.binding;
    const bool may_deploy = decision.deploy && round < kMostDeployments && !pass_.is_dry;
    if (may_deploy && deploy(bound, *decision.deploy) != Deploying::kNotNow) continue;
    const bool may_make = bound.config->makes_next_key() && !pass_.is_dry;
    if (decision.wants_next_key && may_make && make_next_key(bound)) continue;
    forget_pending(bound, decision);
    tell_again(bound, decision);
    finish(bound, decision);
    return;
  }
}

/// Some endpoints present what no record matches, and others do not: a reload may have passed them
/// by.
void BindingRound::tell_again(Bound& bound, const rollover::BindingDecision& decision) {
  auto& told = bound.state.told_again;
  const bool is_due = !told || pass_.now >= *told + kTellAgain;
  if (decision.reload.empty() || !bound.config->serve || pass_.is_dry || !is_due) return;
  const auto& served = bound.state.binding.served;
  const auto pem = served ? bound.state.pems.find(served->id) : bound.state.pems.end();
  if (pem == bound.state.pems.end()) return;
  told = pass_.now;
  event(bound,
        fmt::format("services are told again: {} presents something else", decision.reload.front()),
        rollover::ids::kTlsaDrift);
  if (is_roots(bound)) {
    if (!bound.verdict) bound.verdict = {.pem = pem->second, .is_restore = true};
    return;
  }
  const auto done = serve(bound, {.pem = pem->second, .tell = serve::DeployTask::Tell::kAgain});
  if (!done) {
    bound.fail_with("BINDING-SERVE", done.error());
  } else if (!done->trouble.empty()) {
    bound.fail_with("BINDING-RELOAD", trouble_of(*done));
  }
}

/// \returns whether there is one now.
bool BindingRound::make_next_key(Bound& bound) {
  const auto make = [&]() -> Result<std::string> {
    DW_TRY(const auto made, make_service_key(*bound.config, kind_like(bound.state)));
    auto asked = situation(bound);
    DW_TRY_VOID(rollover::add_next_key(asked, made.key));
    // From the commit on the key counts; before, its file is one that nobody asks for.
    DW_TRY(const auto file,
           store::write_service_key(key_store(), {.binding = bound.config->name, .id = made.key.id},
                                    made.pem));
    bound.state.binding = std::move(asked.binding);
    return file.string();
  };
  const auto file = make();
  if (!file) {
    bound.fail_with("BINDING-NEXT-KEY", file.error());
    return false;
  }
  event(bound, fmt::format("a next key was made: '{}'", *file), rollover::ids::kTlsaNextKey);
  return true;
}

/// What is served is a fact, whatever is remembered: of a crash between the switch of the folder
/// and the commit, of an operator's hand, or when the state was lost.
void BindingRound::take_in_served(Bound& bound) {
  if (!bound.config->serve) return;
  auto& is_doubtful = bound.state.binding.is_from_backup;
  is_doubtful |= pass_.restored.has_value();
  const auto pem = told_chain(bound);
  if (!pass_.restored) is_doubtful = false;
  if (!pem) {
    bound.fail_with("BINDING-SERVE", pem.error());
    return;
  }
  if (pem->empty()) return;
  const auto id = id_of_served(bound, *pem);
  if (!id) {
    bound.fail_with("BINDING-SERVE", id.error());
    return;
  }
  auto& binding = bound.state.binding;
  if (binding.served && binding.served->id == *id) return;
  const bool is_untold = binding.is_untold;
  const auto deployment = rollover::found_served(situation(bound), *id);
  rollover::note_deployed(binding, deployment, pass_.now);
  binding.is_untold = is_untold;
  event(bound, deployment.reason, deployment.rule);
  event(bound, "what the served folder has is what is served", {});
}

/// What services read, after they were told of it; empty: nothing.
Result<std::string> BindingRound::told_chain(Bound& bound) {
  DW_CHECK(bound.config->serve.has_value(), "only a served folder can be looked at");
  using Depth = serve::ServedFolder::Depth;
  const auto depth = is_roots(bound) ? Depth::kPublic : Depth::kAll;
  DW_TRY(auto before, served_now(*bound.config, depth));
  if (is_changed(bound, before)) {
    restore_served(bound, before);
    return std::string();
  }
  if (!before) return std::string();
  bound.state.binding.is_untold = !before->is_confirmed;
  // Of what root serves, root tells the services.
  if (before->is_confirmed || is_roots(bound) || pass_.is_dry) return std::move(before->pem);
  confirm_served(bound, before->pem);
  DW_TRY(auto now, served_now(*bound.config, depth));
  bound.state.binding.is_untold = now && !now->is_confirmed;
  return std::move(now ? now->pem : before->pem);
}

/// Services may not have been told of it, or could not take it: they are told again.
void BindingRound::confirm_served(Bound& bound, const std::string& pem) {
  const auto told = serve(bound, {.pem = pem});
  if (!told) {
    bound.fail_with("BINDING-SERVE", told.error());
  } else if (!told->trouble.empty()) {
    bound.fail_with("BINDING-RELOAD", trouble_of(*told));
  }
}

/// Without a key that came with the chain, one that was made here or is archived is taken.
Result<serve::Deployed> BindingRound::serve(const Bound& bound, ServeWish wish) {
  if (wish.key != nullptr) return serve_chain(*bound.config, wish);
  DW_TRY(const auto spare, spare_key(bound, wish.pem));
  if (spare) wish.key = &spare->pem;
  return serve_chain(*bound.config, wish);
}

/// Of what is served; a chain that is not remembered is staged first.
Result<std::string> BindingRound::id_of_served(Bound& bound, const std::string& pem) {
  auto& binding = bound.state.binding;
  DW_TRY(const auto chain, chain_of(pem));
  DW_TRY(auto facts, facts_of(bound, chain));
  const auto is_it = [&](const model::Chain& other) { return other.id == facts.id; };
  const bool is_known = (binding.served && is_it(*binding.served)) ||
                        std::ranges::any_of(binding.staged, is_it) ||
                        std::ranges::any_of(binding.previous, is_it);
  auto id = facts.id;
  if (is_known) return id;
  facts.arrived = pass_.now;
  bound.state.pems[id] = pem;
  binding.staged.push_back(std::move(facts));
  return id;
}

/// What the author adds in this pass, zones are yet to read; and what servers elsewhere show now.
bool BindingRound::finds_news(Bound& bound) {
  bool has_news = finds_news_elsewhere(bound);
  for (const auto& name : bound.owners) {
    auto& owner = *owners_.at(name);
    const auto news = known_.enter_news(owner.known, adopted_at(owner), caching_.at(name));
    if (!news) bound.fail_with("BINDING-FAILED", news.error());
    has_news |= news.value_or(false);
  }
  return has_news;
}

/// Committed by itself, and before anybody acts on it: root may be faster than this pass, and this
/// process may end meanwhile. Nothing else of the pass is.
Result<void> BindingRound::remember(Bound& bound, const rollover::Deployment& deployment) {
  // What is put there again is what is served.
  if (deployment.is_restore) return {};
  auto& pending = bound.state.binding.pending;
  auto decided = rollover::pending_of(deployment);
  // Of what is decided pass after pass until root serves it, the first reason counts (promise P6).
  if (pending) decided.reason = pending->reason;
  if (pending == decided) return {};
  pending = rollover::pending_of(deployment);
  DW_TRY(auto stored, state_.load_binding(bound.config->name));
  if (!stored) stored.emplace();
  stored->binding.name = bound.config->name;
  stored->binding.pending = pending;
  DW_TRY(auto transaction, state_.begin());
  DW_TRY_VOID(transaction.save_binding(*stored));
  return transaction.commit();
}

/// What is not to be served any more.
void BindingRound::forget_pending(Bound& bound, const rollover::BindingDecision& decision) {
  auto& pending = bound.state.binding.pending;
  if (!pending) return;
  const auto& deploy = decision.deploy;
  if (!deploy || deploy->is_restore || deploy->chain != pending->chain) pending.reset();
}

BindingRound::Deploying BindingRound::deploy(Bound& bound, const rollover::Deployment& deployment) {
  if (finds_news(bound)) return Deploying::kNews;
  auto& binding = bound.state.binding;
  if (!bound.config->serve) {
    rollover::note_deployed(binding, deployment, pass_.now);
  } else {
    const auto placed = put_in_place(bound, deployment);
    if (placed != Deploying::kServed && placed != Deploying::kUntold) return placed;
    rollover::note_deployed(binding, deployment, pass_.now);
    binding.is_untold = placed == Deploying::kUntold;
  }
  DW_CHECK(binding.served.has_value(), "what was deployed is served");
  bound.news = fmt::format("{} is served{}", rollover::name_of(*binding.served),
                           deployment.is_restore ? " again" : "");
  event(bound, fmt::format("{}: {}", bound.news, deployment.reason), deployment.rule);
  look_at({&bound});
  return Deploying::kServed;
}

/// The client's folder has another one by now, and nobody kept it. What cannot be read may be
/// there.
bool BindingRound::lacks_key(const Bound& bound, const ServeWish& wish) const {
  const auto& folder = bound.config->serve;
  const bool may_be_there = wish.key != nullptr || !bound.config->key || !bound.handed.chain;
  if (may_be_there || !folder) return false;
  const auto spare = spare_key(bound, wish.pem);
  const auto kept = has_kept_key(*folder, wish.pem);
  return spare && !*spare && kept && !*kept;
}

/// What waits and could not be served when its time comes.
void BindingRound::find_lost_keys(Bound& bound) const {
  if (is_roots(bound)) return;
  for (const auto& chain : bound.state.binding.staged) {
    const auto pem = bound.state.pems.find(chain.id);
    if (pem == bound.state.pems.end() || chain.id == bound.handed_id) continue;
    if (!lacks_key(bound, {.pem = pem->second})) continue;
    bound.report.findings.add(
        {.id = rollover::ids::kTlsaNoKey,
         .level = Level::kWarning,
         .message = fmt::format("{} waits and cannot be served: its key is nowhere any more, the "
                                "client's folder has another one",
                                rollover::name_of(chain)),
         .owner = bound.config->name,
         .hint =
             fmt::format("put certificate and key back there; danewerk tlsa roll {} --abort sends "
                         "it away",
                         bound.config->name)});
  }
}

BindingRound::Deploying BindingRound::put_in_place(Bound& bound,
                                                   const rollover::Deployment& deployment) {
  const auto pem = bound.state.pems.find(deployment.chain);
  if (pem == bound.state.pems.end()) return Deploying::kNotNow;
  if (const auto remembered = remember(bound, deployment); !remembered) {
    bound.fail_with("BINDING-SERVE", remembered.error());
    return Deploying::kNotNow;
  }
  if (is_roots(bound)) {
    bound.verdict = {.pem = pem->second, .is_restore = deployment.is_restore};
    return Deploying::kNotNow;
  }
  using Tell = serve::DeployTask::Tell;
  ServeWish wish{.pem = pem->second,
                 .tell = deployment.is_restore ? Tell::kAgain : Tell::kOfNews,
                 .check = [&] { return check_live(bound, pem->second); }};
  if (bound.handed_id == deployment.chain && bound.handed.key) wish.key = &*bound.handed.key;
  if (!deployment.is_restore && lacks_key(bound, wish)) {
    std::erase_if(bound.state.binding.staged,
                  [&](const model::Chain& chain) { return chain.id == deployment.chain; });
    event(bound, "a certificate that waited is let go: its key is nowhere any more",
          rollover::ids::kTlsaNoKey);
    return Deploying::kNoKey;
  }
  const auto done = serve(bound, std::move(wish));
  if (!done) {
    bound.fail_with("BINDING-SERVE", done.error());
    return Deploying::kNotNow;
  }
  if (!done->trouble.empty()) {
    bound.fail_with("BINDING-RELOAD", trouble_of(*done));
  }
  using Outcome = serve::Deployed::Outcome;
  if (done->outcome == Outcome::kRolledBack) return Deploying::kNotNow;
  return done->outcome == Outcome::kUnconfirmed ? Deploying::kUntold : Deploying::kServed;
}

void BindingRound::finish(Bound& bound, const rollover::BindingDecision& decision) {
  auto& report = bound.report;
  const auto decided = situation(bound);
  for (const auto& [name, wish] : decision.wishes) {
    owners_.at(name)->shares.insert_or_assign(bound.config->name,
                                              rollover::share_of(decided, decision, name));
  }
  for (const auto& finding : decision.findings) {
    report.findings.add({.id = finding.rule,
                         .level = Level::kWarning,
                         .message = finding.text,
                         .owner = bound.config->name,
                         .hint = remedy_for(finding.rule, bound.config->name)});
  }
  find_lost_keys(bound);
  report.label = rollover::name_of(decision.label);
  report.waits = decision.waits;
  report.waits_for_operator = std::ranges::any_of(
      report.waits, [](const rollover::BindingWait& wait) { return wait.is_operators; });
  bound.state.label = report.label;
  bound.state.wake = decision.wake;
  const bool is_watched = !bound.state.endpoints.empty() && !decision.binding.confirmed;
  if (is_watched || lacks_tls(bound.state)) {
    const auto soon = pass_.now + kLookAgain;
    bound.state.wake = bound.state.wake ? std::min(*bound.state.wake, soon) : soon;
  }
  report.renewal = renewal_of(bound);
  forget_chains(bound);
}

Renewal BindingRound::renewal_of(const Bound& bound) {
  const auto& binding = bound.state.binding;
  const auto is_handed = [&](const model::Chain& chain) { return chain.id == bound.handed_id; };
  // Until services took it, nobody is to be told that all is well.
  const auto served = binding.is_untold ? Renewal::kStaged : Renewal::kServed;
  if (binding.served && is_handed(*binding.served)) return served;
  return std::ranges::any_of(binding.staged, is_handed) ? Renewal::kStaged : Renewal::kRefused;
}

/// PEMs of chains that the binding let go.
void BindingRound::forget_chains(Bound& bound) {
  const auto& binding = bound.state.binding;
  std::erase_if(bound.state.pems, [&](const auto& entry) {
    const auto is_it = [&](const model::Chain& chain) { return chain.id == entry.first; };
    return !(binding.served && is_it(*binding.served)) &&
           std::ranges::none_of(binding.staged, is_it) &&
           std::ranges::none_of(binding.previous, is_it);
  });
}

}  // namespace danewerk::engine
