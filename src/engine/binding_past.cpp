// What a binding was before: under another name, and at services that it has no more.

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "engine/binding_parts.h"
#include "engine/binding_round.h"

namespace danewerk::engine {

namespace {

bool shares_owner(const model::BindingState& before, const config::Certificate& certificate) {
  return std::ranges::any_of(certificate.services, [&](const config::Service& service) {
    return before.owners.contains(owner_name(service));
  });
}

/// Stolen keys stay stolen, whichever binding has the service now.
void take_compromised(const model::Binding& before, model::Binding& binding) {
  for (const auto& key : before.keys) {
    const bool is_stolen = key.use == model::BindingKeyUse::kCompromised;
    if (is_stolen && binding.key(key.id) == nullptr) binding.keys.push_back(key);
  }
  for (const auto& banned : before.banned) {
    if (std::ranges::find(binding.banned, banned) == binding.banned.end())
      binding.banned.push_back(banned);
  }
  const auto& until = before.stolen_until;
  if (until) binding.stolen_until = std::max(binding.stolen_until.value_or(*until), *until);
}

}  // namespace

/// All that a pass knows from before.
Result<void> BindingRound::read_state() {
  DW_TRY_VOID(known_.read());
  DW_TRY(const auto names, state_.binding_names());
  for (const auto& name : names) {
    DW_TRY(auto stored, state_.load_binding(name));
    if (!stored) continue;
    stored_.emplace(name, *std::move(stored));
    if (!pass_.config->certificates.contains(name)) left_bindings_.push_back(name);
  }
  return {};
}

void BindingRound::recall(Bound& bound) {
  const auto& name = bound.config->name;
  if (const auto stored = stored_.find(name); stored != stored_.end()) bound.state = stored->second;
  // A pass that was killed may have left no more than what it was about to serve.
  if (bound.state.pems.empty()) inherit(bound);
  bound.state.binding.name = name;
}

/// From the binding that it was under another name; from others that had its services, what was
/// stolen there.
void BindingRound::inherit(Bound& bound) {
  const auto pending = bound.state.binding.pending;
  for (const auto& [name, before] : stored_) {
    if (name == bound.config->name || !shares_owner(before, *bound.config)) continue;
    const auto left = std::ranges::find(left_bindings_, name);
    const bool is_renamed = left != left_bindings_.end() && !bound.heir_of;
    if (!is_renamed) {
      take_compromised(before.binding, bound.state.binding);
      continue;
    }
    const auto stolen = std::move(bound.state.binding);
    bound.state = before;
    if (pending) bound.state.binding.pending = pending;
    take_compromised(stolen, bound.state.binding);
    bound.heir_of = name;
    left_bindings_.erase(left);
  }
}

Result<void> BindingRound::enter_left(Bound& bound) {
  for (const auto& name : bound.state.owners) {
    const bool is_bound = std::ranges::find(bound.owners, name) != bound.owners.end();
    const auto* zone = zone_of(*pass_.config, name);
    if (is_bound || zone == nullptr) continue;
    if (!owners_.contains(name) && !known_.remembers(name)) continue;
    DW_TRY(const auto* owner, owner_at(name, *zone, bound.policy));
    // Another binding answers for what clients hold there now.
    if (!owner->bindings.empty() || is_forgotten(*owner)) continue;
    bound.left.push_back(name);
  }
  return {};
}

void BindingRound::remember_owners(Bound& bound) {
  auto& owners = bound.state.owners;
  owners = {bound.owners.begin(), bound.owners.end()};
  owners.insert(bound.left.begin(), bound.left.end());
}

/// Once the last record of services that left is in no cache any more: until then a certificate
/// that comes back finds what was known of it.
Result<void> BindingRound::forget_bindings(store::State::Transaction& transaction) {
  const bool is_over = std::ranges::all_of(owners_, [](const auto& entry) {
    return !entry.second->bindings.empty() || is_forgotten(*entry.second);
  });
  if (!is_over) return {};
  for (const auto& name : left_bindings_) {
    DW_TRY_VOID(transaction.remove_binding(name));
    events_.push_back(
        {.at = pass_.now,
         .who = "engine",
         .what = fmt::format("certificate {}: not configured any more; forgotten", name)});
  }
  return {};
}

}  // namespace danewerk::engine
