#include "rollover/binding_archive.h"

#include <algorithm>

#include "base/result.h"
#include "rollover/binding_view.h"

namespace danewerk::rollover {

namespace {

using model::Chain;

bool is_accepted(const Chain& chain, const BindingSituation& situation) {
  return gate(chain.satisfies, gate_views(situation), GateKind::kStrict).is_open();
}

/// Somebody decided that clients may refuse what is served for a while.
bool is_chosen(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  return wants_no_records(situation) || binding.is_exchange || binding.emergency.has_value();
}

bool is_refused(const Chain& served, const BindingSituation& situation) {
  return situation.policy.has_served_folder ? matches_nothing(served.satisfies, situation)
                                            : !is_accepted(served, situation);
}

}  // namespace

bool is_adrift(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  if (is_chosen(situation) || !situation.held.empty() || !has_records(situation)) return false;
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

bool is_refuted(const BindingSituation& situation) {
  if (!situation.binding.served) return false;
  // What nobody here saw refuses every chain: it says nothing of this one.
  auto asked = situation;
  asked.binding.served.reset();
  return !is_accepted(*situation.binding.served, asked);
}

void doubt_served(model::Binding& binding) {
  DW_CHECK(binding.served.has_value(), "only what is served can be doubted");
  std::erase_if(binding.keys, [&](const model::BindingKey& key) {
    return key.id == binding.served->key && key.use == model::BindingKeyUse::kCurrent;
  });
  binding.previous = {*std::move(binding.served)};
  binding.served.reset();
  binding.deployed.reset();
  binding.confirmed.reset();
  binding.is_exchange = false;
}

void settle_doubt(model::Binding& binding, sys_seconds now) {
  if (binding.served || binding.previous.empty()) return;
  auto doubted = std::move(binding.previous.back());
  binding.previous.clear();
  if (!binding.staged.empty() || binding.is_compromised(doubted.key)) return;
  doubted.arrived = now;
  binding.staged.push_back(std::move(doubted));
}

}  // namespace danewerk::rollover
