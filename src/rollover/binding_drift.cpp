#include <algorithm>

#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"

namespace danewerk::rollover {

namespace {

/// Somebody else may answer in place of the service: what nobody here ever had is not announced.
bool is_ours(const std::string& key, const model::Binding& binding) {
  const auto has_it = [&](const model::Chain& chain) { return chain.key == key; };
  const auto* known = binding.key(key);
  return (known != nullptr && known->use != model::BindingKeyUse::kCompromised) ||
         std::ranges::any_of(binding.staged, has_it) ||
         std::ranges::any_of(binding.previous, has_it);
}

/// \returns how many endpoints were looked at since what is served was put in place.
std::size_t compare_endpoints(const BindingSituation& situation, const model::Chain& served,
                              Drift& drift) {
  const auto& binding = situation.binding;
  std::size_t seen = 0;
  for (const auto& endpoint : situation.endpoints) {
    const auto* sight = current_sight(endpoint, binding);
    if (sight == nullptr || sight->hits < kHits) continue;
    ++seen;
    if (sight->key == served.key) continue;
    if (!matches_nothing(sight->satisfies, situation)) continue;
    drift.some.push_back(endpoint.name);
    if (is_ours(sight->key, binding)) {
      drift.live = model::together(std::move(drift.live), sight->wanted);
    } else {
      drift.strangers.push_back(endpoint.name);
    }
  }
  return seen;
}

}  // namespace

Drift find_drift(const BindingSituation& situation) {
  Drift drift;
  const auto& binding = situation.binding;
  if (!binding.served || wants_no_records(situation)) return drift;
  const auto seen = compare_endpoints(situation, *binding.served, drift);
  drift.is_full = seen != 0 && drift.some.size() == seen;
  drift.is_restorable = drift.is_full && situation.policy.has_served_folder &&
                        binding.served->not_after > situation.now;
  if (drift.is_full) drift.some.clear();
  // Where only some differ, they are reloaded; and what can be put right at once is not announced.
  if (!drift.is_full || drift.is_restorable) drift.live.clear();
  return drift;
}

}  // namespace danewerk::rollover
