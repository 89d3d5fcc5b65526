#include "app/check_tlsa_records.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "engine/binding_files.h"
#include "engine/binding_look.h"
#include "engine/service_records.h"
#include "store/state.h"
#include "tlsa/lint_set.h"

namespace danewerk::app {

namespace {

using engine::BindingLook;
using engine::BindingsLook;
using model::BindingKeyUse;
using tlsa::Known;

Known known(bool is_so) {
  return is_so ? Known::kYes : Known::kNo;
}

std::vector<tlsa::Association> associations_at(const BindingsLook& look, const std::string& owner) {
  std::vector<tlsa::Association> associations;
  const auto found = look.owners.find(owner);
  if (found == look.owners.end()) return associations;
  for (const auto& rdata : found->second.view.owner.present()) {
    if (auto one = tlsa::association_from_rdata(rdata)) associations.push_back(*std::move(one));
  }
  return associations;
}

/// Chains that are served at the owner, one a binding.
std::vector<tlsa::Chain> chains_at(const BindingsLook& look, const std::string& owner) {
  std::vector<tlsa::Chain> chains;
  for (const auto& [name, bound] : look.bindings) {
    const bool has_owner = std::ranges::find(bound.owners, owner) != bound.owners.end();
    const auto& served = bound.state.binding.served;
    if (!has_owner || !served) continue;
    const auto pem = bound.state.pems.find(served->id);
    if (pem == bound.state.pems.end()) continue;
    if (auto chain = engine::chain_from_pem(pem->second)) chains.push_back(*std::move(chain));
  }
  return chains;
}

/// Keys that are in use, next, or of a certificate that waits or may come back.
void enter_keys(const model::Binding& binding, std::set<std::string>& ids) {
  for (const auto& key : binding.keys) {
    if (key.use == BindingKeyUse::kCurrent || key.use == BindingKeyUse::kNext) ids.insert(key.id);
  }
  for (const auto& chain : binding.staged) ids.insert(chain.key);
  for (const auto& chain : binding.previous) ids.insert(chain.key);
}

std::vector<Bytes> keys_at(const BindingsLook& look, const std::string& owner) {
  std::set<std::string> ids;
  for (const auto& [name, bound] : look.bindings) {
    const bool has_owner = std::ranges::find(bound.owners, owner) != bound.owners.end();
    if (has_owner) enter_keys(bound.state.binding, ids);
  }
  std::vector<Bytes> keys;
  for (const auto& id : ids) {
    if (auto key = from_hex(id)) keys.push_back(*std::move(key));
  }
  return keys;
}

/// Whether the client keeps the key, or danewerk holds a new one back until its record is old
/// enough.
bool is_key_kept(const BindingLook& bound) {
  if (bound.config->serve) return true;
  return std::ranges::find(bound.state.binding.keys, BindingKeyUse::kRetired,
                           &model::BindingKey::use) == bound.state.binding.keys.end();
}

/// The other mail hosts that the certificate is for: their key changes in the same moment.
std::vector<tlsa::SeenSibling> siblings_of(const BindingsLook& look, const BindingLook& bound,
                                           const config::Service& service) {
  std::vector<tlsa::SeenSibling> siblings;
  if (service.profile != "smtp") return siblings;
  for (const auto& other : bound.config->services) {
    if (other.profile != "smtp" || other.host == service.host) continue;
    siblings.push_back({.host = engine::host_name(other),
                        .associations = associations_at(look, config::owner_name(other)),
                        .is_on_the_same_plan = true});
  }
  return siblings;
}

std::vector<tlsa::SeenEndpoint> endpoints_of(const config::Service& service) {
  if (service.probe != config::Probe::kNone) return {};
  return {{.address = to_text(service), .is_watched = false}};
}

/// One service of a binding. \param chains  that are served there; must outlive it.
tlsa::RecordSet record_set(const BindingsLook& look, const BindingLook& bound,
                           const config::Service& service, const std::vector<tlsa::Chain>& chains) {
  const auto name = config::owner_name(service);
  tlsa::RecordSet set{.associations = associations_at(look, name),
                      .names = {engine::host_name(service)},
                      .endpoints = endpoints_of(service),
                      .siblings = siblings_of(look, bound, service),
                      .keeps_key = known(is_key_kept(bound)),
                      .own_keys = keys_at(look, name)};
  if (auto owner = tlsa::owner_from_text(name)) set.owner = *std::move(owner);
  std::ranges::transform(chains, std::back_inserter(set.served),
                         [](const tlsa::Chain& chain) { return &chain; });
  // How long its TTL is, the configuration says.
  set.has_standby = known(bound.state.binding.key_of(BindingKeyUse::kNext) != nullptr);
  return set;
}

}  // namespace

Findings check_tlsa_records(const config::Config& config, const tlsa::Catalogue& catalogue,
                            sys_seconds now) {
  Findings findings;
  auto state = store::State::open(config.state, store::State::Access::kRead);
  if (!state) return findings;
  if (auto refused = engine::refused_certificates(config, *state, now)) {
    findings.merge(*std::move(refused));
  }
  const auto look = engine::look_at_bindings(config, *state, now);
  if (!look) return findings;
  std::set<std::string> judged;
  for (const auto& [name, bound] : look->bindings) {
    if (bound.has_failed) continue;
    for (const auto& service : bound.config->services) {
      const auto owner = config::owner_name(service);
      if (!judged.insert(owner).second) continue;
      const auto chains = chains_at(*look, owner);
      auto set = record_set(*look, bound, service, chains);
      if (set.associations.empty()) continue;
      set.catalogue = &catalogue;
      set.now = now;
      findings.merge(tlsa::lint_set(set));
    }
  }
  return findings;
}

}  // namespace danewerk::app
