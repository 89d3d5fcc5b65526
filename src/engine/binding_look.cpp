#include "engine/binding_look.h"

#include <algorithm>
#include <utility>

#include "base/result.h"
#include "rollover/binding_view.h"

namespace danewerk::engine {

namespace {

/// What the other bindings have, or want, at an owner.
model::RdataSet neighbours_at(const BindingsLook& look, const std::string& name,
                              const std::string& owner, const OwnerShares& shares) {
  auto records = look.owners.at(owner).view.owner.others();
  const auto decided = shares.find(owner);
  const auto& us = look.bindings.at(name);
  const auto claimed = rollover::claimed_records(us.state.binding, us.coverage);
  for (const auto& [other, bound] : look.bindings) {
    if (other == name || std::ranges::find(bound.owners, owner) == bound.owners.end()) continue;
    if (decided != shares.end() && decided->second.contains(other)) {
      records = model::together(std::move(records), decided->second.at(other).wish.records);
    } else {
      const auto standing = rollover::standing_records(bound.state.binding, claimed,
                                                       look.owners.at(owner).view.owner);
      records = model::together(std::move(records), standing);
    }
  }
  return records;
}

/// Records that other bindings of the owner have, had or ban.
model::RdataSet named_at(const BindingsLook& look, const std::string& name,
                         const std::string& owner) {
  model::RdataSet records;
  for (const auto& [other, bound] : look.bindings) {
    const bool is_there = std::ranges::find(bound.owners, owner) != bound.owners.end();
    if (other == name || !is_there) continue;
    records = model::together(std::move(records), rollover::named_records(bound.state.binding));
  }
  return records;
}

}  // namespace

rollover::OwnerView ours_of(rollover::OwnerView view) {
  for (auto& version : view.owner.versions) {
    version.records = model::without(version.records, view.owner.foreign);
  }
  return view;
}

rollover::BindingSituation situation_of(const BindingsLook& look, const std::string& name,
                                        sys_seconds now, const OwnerShares& shares) {
  const auto found = look.bindings.find(name);
  DW_CHECK(found != look.bindings.end(), "a binding that was looked at");
  const auto& bound = found->second;
  rollover::BindingSituation situation{.binding = bound.state.binding,
                                       .policy = bound.policy,
                                       .owners = {},
                                       .left = {},
                                       .endpoints = bound.state.endpoints,
                                       .coverage = bound.coverage,
                                       .held = look.held,
                                       .now = now};
  for (const auto& owner : bound.owners) {
    const auto& known = look.owners.at(owner);
    situation.owners.push_back({.view = known.view,
                                .neighbours = neighbours_at(look, name, owner, shares),
                                .named_by_others = named_at(look, name, owner)});
    if (situation.held.empty()) situation.held = known.held;
  }
  for (const auto& owner : bound.left) {
    situation.left.push_back(ours_of(look.owners.at(owner).view));
  }
  return situation;
}

}  // namespace danewerk::engine
