/// \file
/// What the endpoints of bindings present: looked at before anything is decided, and after
/// services were told of another chain.

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "engine/binding_parts.h"
#include "tlsa/chain_facts.h"

namespace danewerk::engine {

namespace {

/// So long, and so often, services are looked at after a reload: old processes may answer for a
/// while.
constexpr std::chrono::seconds kLiveLooks{10};
constexpr std::chrono::milliseconds kLivePause{250};

Result<tlsa::Chain> chain_from_der(const std::vector<Bytes>& certificates) {
  tlsa::HandedOver handed;
  for (const auto& octets : certificates) {
    handed.certificates.push_back({.name = "presented", .octets = octets});
  }
  auto read = tlsa::read_chain(handed);
  if (read.chain) return *std::move(read.chain);
  return fail(Errc::kBadInput, "what is presented is no chain of a server");
}

/// Of what makes no chain all the same; empty when it is no certificate.
std::string key_of(const Bytes& certificate) {
  const auto blocks = tlsa::read_blocks(certificate);
  return blocks && !blocks->empty() ? to_hex(tlsa::key_digest(blocks->front())) : std::string();
}

bool is_silent(const SeenEndpoint& seen) {
  return seen.chain.empty() && seen.has_route;
}

}  // namespace

/// Whether this pass looks at the endpoints: each whole one, and while something is under way.
bool BindingRound::wants_look(const Bound& bound) const {
  if (bound.has_failed || pass_.is_dry) return false;
  const auto& binding = bound.state.binding;
  const bool is_under_way = !binding.confirmed || !binding.staged.empty() ||
                            !binding.previous.empty() || binding.emergency;
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
  std::map<std::string, model::Endpoint::Sight> sights;
  std::vector<SeenEndpoint> ours;
  for (const auto& one : seen) {
    if (one.chain.empty()) {
      ours.push_back(one);
      continue;
    }
    auto sight = sight_of(bound, one);
    if (is_neighbours(bound, sight.key)) continue;
    sights.emplace(one.name, std::move(sight));
    ours.push_back(one);
  }
  auto& endpoints = bound.state.endpoints;
  endpoints = remember(endpoints, ours, sights, bound.state.binding, pass_.now);
  return std::ranges::any_of(endpoints, [](const model::Endpoint& endpoint) {
    return endpoint.is_probed && !endpoint.is_silent && endpoint.sight && endpoint.sight->hits < 2;
  });
}

model::Endpoint::Sight BindingRound::sight_of(const Bound& bound, const SeenEndpoint& seen) const {
  const auto chain = chain_from_der(seen.chain);
  if (!chain) return {.key = key_of(seen.chain.front())};
  model::Endpoint::Sight sight{.key = to_hex(tlsa::key_digest(chain->leaf()))};
  if (auto facts = facts_of(bound, *chain)) {
    sight.satisfies = std::move(facts->satisfies);
    sight.wanted = std::move(facts->wanted);
    return sight;
  }
  // Not all that is configured could be published for it; what is published may match all the same.
  std::vector<tlsa::ClientView> views;
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

/// After a reload: services that answered before do so still, and not all of them present something
/// else. Fails with what was seen otherwise.
Result<void> BindingRound::check_live(Bound& bound, const std::string& pem) {
  const auto answered = bound.state.endpoints;
  DW_TRY(const auto served, chain_from_pem(pem));
  const auto wanted = served.leaf().certificate;
  std::vector<SeenEndpoint> seen;
  std::string trouble;
  const auto end = std::chrono::steady_clock::now() + kLiveLooks;
  for (;;) {
    seen = endpoint_look_.look({bound.config}).front();
    trouble = trouble_of(answered, seen, wanted);
    const bool is_everywhere = std::ranges::all_of(seen, [&](const SeenEndpoint& one) {
      return one.chain.empty() || one.chain.front() == wanted;
    });
    if (trouble.empty() && is_everywhere) return {};
    if (std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(kLivePause);
  }
  if (trouble.empty()) return {};
  return fail(Errc::kUnavailable, trouble);
}

std::string BindingRound::trouble_of(const std::vector<model::Endpoint>& before,
                                     const std::vector<SeenEndpoint>& seen, const Bytes& wanted) {
  std::size_t others = 0;
  std::size_t talking = 0;
  std::string which;
  for (const auto& one : seen) {
    const bool has_answered = std::ranges::any_of(before, [&](const model::Endpoint& endpoint) {
      return endpoint.sight && !endpoint.is_silent && endpoint.name.starts_with(one.place);
    });
    if (is_silent(one) && has_answered) {
      return fmt::format("{} does not answer any more: {}", one.name, one.why);
    }
    if (one.chain.empty()) continue;
    ++talking;
    if (one.chain.front() == wanted) continue;
    ++others;
    which = one.name;
  }
  if (talking == 0 || others != talking) return {};
  return fmt::format("{} presents another certificate than it was given", which);
}

}  // namespace danewerk::engine
