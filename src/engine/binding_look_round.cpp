/// \file
/// What a pass over bindings begins with, for requests of the operator.

#include <algorithm>

#include "engine/binding_parts.h"

namespace danewerk::engine {

namespace {

std::vector<std::string> names_of(const std::vector<const tlsa::KnownIssuer*>& issuers) {
  std::vector<std::string> names;
  names.reserve(issuers.size());
  for (const auto* issuer : issuers) names.push_back(issuer->entry.name);
  return names;
}

}  // namespace

/// Records with usage 2 that stand at every owner of the binding.
std::vector<tlsa::Association> BindingRound::issuer_records(const Bound& bound) const {
  std::vector<tlsa::Association> associations;
  if (bound.owners.empty()) return associations;
  auto records = owners_.at(bound.owners.front())->known.view.owner.present();
  for (const auto& name : bound.owners) {
    records = model::common(records, owners_.at(name)->known.view.owner.present());
  }
  for (const auto& rdata : records) {
    auto association = tlsa::association_from_rdata(rdata);
    const bool is_issuers = association && association->combination.usage == tlsa::Usage::kDaneTa;
    if (is_issuers) associations.push_back(*std::move(association));
  }
  return associations;
}

/// Asked of what is served; before the first time, of what the client left.
std::optional<IssuerLook> BindingRound::issuers_of(const Bound& bound) const {
  const auto associations = issuer_records(bound);
  const auto wanted = combinations_of(*bound.config);
  const bool is_wanted = std::ranges::any_of(wanted, [](const tlsa::Combination& combination) {
    return combination.usage == tlsa::Usage::kDaneTa;
  });
  if (!is_wanted && associations.empty()) return std::nullopt;
  auto chain = bound.handed.chain;
  const auto& served = bound.state.binding.served;
  const auto pem = served ? bound.state.pems.find(served->id) : bound.state.pems.end();
  if (pem != bound.state.pems.end()) {
    if (auto read = chain_of(pem->second)) chain = *std::move(read);
  }
  if (!chain) return std::nullopt;
  const auto question = tlsa::coverage_question(catalogue_, *chain, pass_.now);
  if (!question) return std::nullopt;
  const auto coverage = tlsa::coverage(catalogue_, associations, *question);
  return IssuerLook{.authority = question->authority,
                    .family = question->family,
                    .covered = names_of(coverage.covered),
                    .missing = names_of(coverage.missing),
                    .idle = names_of(coverage.idle)};
}

Result<BindingsLook> BindingRound::look() {
  DW_TRY_VOID(read_state());
  find_elsewhere();
  DW_TRY_VOID(load_bindings());
  BindingsLook look;
  if (pass_.restored) look.held = "the state is a backup's, and its secondaries were not asked";
  for (auto& [name, bound] : bound_) {
    if (!bound->has_failed) find_coverage(*bound);
    look.bindings.emplace(name, BindingLook{.config = bound->config,
                                            .policy = bound->policy,
                                            .state = bound->state,
                                            .owners = bound->owners,
                                            .left = bound->left,
                                            .coverage = bound->coverage,
                                            .issuers = {},
                                            .findings = bound->report.findings,
                                            .has_failed = bound->has_failed});
  }
  for (const auto& [name, owner] : owners_) {
    const auto& known = owner->known;
    OwnerLook one{.zone = known.zone,
                  .view = known.view,
                  .facts = known.facts,
                  .policy = known.policy,
                  .version = known.version,
                  .entry = known.entry,
                  .held = known.held};
    if (const auto caching = caching_.find(name); caching != caching_.end()) {
      one.binding = caching->second;
    }
    if (known.zone != nullptr) DW_TRY_VOID(enter_zone(*known.zone, one));
    look.owners.emplace(name, std::move(one));
  }
  for (auto& [name, one] : look.bindings) {
    if (!one.has_failed) one.issuers = issuers_of(*bound_.at(name));
  }
  return look;
}

Result<Findings> BindingRound::refusals() {
  DW_TRY_VOID(read_state());
  find_elsewhere();
  DW_TRY_VOID(load_bindings());
  each_sound([&](Bound& bound) { offer(bound); });
  Findings refused;
  for (const auto& [name, bound] : bound_) {
    for (const auto& finding : bound->report.findings.list()) {
      const bool is_wanted =
          finding.id.starts_with("ROLL-TLSA-") || finding.id == "BINDING-OWNER-TAKEN";
      if (is_wanted) refused.add(finding);
    }
  }
  return refused;
}

Result<void> BindingRound::enter_zone(const config::ZoneConfig& zone, OwnerLook& look) const {
  look.policy = pass_.config->policy_of(zone);
  DW_TRY(auto state, state_.load(zone.name));
  if (!state) return {};
  look.version = state->version;
  look.facts = std::move(state->facts);
  return {};
}

namespace {

Result<PassTask> dry_pass(const config::Config& config, store::State& state, sys_seconds now) {
  PassTask pass{.config = &config, .now = now, .is_dry = true};
  DW_TRY(pass.last_pass, state.last_pass());
  DW_TRY(pass.restored, state.restored_at());
  return pass;
}

}  // namespace

Result<BindingsLook> look_at_bindings(const config::Config& config, store::State& state,
                                      sys_seconds now) {
  DW_TRY(const auto pass, dry_pass(config, state, now));
  return BindingRound(pass, state).look();
}

Result<Findings> refused_certificates(const config::Config& config, store::State& state,
                                      sys_seconds now) {
  DW_TRY(const auto pass, dry_pass(config, state, now));
  return BindingRound(pass, state).refusals();
}

}  // namespace danewerk::engine
