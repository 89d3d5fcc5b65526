/// \file
/// What a pass over bindings begins with, for requests of the operator.

#include "engine/binding_parts.h"

namespace danewerk::engine {

Result<BindingsLook> BindingRound::look() {
  DW_TRY_VOID(known_.read());
  find_elsewhere();
  DW_TRY_VOID(load_bindings());
  BindingsLook look;
  if (pass_.restored) look.held = "the state is a backup's, and its secondaries were not asked";
  for (auto& [name, bound] : bound_) {
    find_coverage(*bound);
    look.bindings.emplace(name, BindingLook{.config = bound->config,
                                            .policy = bound->policy,
                                            .state = bound->state,
                                            .owners = bound->owners,
                                            .coverage = bound->coverage,
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
                  .held = known.held};
    if (!owner->bindings.empty()) one.binding = bound_.at(owner->bindings.front())->policy;
    if (known.zone != nullptr) DW_TRY_VOID(enter_zone(*known.zone, one));
    look.owners.emplace(name, std::move(one));
  }
  return look;
}

Result<void> BindingRound::enter_zone(const config::ZoneConfig& zone, OwnerLook& look) const {
  look.policy = pass_.config->policy_of(zone);
  DW_TRY(auto state, state_.load(zone.name));
  if (!state) return {};
  look.version = state->version;
  look.facts = std::move(state->facts);
  return {};
}

Result<BindingsLook> look_at_bindings(const config::Config& config, store::State& state,
                                      sys_seconds now) {
  PassTask pass{.config = &config, .now = now, .is_dry = true};
  DW_TRY(pass.last_pass, state.last_pass());
  DW_TRY(pass.restored, state.restored_at());
  BindingRound round(pass, state);
  return round.look();
}

}  // namespace danewerk::engine
