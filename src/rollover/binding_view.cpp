#include "rollover/binding_view.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace danewerk::rollover {

using model::Binding;
using model::Chain;
using model::RdataSet;

namespace {

template <class Predicate>
bool at_every_owner(const RdataSet& records, const BindingSituation& situation,
                    Predicate predicate) {
  return std::ranges::all_of(situation.owners, [&](const OwnerSituation& owner) {
    return std::ranges::all_of(
        records, [&](const Bytes& rdata) { return predicate(owner.view.owner, rdata); });
  });
}

bool may_hold_records(const model::TlsaOwner& owner) {
  return std::ranges::any_of(
      owner.versions, [](const model::TlsaVersion& version) { return !version.records.empty(); });
}

}  // namespace

RdataSet banned_records(const Binding& binding) {
  RdataSet out;
  for (const auto& banned : binding.banned) out.insert(banned.rdata);
  return out;
}

RdataSet needs_of(const Chain& chain, const Binding& binding) {
  auto needs = model::without(chain.wanted, banned_records(binding));
  if (needs.empty() && !chain.wanted.empty() && !chain.key_record.empty()) {
    needs.insert(chain.key_record);
  }
  return needs;
}

RdataSet unvouched(const Chain& chain, const BindingSituation& situation) {
  RdataSet out;
  const bool is_vouched =
      chain.issuer == model::IssuerStanding::kListed ||
      (chain.issuer == model::IssuerStanding::kVerified && situation.policy.learns_issuers);
  if (is_vouched) return out;
  for (const auto& rdata : chain.wanted) {
    const bool is_known = situation.binding.confirmed_issuers.contains(rdata) ||
                          situation.coverage.contains(rdata) ||
                          std::ranges::any_of(situation.owners, [&](const OwnerSituation& owner) {
                            return owner.view.owner.is_out(rdata);
                          });
    if (model::combination_of(rdata).names_issuer() && !is_known) out.insert(rdata);
  }
  return out;
}

RdataSet publishable_needs(const Chain& chain, const BindingSituation& situation) {
  const auto needs = needs_of(chain, situation.binding);
  auto out = model::without(needs, unvouched(chain, situation));
  // Never nothing: that would be the end of DANE for the service.
  if (out.empty() && !needs.empty() && !chain.key_record.empty()) out.insert(chain.key_record);
  return out;
}

RdataSet named_records(const Binding& binding) {
  RdataSet all = banned_records(binding);
  const auto add = [&](const Chain& chain) {
    all.insert(chain.wanted.begin(), chain.wanted.end());
    if (!chain.key_record.empty()) all.insert(chain.key_record);
  };
  if (binding.served) add(*binding.served);
  std::ranges::for_each(binding.staged, add);
  std::ranges::for_each(binding.previous, add);
  for (const auto& key : binding.keys) all.insert(key.records.begin(), key.records.end());
  return model::together(std::move(all), binding.adopted);
}

RdataSet claimed_records(const Binding& binding, const RdataSet& coverage) {
  return model::together(model::without(named_records(binding), banned_records(binding)), coverage);
}

std::vector<const Chain*> former_chains(const Binding& binding) {
  std::vector<const Chain*> out;
  const auto add = [&](const std::vector<Chain>& chains) {
    std::ranges::transform(chains, std::back_inserter(out), [](const Chain& one) { return &one; });
  };
  add(binding.previous);
  if (binding.emergency) add(binding.emergency->former);
  return out;
}

RdataSet standing_records(const Binding& other, const RdataSet& claimed,
                          const model::TlsaOwner& owner) {
  RdataSet satisfied;
  const auto add = [&](const Chain& chain) {
    satisfied.insert(chain.satisfies.begin(), chain.satisfies.end());
  };
  if (other.served) add(*other.served);
  std::ranges::for_each(other.staged, add);
  for (const auto* chain : former_chains(other)) add(*chain);
  return model::common(
      model::together(model::without(satisfied, claimed), claimed_records(other, {})),
      owner.present());
}

RdataSet own_records(const OwnerSituation& owner, const BindingSituation& situation) {
  auto ours = model::together(named_records(situation.binding), situation.coverage);
  const auto add = [&](const RdataSet& satisfied) {
    ours = model::together(std::move(ours), satisfied);
  };
  if (const auto& served = situation.binding.served) add(served->satisfies);
  for (const auto* chain : former_chains(situation.binding)) add(chain->satisfies);
  // A late reload may go by what nobody names any more.
  for (const auto& endpoint : situation.endpoints) {
    const auto* sight = current_sight(endpoint, situation.binding);
    if (sight != nullptr) add(sight->satisfies);
  }
  auto others = model::together(owner.neighbours, owner.named_by_others);
  others = model::without(others, ours);
  return model::without(owner.view.owner.present(),
                        model::together(std::move(others), owner.view.owner.foreign));
}

RdataSet of_combination(const RdataSet& records, const model::TlsaCombination& combination) {
  RdataSet out;
  std::ranges::copy_if(records, std::inserter(out, out.end()), [&](const Bytes& rdata) {
    return model::combination_of(rdata) == combination;
  });
  return out;
}

RdataSet unclaimed(const OwnerSituation& owner) {
  return model::without(owner.view.owner.others(), owner.named_by_others);
}

bool has_records(const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [](const OwnerSituation& owner) {
    return may_hold_records(owner.view.owner);
  });
}

bool has_foreign(const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [](const OwnerSituation& owner) {
    return !owner.view.owner.foreign.empty();
  });
}

bool is_shared(const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners,
                             [](const OwnerSituation& owner) { return !owner.neighbours.empty(); });
}

bool wants_no_records(const BindingSituation& situation) {
  if (!situation.binding.is_stopping) return false;
  // What others only want to have nobody asks for yet.
  return std::ranges::all_of(situation.owners, [](const OwnerSituation& owner) {
    return model::common(owner.neighbours, owner.view.owner.present()).empty();
  });
}

bool are_omnipresent(const RdataSet& records, const BindingSituation& situation) {
  return at_every_owner(records, situation, [](const auto& owner, const Bytes& rdata) {
    return owner.visibility(rdata) == model::Visibility::kOmnipresent;
  });
}

bool are_published(const RdataSet& records, const BindingSituation& situation) {
  return at_every_owner(records, situation,
                        [](const auto& owner, const Bytes& rdata) { return owner.is_out(rdata); });
}

bool is_everywhere(const BindingSituation& situation) {
  return std::ranges::all_of(situation.owners, [](const OwnerSituation& owner) {
    return owner.view.owner.versions.back().everywhere.has_value();
  });
}

const model::Endpoint::Sight* current_sight(const model::Endpoint& endpoint,
                                            const Binding& binding) {
  if (!endpoint.is_probed || !endpoint.sight) return nullptr;
  // What was seen before the chain was exchanged says nothing of the new one.
  if (binding.deployed && endpoint.sight->at < *binding.deployed) return nullptr;
  return &*endpoint.sight;
}

std::string without_tls(const model::Endpoint& endpoint) {
  return fmt::format("{} answers without TLS{}", endpoint.name,
                     endpoint.why.empty() ? "" : fmt::format(" ({})", endpoint.why));
}

bool is_promised(const model::Endpoint& endpoint, const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [&](const OwnerSituation& owner) {
    const bool is_its = endpoint.owner.empty() || endpoint.owner == owner.view.owner.name;
    return is_its && may_hold_records(owner.view.owner);
  });
}

bool presents_served(const model::Endpoint& endpoint, const Binding& binding) {
  if (!endpoint.is_probed) return true;
  const auto* sight = current_sight(endpoint, binding);
  return sight != nullptr && binding.served && sight->key == binding.served->key &&
         sight->hits >= kHits &&
         std::ranges::includes(sight->satisfies, needs_of(*binding.served, binding));
}

std::vector<OwnerView> views_of(const BindingSituation& situation) {
  std::vector<OwnerView> views;
  views.reserve(situation.owners.size() + situation.left.size());
  for (const auto& owner : situation.owners) views.push_back(owner.view);
  views.insert(views.end(), situation.left.begin(), situation.left.end());
  return views;
}

std::vector<OwnerView> gate_views(const BindingSituation& situation) {
  auto views = views_of(situation);
  if (situation.binding.served) return views;
  for (auto& view : views) {
    auto& versions = view.owner.versions;
    for (std::size_t i = versions.size(); i-- > 0;) {
      if (!versions[i].is_unknown) continue;
      versions.erase(versions.begin() + static_cast<std::ptrdiff_t>(i));
      view.ends.erase(view.ends.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return views;
}

bool matches_nothing(const RdataSet& satisfied, const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [&](const OwnerSituation& owner) {
    const auto& present = owner.view.owner.present();
    return !present.empty() && model::common(present, satisfied).empty();
  });
}

}  // namespace danewerk::rollover
