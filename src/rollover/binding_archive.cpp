#include "rollover/binding_archive.h"

#include <algorithm>

#include "rollover/binding_view.h"

namespace danewerk::rollover {

namespace {

using model::Chain;

bool is_accepted(const Chain& chain, const BindingSituation& situation) {
  return gate(chain.satisfies, gate_views(situation), GateKind::kStrict).is_open();
}

/// Somebody decided that clients may refuse what is served for a while.
bool is_chosen(const model::Binding& binding) {
  return binding.is_stopping || binding.is_exchange || binding.emergency.has_value();
}

bool is_refused(const Chain& served, const BindingSituation& situation) {
  return situation.policy.has_served_folder ? matches_nothing(served.satisfies, situation)
                                            : !is_accepted(served, situation);
}

}  // namespace

bool is_adrift(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  if (is_chosen(binding) || !situation.held.empty() || !has_records(situation)) return false;
  const auto* served = served_chain(binding);
  if (served != nullptr && !is_refused(*served, situation)) return false;
  return std::ranges::none_of(binding.staged,
                              [&](const Chain& chain) { return is_accepted(chain, situation); });
}

bool is_cure(const Chain& chain, const BindingSituation& situation) {
  const auto& binding = situation.binding;
  const auto* served = served_chain(binding);
  const bool is_new = served == nullptr || served->id != chain.id;
  const bool is_in_time = chain.not_before <= situation.now && situation.now < chain.not_after;
  return is_new && is_in_time && !binding.is_compromised(chain.key) &&
         !binding.turned_back.contains(chain.id) &&
         std::ranges::includes(chain.satisfies, chain.wanted) && is_accepted(chain, situation);
}

void take_back(BindingSituation& situation, Chain chain) {
  auto& binding = situation.binding;
  std::erase_if(binding.staged, [&](const Chain& other) { return other.key == chain.key; });
  std::erase_if(binding.previous, [&](const Chain& other) { return other.id == chain.id; });
  chain.arrived = situation.now;
  binding.staged.push_back(std::move(chain));
}

}  // namespace danewerk::rollover
