/// \file
/// Keys of services that are served no more: files of the key store, and of the served folder.

#include <algorithm>

#include <fmt/format.h>

#include "engine/binding_keys.h"
#include "engine/binding_parts.h"
#include "engine/binding_serve.h"
#include "store/service_key.h"

namespace danewerk::engine {

/// As long as the zone of a service keeps its own keys.
seconds BindingRound::key_retention(const Bound& bound) const {
  for (const auto& name : bound.owners) {
    const auto* zone = owners_.at(name)->known.zone;
    if (zone != nullptr) return pass_.config->policy_of(*zone).key_retention;
  }
  return model::Policy{}.key_retention;
}

/// The way back is closed for them: their files are not to be taken for keys any more.
void BindingRound::set_old_keys_aside(Bound& bound) {
  if (!situation(bound).held.empty()) return;  // the clock may be wrong
  const auto& binding = bound.state.binding;
  const auto is_needed = [&](const std::string& key) {
    const auto has_it = [&](const model::Chain& chain) { return chain.key == key; };
    return (binding.served && has_it(*binding.served)) ||
           std::ranges::any_of(binding.staged, has_it) ||
           std::ranges::any_of(binding.previous, has_it);
  };
  for (const auto& key : binding.keys) {
    const bool is_out_of_use =
        key.use == model::BindingKeyUse::kRetired || key.use == model::BindingKeyUse::kCompromised;
    const bool is_kept = pass_.now < key.since + key_retention(bound);
    if (!is_out_of_use || is_kept || is_needed(key.id)) continue;
    const auto file = stored_key_file(*pass_.config, bound.config->name, key.id);
    if (!file) continue;
    const store::ServiceKeyName name{.binding = bound.config->name, .id = key.id};
    if (const auto done = store::set_aside_service_key(key_store(), name); !done) {
      bound.fail_with("BINDING-KEY-UNREADABLE", done.error());
      continue;
    }
    event(bound, fmt::format("a key is out of use: '{}' now ends in .removed", file->string()), {});
  }
}

/// What was served before lies in the served folder with its key, as long as it may be served
/// again; one that was turned back to waits there for the gate.
void BindingRound::drop_old_files(Bound& bound) {
  if (!bound.config->serve) return;
  const auto& binding = bound.state.binding;
  std::string kept;
  const auto keep = [&](const model::Chain& chain) {
    const auto pem = bound.state.pems.find(chain.id);
    if (pem != bound.state.pems.end()) kept += pem->second;
  };
  if (binding.served) keep(*binding.served);
  std::ranges::for_each(binding.previous, keep);
  std::ranges::for_each(binding.staged, keep);
  const auto done = bound.handover ? bound.handover->keep(kept) : drop_served(*bound.config, kept);
  if (!done) bound.fail_with("BINDING-SERVE", done.error());
}

}  // namespace danewerk::engine
