/// \file
/// What a pass over bindings begins with, for requests of the operator.

#include "engine/binding_parts.h"

namespace danewerk::engine {

Result<BindingsLook> BindingRound::look() {
  DW_TRY_VOID(known_.read());
  DW_TRY_VOID(load_bindings());
  BindingsLook look;
  if (pass_.restored) look.held = "the state is a backup's, and its secondaries were not asked";
  for (auto& [name, bound] : bound_) {
    if (bound->handed.chain) bound->coverage = coverage_of(*bound, *bound->handed.chain);
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
    OwnerLook one{.zone = known.zone, .view = known.view, .held = known.held};
    if (!owner->bindings.empty()) one.binding = bound_.at(owner->bindings.front())->policy;
    one.policy = pass_.config->policy_of(*known.zone);
    DW_TRY(auto state, state_.load(known.zone->name));
    if (state) {
      one.version = state->version;
      one.facts = std::move(state->facts);
    }
    look.owners.emplace(name, std::move(one));
  }
  return look;
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
