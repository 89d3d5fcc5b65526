/// \file
/// Owners in zones that are signed elsewhere, between the bindings of a pass and their servers.

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "engine/binding_parts.h"
#include "update/ids.h"

namespace danewerk::engine {

namespace {

Findings unknown_of(const Findings& findings, const std::vector<Finding>& told) {
  Findings news;
  for (const auto& one : findings.list()) {
    const bool is_told = std::ranges::any_of(told, [&](const Finding& other) {
      return other.id == one.id && other.owner == one.owner && other.message == one.message;
    });
    if (!is_told) news.add(one);
  }
  return news;
}

}  // namespace

/// Before anything is decided: their servers are asked, all at once.
void BindingRound::find_elsewhere() {
  for (const auto& [name, certificate] : pass_.config->certificates) {
    if (!certificate.update) continue;
    for (const auto& service : certificate.services) {
      const auto owner = owner_name(service);
      if (zone_of(*pass_.config, owner) != nullptr) continue;
      elsewhere_.add(owner, *certificate.update, known_.take(owner));
    }
  }
}

Result<BindingRound::Owner*> BindingRound::owner_elsewhere(const std::string& name, Bound& bound) {
  auto& owner = owners_[name];
  if (owner) return owner.get();
  bound.report.findings.merge(elsewhere_.findings(name));
  auto known = elsewhere_.load(name, caching_.at(name), known_.events);
  if (!known) {
    owners_.erase(name);
    return tl::unexpected(std::move(known).error());
  }
  owner = std::make_unique<Owner>();
  owner->known = *std::move(known);
  return owner.get();
}

/// Nobody may have asked for an hour, and what stood there may be gone.
bool BindingRound::finds_news_elsewhere(Bound& bound) {
  std::vector<const model::TlsaOwner*> owners;
  for (const auto& name : bound.owners) {
    const auto& known = owners_.at(name)->known;
    if (known.zone == nullptr) owners.push_back(&known.view.owner);
  }
  const auto news = elsewhere_.look_again(owners);
  for (const auto& name : news) {
    auto known = elsewhere_.load(name, caching_.at(name), known_.events);
    if (known) {
      owners_.at(name)->known = *std::move(known);
    } else {
      bound.fail_with(update::ids::kNotMeasured, known.error());
    }
    bound.report.findings.merge(
        unknown_of(elsewhere_.findings(name), bound.report.findings.list()));
  }
  return !news.empty();
}

/// What is wanted is committed before it is sent, and what came of it later: sending again what was
/// done does nothing.
Result<void> BindingRound::change_elsewhere() {
  std::vector<ElsewhereWish> wishes;
  for (const auto& [name, owner] : owners_) {
    if (owner->known.zone != nullptr) continue;
    auto wish = wish_at(*owner);
    wishes.push_back({.owner = &owner->known.view.owner,
                      .wanted = {.records = std::move(wish.wanted), .ttl = wish.ttl}});
  }
  if (wishes.empty() || pass_.is_dry) return {};
  if (elsewhere_.intend(wishes)) {
    DW_TRY(auto transaction, state_.begin());
    DW_TRY_VOID(save_owners(transaction));
    DW_TRY_VOID(transaction.commit());
  }
  elsewhere_.send(wishes);
  take_results(wishes);
  return {};
}

/// Each is told of the first binding that has the owner.
void BindingRound::take_results(std::vector<ElsewhereWish>& wishes) {
  for (auto& wish : wishes) {
    const auto& owner = *owners_.at(wish.owner->name);
    auto& bound = *bound_.at(owner.bindings.front());
    bound.report.findings.merge(std::move(wish.findings));
    std::ranges::move(wish.waits, std::back_inserter(bound.report.waits));
    bound.report.waits_for_operator |= !wish.waits.empty();
    event(bound, wish.what, {});
    const auto next = elsewhere_.next_look(*wish.owner);
    for (const auto& name : owner.bindings) {
      auto& wake = bound_.at(name)->state.wake;
      wake = std::min(wake.value_or(next), next);
    }
  }
}

Result<void> BindingRound::save_owners(store::State::Transaction& transaction) const {
  for (const auto& [name, owner] : owners_) {
    const auto zone = owner->known.zone == nullptr ? std::string() : owner->known.zone->name;
    if (is_forgotten(*owner)) {
      DW_TRY_VOID(transaction.remove_tlsa_owner(zone, name));
    } else {
      DW_TRY_VOID(transaction.save_tlsa_owner(zone, owner->known.view.owner));
    }
  }
  for (const auto& one : known_.outdated()) {
    DW_TRY_VOID(transaction.remove_tlsa_owner(one.zone, one.owner.name));
  }
  return {};
}

}  // namespace danewerk::engine
