#include "engine/binding_round.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "config/issuers.h"
#include "engine/binding_parts.h"
#include "engine/standing_findings.h"
#include "rollover/binding_view.h"
#include "tlsa/chain_facts.h"
#include "update/ids.h"

namespace danewerk::engine {

using model::RdataSet;

namespace {

model::BindingMode mode_of(config::CertificateKeyPolicy policy) {
  switch (policy) {
    case config::CertificateKeyPolicy::kStable:
      return model::BindingMode::kStable;
    case config::CertificateKeyPolicy::kNext:
      return model::BindingMode::kNext;
    case config::CertificateKeyPolicy::kAny:
      break;
  }
  return model::BindingMode::kAny;
}

model::BindingPolicy policy_of(const config::Certificate& certificate) {
  return {.mode = mode_of(certificate.key_policy),
          .is_key_pinned = certificate.is_key_pinned,
          .learns_issuers = certificate.learns_issuers,
          .is_fast = certificate.is_new_key_served_at_once,
          .is_gate_relaxed = certificate.is_gate_relaxed,
          .has_served_folder = certificate.serve.has_value(),
          .ttl = certificate.ttl,
          .cache_factor = certificate.ttl_factor,
          .margin = certificate.margin,
          .least_rollback = certificate.rollback};
}

std::string first_error(const Findings& findings) {
  const auto& all = findings.list();
  const auto found = std::ranges::find(all, Level::kError, &Finding::level);
  return found == all.end() ? std::string("failed") : found->message;
}

}  // namespace

BindingRound::BindingRound(const PassTask& pass, store::State& state)
    : pass_(pass),
      state_(state),
      known_(pass, state),
      elsewhere_(pass),
      endpoint_look_(pass.now, pass.resolvers) {}
BindingRound::~BindingRound() = default;

Result<std::vector<BindingReport>> BindingRound::run() {
  std::vector<BindingReport> reports;
  if (!pass_.is_dry) DW_TRY_VOID(withdraw_verdicts());
  DW_TRY_VOID(read_state());
  const bool has_left = !known_.empty() || !left_bindings_.empty();
  if (pass_.config->certificates.empty() && !has_left) return reports;
  find_elsewhere();
  elsewhere_.look();
  DW_TRY_VOID(load_bindings());
  DW_TRY_VOID(load_left_owners());
  each_sound([&](Bound& bound) { take_in_served(bound); });
  look_at_endpoints();
  each_sound([&](Bound& bound) { offer(bound); });
  each_sound([&](Bound& bound) { go_back(bound); });
  settle_all();
  gather_wishes();
  DW_TRY_VOID(change_elsewhere());
  for (auto& [name, bound] : bound_) conclude(*bound);
  if (!pass_.is_dry) DW_TRY_VOID(save());
  for (auto& [name, bound] : bound_) bound->handover.reset();
  for (auto& [name, bound] : bound_) reports.push_back(std::move(bound->report));
  return reports;
}

/// What is stopped goes with what the others at its owners decide.
void BindingRound::settle_all() {
  for (const bool is_stopping : {false, true}) {
    each_sound([&](Bound& bound) {
      if (bound.state.binding.is_stopping == is_stopping) settle(bound);
    });
  }
}

/// All that is possible for one binding, and what is left over from before.
void BindingRound::settle(Bound& bound) {
  decide(bound);
  advise_cure(bound);
  tell_root(bound);
  if (pass_.is_dry) return;
  set_old_keys_aside(bound);
  // What a backup knows of the way back may be old.
  if (!pass_.restored) drop_old_files(bound);
}

/// Those that have not failed by then.
void BindingRound::each_sound(const std::function<void(Bound&)>& step) {
  for (auto& [name, bound] : bound_) {
    if (!bound->has_failed) step(*bound);
  }
}

void BindingRound::conclude(Bound& bound) const {
  auto& report = bound.report;
  report.failed = report.findings.has_errors();
  tell(report.findings, bound.state.findings, {.news = report.news, .now = pass_.now});
  // A pass in which nothing happens writes nothing (promise P6).
  if (report.failed) {
    bound.state.last_outcome = first_error(report.findings);
  } else if (!report.what.empty()) {
    bound.state.last_outcome = report.what;
    bound.state.last_pass = pass_.now;
  }
}

const std::vector<OwnerWish>& BindingRound::wishes(const std::string& zone) const {
  static const std::vector<OwnerWish> none;
  const auto found = wishes_.find(zone);
  return found == wishes_.end() ? none : found->second;
}

GuardedServices BindingRound::guarded() const {
  auto all = guarded_services(*pass_.config, [&](const std::string& name) {
    const auto found = owners_.find(name);
    return found == owners_.end() ? nullptr : &found->second->known.view.owner;
  });
  std::map<std::string, const OwnerWish*> by_name;
  for (const auto& [zone, there] : wishes_) {
    for (const auto& wish : there) by_name.emplace(wish.owner.name, &wish);
  }
  for (auto& [zone, services] : all) {
    for (auto& one : services) {
      const auto wish = by_name.find(owner_name(one.service));
      if (wish != by_name.end()) one.wanted = wish->second->wanted;
    }
  }
  return all;
}

Result<void> BindingRound::load_bindings() {
  auto issuers = config::read_all_issuers(pass_.config->issuers);
  auto read = tlsa::Catalogue::make(std::move(issuers.issuers));
  catalogue_ = std::move(read.catalogue);
  find_caching();
  for (const auto& [name, certificate] : pass_.config->certificates) {
    auto bound = std::make_unique<Bound>();
    bound->config = &certificate;
    bound->policy = policy_of(certificate);
    bound->report.name = name;
    recall(*bound);
    for (const auto& service : certificate.services) enter_owner(service, *bound);
    bound_.emplace(name, std::move(bound));
  }
  stored_.clear();
  for (auto& [name, bound] : bound_) {
    DW_TRY_VOID(enter_left(*bound));
    read_chains(*bound);
  }
  return {};
}

/// Where several certificates share an owner, the most careful word on caches counts.
void BindingRound::find_caching() {
  for (const auto& [name, certificate] : pass_.config->certificates) {
    const auto policy = policy_of(certificate);
    for (const auto& service : certificate.services) {
      auto& caching = caching_.try_emplace(owner_name(service), policy).first->second;
      caching.cache_factor = std::max(caching.cache_factor, policy.cache_factor);
      caching.margin = std::max(caching.margin, policy.margin);
      caching.ttl = std::max(caching.ttl, policy.ttl);
    }
  }
}

void BindingRound::enter_owner(const config::Service& service, Bound& bound) {
  const auto host = host_name(service);
  if (std::ranges::find(bound.hosts, host) == bound.hosts.end()) bound.hosts.push_back(host);
  const auto name = owner_name(service);
  if (std::ranges::find(bound.owners, name) != bound.owners.end()) return;
  bound.owners.push_back(name);
  const auto* zone = zone_of(*pass_.config, name);
  const bool is_elsewhere = elsewhere_.contains(name);
  if (zone == nullptr && !is_elsewhere) {
    bound.has_failed = true;
    bound.report.findings.add(no_zone(name, bound.config->name));
    return;
  }
  auto owner =
      is_elsewhere ? owner_elsewhere(name, bound) : owner_at(name, *zone, caching_.at(name));
  if (!owner) {
    bound.has_failed = true;
    bound.fail_with(is_elsewhere ? update::ids::kNotMeasured : "BINDING-FAILED", owner.error());
    return;
  }
  (*owner)->bindings.push_back(bound.config->name);
  const auto& obstacle = (*owner)->known.view.owner.obstacle;
  if (!obstacle.empty()) {
    bound.report.findings.add(
        {.id = "BINDING-OWNER-TAKEN",
         .level = Level::kWarning,
         .message = fmt::format("no record of ours can stand at {}: {}", name, obstacle),
         .owner = bound.config->name,
         .hint =
             "say by `records-at` of the service where the alias leads; take it out of the zone "
             "file; name the delegated zone in `zones`; or take the service out of "
             "`certificates`"});
  }
  if (zone == nullptr) return;
  const bool is_news = bound.report.zones.insert(zone->name).second;
  const auto& entry = (*owner)->known.entry;
  if (is_news && entry.standing == SecureEntry::Standing::kNone) {
    bound.report.findings.add(no_entry(zone->name, bound.config->name, entry.why));
  }
}

Result<BindingRound::Owner*> BindingRound::owner_at(const std::string& name,
                                                    const config::ZoneConfig& zone,
                                                    const model::BindingPolicy& policy) {
  auto& owner = owners_[name];
  if (owner) return owner.get();
  auto known = known_.load(name, zone, policy);
  if (!known) {
    owners_.erase(name);
    return tl::unexpected(std::move(known).error());
  }
  owner = std::make_unique<Owner>();
  owner->known = *std::move(known);
  return owner.get();
}

/// Services that left the configuration: their records go, and then they are forgotten.
Result<void> BindingRound::load_left_owners() {
  for (const auto& name : known_.left()) {
    DW_TRY_VOID(owner_at(name, *zone_of(*pass_.config, name), {}));
  }
  return {};
}

/// That clients may hold, whoever published them.
RdataSet BindingRound::published_records(const Bound& bound) const {
  RdataSet all;
  const auto add = [&](const std::string& name) {
    const auto& owner = owners_.at(name)->known.view.owner;
    all.insert(owner.foreign.begin(), owner.foreign.end());
    for (const auto& version : owner.versions) {
      all.insert(version.records.begin(), version.records.end());
    }
  };
  std::ranges::for_each(bound.owners, add);
  std::ranges::for_each(bound.left, add);
  return all;
}

/// All records that a chain may be asked about.
RdataSet BindingRound::records_in_question(const Bound& bound) const {
  auto all = model::together(published_records(bound), bound.state.binding.adopted);
  for (const auto& [name, other] : bound_) {
    const auto& binding = other->state.binding;
    const auto add = [&](const model::Chain& chain) {
      all.insert(chain.wanted.begin(), chain.wanted.end());
    };
    if (binding.served) add(*binding.served);
    std::ranges::for_each(binding.staged, add);
    std::ranges::for_each(binding.previous, add);
    for (const auto& key : binding.keys) all.insert(key.records.begin(), key.records.end());
  }
  return all;
}

Result<model::Chain> BindingRound::facts_of(const Bound& bound, const tlsa::Chain& chain) const {
  tlsa::ChainQuestion question{.records = records_in_question(bound),
                               .wanted = combinations_of(*bound.config),
                               .catalogue = &catalogue_};
  for (const auto& host : bound.hosts) {
    question.views.push_back({.names = {host}, .at = pass_.now});
  }
  return tlsa::chain_facts(chain, question);
}

/// Each is read once a pass: signatures are checked then.
Result<tlsa::Chain> BindingRound::chain_of(const std::string& pem) const {
  const auto known = chains_.find(pem);
  if (known != chains_.end()) return known->second;
  DW_TRY(auto chain, chain_from_pem(pem));
  return chains_.emplace(pem, std::move(chain)).first->second;
}

store::KeyFolder BindingRound::key_store() const {
  return {pass_.config->keys, store::FolderKind::kOurs};
}

/// The client's files, and the chains that are remembered: what they satisfy is found out anew.
void BindingRound::read_chains(Bound& bound) {
  if (bound.has_failed) return;
  if (const auto opened = open_handover(bound); !opened) {
    bound.has_failed = true;
    bound.fail_with("BINDING-FAILED", opened.error());
    return;
  }
  bound.handed = read_handed(bound);
  bound.report.findings.merge(Findings(bound.handed.findings));
  if (bound.handed.chain) append_root(bound, *bound.handed.chain);
  auto& binding = bound.state.binding;
  const auto refresh = [&](model::Chain& chain) {
    const auto pem = bound.state.pems.find(chain.id);
    auto read = pem == bound.state.pems.end()
                    ? Result<tlsa::Chain>(fail(Errc::kCorrupt, "a chain of the state is missing"))
                    : chain_of(pem->second);
    auto facts = read ? facts_of(bound, *read) : tl::unexpected(std::move(read).error());
    if (!facts) {
      bound.has_failed = true;
      bound.fail_with("BINDING-FAILED", facts.error());
      return;
    }
    facts->arrived = chain.arrived;
    chain = *std::move(facts);
  };
  if (binding.served) refresh(*binding.served);
  std::ranges::for_each(binding.staged, refresh);
  std::ranges::for_each(binding.previous, refresh);
}

rollover::BindingSituation BindingRound::situation(const Bound& bound) const {
  rollover::BindingSituation situation;
  situation.binding = bound.state.binding;
  situation.policy = bound.policy;
  situation.endpoints = bound.state.endpoints;
  situation.coverage = bound.coverage;
  situation.now = pass_.now;
  if (pass_.restored)
    situation.held = "the state is a backup's, and its secondaries were not asked";
  const auto claimed = rollover::claimed_records(bound.state.binding, bound.coverage);
  for (const auto& name : bound.owners) {
    const auto& owner = *owners_.at(name);
    rollover::OwnerSituation one{.view = owner.known.view,
                                 .neighbours = owner.known.view.owner.others()};
    for (const auto* sharing : sharing_place(owner)) {
      add_neighbours(bound, claimed, *sharing, one);
    }
    situation.owners.push_back(std::move(one));
    if (situation.held.empty()) situation.held = owner.known.held;
  }
  for (const auto& name : bound.left) {
    situation.left.push_back(ours_of(owners_.at(name)->known.view));
  }
  return situation;
}

void BindingRound::add_neighbours(const Bound& bound, const model::RdataSet& claimed,
                                  const Owner& owner, rollover::OwnerSituation& situation) const {
  for (const auto& other : owner.bindings) {
    if (other == bound.config->name) continue;
    add_neighbour(*bound_.at(other), claimed, owner, situation);
  }
}

/// Owners whose records stand where those of OWNER do, itself among them: aliases lead there.
std::vector<const BindingRound::Owner*> BindingRound::sharing_place(const Owner& owner) const {
  std::vector<const Owner*> all;
  for (const auto& [name, other] : owners_) {
    if (other->known.view.owner.place() == owner.known.view.owner.place())
      all.push_back(other.get());
  }
  return all;
}

void BindingRound::add_neighbour(const Bound& other, const model::RdataSet& claimed,
                                 const Owner& owner, rollover::OwnerSituation& situation) {
  const auto& binding = other.state.binding;
  situation.named_by_others =
      model::together(std::move(situation.named_by_others), rollover::named_records(binding));
  const auto decided = owner.shares.find(binding.name);
  if (decided != owner.shares.end()) {
    situation.neighbours = model::together(situation.neighbours, decided->second.wish.records);
    return;
  }
  situation.neighbours =
      model::together(std::move(situation.neighbours),
                      rollover::standing_records(binding, claimed, owner.known.view.owner));
}

void BindingRound::gather_wishes() {
  for (const auto& [name, owner] : owners_) {
    const auto* zone = owner->known.zone;
    if (zone != nullptr && !is_forgotten(*owner)) wishes_[zone->name].push_back(wish_at(*owner));
  }
}

/// The author's records there that bindings took over.
RdataSet BindingRound::adopted_at(const Owner& owner) const {
  RdataSet all;
  for (const auto* sharing : sharing_place(owner)) {
    for (const auto& binding : sharing->bindings) {
      const auto& adopted = bound_.at(binding)->state.binding.adopted;
      all.insert(adopted.begin(), adopted.end());
    }
  }
  return all;
}

OwnerWish BindingRound::wish_at(const Owner& owner) {
  const auto& view = owner.known.view;
  OwnerWish wish{.owner = view.owner,
                 .adopted = adopted_at(owner),
                 .protected_from = rollover::protected_from(view),
                 .alias_ready = view.alias_ready,
                 .former_ends = view.former_ends,
                 .pointers_end = view.pointers_end};
  std::vector<rollover::OwnerShare> shares;
  for (const auto* sharing : sharing_place(owner)) {
    for (const auto& binding : sharing->bindings) {
      shares.push_back(share_of(*bound_.at(binding), *sharing));
    }
  }
  auto merged = rollover::merge(wish.owner, shares);
  wish.wanted = std::move(merged.wish.records);
  wish.ttl = merged.wish.ttl;
  const bool is_left = owner.bindings.empty();
  wish.is_left = is_left && !has_failed_binding() && !wish.owner.present().empty();
  // It may be the failed one's, by a slip of the pen: nothing goes before that is put right.
  const bool is_in_doubt = is_left && has_failed_binding();
  if (is_in_doubt || is_kept_for_pointers(wish)) keep_present(wish);
  if (!is_left) {
    auto& waits = bound_.at(owner.bindings.front())->report.waits;
    std::ranges::move(merged.waits, std::back_inserter(waits));
  }
  return wish;
}

bool BindingRound::has_failed_binding() const {
  return std::ranges::any_of(bound_, [](const auto& entry) { return entry.second->has_failed; });
}

/// Of a binding that failed, what stands there stays.
rollover::OwnerShare BindingRound::share_of(const Bound& bound, const Owner& owner) {
  const auto decided = owner.shares.find(bound.config->name);
  if (decided != owner.shares.end()) return decided->second;
  const auto& known = owner.known.view.owner;
  rollover::OwnerShare share;
  share.binding = bound.config->name;
  share.wish.records =
      model::without(model::without(known.present(), known.foreign), known.others());
  share.wish.ttl = bound.policy.ttl;
  if (const auto& served = bound.state.binding.served) share.chains.push_back(served->satisfies);
  return share;
}

void BindingRound::event(Bound& bound, const std::string& what, std::string_view rule) {
  if (what.empty()) return;
  // Whatever else happens: that another certificate is served is what people look for.
  const bool is_said = bound.news.empty() || what.starts_with(bound.news);
  bound.report.what = is_said ? what : fmt::format("{}; {}", bound.news, what);
  events_.push_back({.at = pass_.now,
                     .who = "engine",
                     .what = fmt::format("certificate {}: {}", bound.config->name, what),
                     .rule = std::string(rule)});
}

/// Nobody wants records there, and no resolver can hold any. An alias that is held back is let go
/// by a pass that reads the zone file.
bool BindingRound::is_forgotten(const Owner& owner) {
  const auto& known = owner.known.view.owner;
  return owner.bindings.empty() && !known.coming &&
         std::ranges::all_of(known.versions,
                             [](const auto& version) { return version.records.empty(); });
}

Result<void> BindingRound::save() {
  DW_TRY(auto transaction, state_.begin());
  for (auto& [name, bound] : bound_) {
    if (bound->has_failed) continue;
    remember_owners(*bound);
    DW_TRY_VOID(transaction.save_binding(bound->state));
    const auto& before = bound->heir_of;
    if (before) DW_TRY_VOID(transaction.remove_binding(*before));
  }
  DW_TRY_VOID(save_owners(transaction));
  DW_TRY_VOID(forget_bindings(transaction));
  for (const auto& one : known_.events) DW_TRY_VOID(transaction.add_event(one));
  for (const auto& one : events_) DW_TRY_VOID(transaction.add_event(one));
  return transaction.commit();
}

}  // namespace danewerk::engine
