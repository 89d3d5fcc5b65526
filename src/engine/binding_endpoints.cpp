/// \file
/// What the endpoints of bindings present: looked at before anything is decided, and after
/// services were told of another chain.

#include <algorithm>
#include <utility>

#include "engine/binding_parts.h"
#include "tlsa/chain_facts.h"

namespace danewerk::engine {

namespace {

/// In the last look at it.
bool does_present(const model::Endpoint& endpoint) {
  return endpoint.is_probed && !endpoint.is_silent && !endpoint.is_without_tls && endpoint.sight;
}

}  // namespace

bool lacks_tls(const model::BindingState& state) {
  return std::ranges::any_of(state.endpoints, &model::Endpoint::is_without_tls);
}

/// Whether this pass looks at the endpoints: each whole one, and while something is under way.
bool BindingRound::wants_look(const Bound& bound) const {
  if (bound.has_failed || pass_.is_dry) return false;
  const auto& binding = bound.state.binding;
  const bool is_under_way = !binding.confirmed || !binding.staged.empty() ||
                            !binding.previous.empty() || binding.emergency ||
                            lacks_tls(bound.state);
  return pass_.is_whole || is_under_way;
}

void BindingRound::look_at_endpoints() {
  std::vector<Bound*> asked;
  for (const auto& [name, bound] : bound_) {
    if (wants_look(*bound)) asked.push_back(bound.get());
  }
  look_at(std::move(asked));
}

/// Twice where the first look says something new: behind one address may be several machines.
void BindingRound::look_at(std::vector<Bound*> asked) {
  for (int look = 0; look < 2 && !asked.empty(); ++look) {
    std::vector<const config::Certificate*> certificates;
    certificates.reserve(asked.size());
    for (const auto* bound : asked) certificates.push_back(bound->config);
    const auto seen = endpoint_look_.look(certificates);
    std::vector<Bound*> again;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (enter_sights(*asked[i], seen[i])) again.push_back(asked[i]);
    }
    asked = std::move(again);
  }
}

/// \returns whether another look would say more.
bool BindingRound::enter_sights(Bound& bound, const std::vector<SeenEndpoint>& seen) {
  EndpointMemory memory(bound.state.endpoints, bound.state.binding, pass_.now);
  for (const auto& one : seen) {
    if (one.chain.empty()) {
      memory.miss(one);
      continue;
    }
    auto sight = sight_of(bound, one);
    if (!is_neighbours(bound, sight.key)) memory.see(one, std::move(sight));
  }
  auto& endpoints = bound.state.endpoints;
  endpoints = std::move(memory).endpoints();
  return std::ranges::any_of(endpoints, [](const model::Endpoint& endpoint) {
    return does_present(endpoint) && endpoint.sight->hits < 2;
  });
}

model::Endpoint::Sight BindingRound::sight_of(const Bound& bound, const SeenEndpoint& seen) const {
  const auto chain = presented_chain(seen.chain);
  if (!chain) return {.key = presented_key(seen.chain.front())};
  model::Endpoint::Sight sight{.key = to_hex(tlsa::key_digest(chain->leaf()))};
  if (auto facts = facts_of(bound, *chain)) {
    sight.satisfies = std::move(facts->satisfies);
    sight.wanted = std::move(facts->wanted);
    return sight;
  }
  // Not all that is configured could be published for it; what is published may match all the same.
  std::vector<tlsa::ClientView> views;
  views.reserve(bound.hosts.size());
  for (const auto& host : bound.hosts) views.push_back({.names = {host}, .at = pass_.now});
  sight.satisfies = tlsa::satisfied(*chain, records_in_question(bound), views);
  return sight;
}

/// The same service by the key of another algorithm, which another binding has.
bool BindingRound::is_neighbours(const Bound& bound, const std::string& key) const {
  const auto serves = [&](const model::Binding& binding) {
    return binding.served && binding.served->key == key;
  };
  if (serves(bound.state.binding)) return false;
  return std::ranges::any_of(bound.owners, [&](const std::string& name) {
    const auto& others = owners_.at(name)->bindings;
    return std::ranges::any_of(others, [&](const std::string& other) {
      return other != bound.config->name && serves(bound_.at(other)->state.binding);
    });
  });
}

Result<void> BindingRound::check_live(const Bound& bound, const std::string& pem) {
  std::vector<std::string> answered;
  for (const auto& endpoint : bound.state.endpoints) {
    if (does_present(endpoint)) answered.push_back(endpoint.name);
  }
  DW_TRY(const auto served, chain_of(pem));
  return engine::check_live(endpoint_look_, *bound.config, answered, served.leaf().certificate);
}

}  // namespace danewerk::engine
