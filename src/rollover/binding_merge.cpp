#include "rollover/binding_merge.h"

#include <algorithm>

#include <fmt/format.h>

#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::TlsaCombination;

/// The binding whose chain would refuse a combination that is new to the owner; null: none.
const OwnerShare* refuser(const TlsaCombination& combination, const model::RdataSet& records,
                          const std::vector<OwnerShare>& shares) {
  for (const auto& share : shares) {
    const bool refuses = std::ranges::any_of(share.chains, [&](const model::RdataSet& satisfied) {
      return !accepts(records, combination, satisfied);
    });
    if (refuses) return &share;
  }
  return nullptr;
}

/// Takes out the combinations of which nobody needs a record. What one has no use for another may
/// need: certificates of one issuer.
void drop_spare(MergedRrset& merged, const model::TlsaOwner& owner,
                const std::vector<OwnerShare>& shares) {
  model::RdataSet spare;
  auto needed = owner.foreign;
  for (const auto& share : shares) {
    spare = model::together(std::move(spare), share.wish.spare);
    needed =
        model::together(std::move(needed), model::without(share.wish.records, share.wish.spare));
  }
  for (const auto& combination : model::combinations_of(spare)) {
    const auto is_of = [&](const Bytes& rdata) {
      return model::combination_of(rdata) == combination;
    };
    if (std::ranges::none_of(needed, is_of)) {
      std::erase_if(merged.wish.records, is_of);
      continue;
    }
    merged.waits.push_back(
        {.subject = fmt::format("withdrawal of {} at {}", model::to_text(combination), owner.name),
         .rule = ids::kTlsaNeighbour,
         .reason = "another binding has such records there"});
  }
}

/// Present records of a combination that stays, by which clients accept what the binding serves, or
/// may be seen with; none if others of those wanted do.
model::RdataSet relied_on(const OwnerShare& share, const TlsaCombination& combination,
                          const model::RdataSet& wanted, const model::TlsaOwner& owner) {
  model::RdataSet out;
  for (const auto& satisfied : share.chains) {
    if (accepts(wanted, combination, satisfied)) continue;
    const auto present = of_combination(model::common(owner.present(), satisfied), combination);
    out = model::together(std::move(out), model::without(present, share.banned));
  }
  return out;
}

/// A binding cannot know what those that decide after it keep: clients ask for a combination for as
/// long as anybody has some, whoever they talk to (RFC 7671 section 8.2).
void keep_relied_on(MergedRrset& merged, const model::TlsaOwner& owner,
                    const std::vector<OwnerShare>& shares) {
  const auto keep = [&](const Bytes& rdata, const OwnerShare& share) {
    merged.wish.records.insert(rdata);
    merged.waits.push_back(
        {.subject = fmt::format("withdrawal of {} at {}", model::label(rdata), owner.name),
         .rule = ids::kTlsaNeighbour,
         .reason = fmt::format("what {} serves needs it while another binding has {} records",
                               share.binding, to_text(model::combination_of(rdata)))});
  };
  const auto wanted = merged.wish.records;
  for (const auto& combination : model::combinations_of(wanted)) {
    if (!combination.is_dane()) continue;
    for (const auto& share : shares) {
      for (const auto& rdata : relied_on(share, combination, wanted, owner)) keep(rdata, share);
    }
  }
}

}  // namespace

OwnerShare share_of(const BindingSituation& situation, const BindingDecision& decision,
                    const std::string& owner) {
  const auto& binding = decision.binding;
  OwnerShare share{.binding = binding.name,
                   .wish = {},
                   .chains = {},
                   .banned = banned_records(binding),
                   .is_stopped = binding.is_stopping};
  if (const auto wish = decision.wishes.find(owner); wish != decision.wishes.end()) {
    share.wish = wish->second;
  }
  if (!binding.served) return share;
  share.chains.push_back(binding.served->satisfies);
  if (binding.is_exchange) return share;
  for (const auto& endpoint : situation.endpoints) {
    const auto* sight = current_sight(endpoint, binding);
    if (sight != nullptr) share.chains.push_back(sight->satisfies);
  }
  for (const auto* chain : former_chains(binding)) share.chains.push_back(chain->satisfies);
  return share;
}

MergedRrset merge(const model::TlsaOwner& owner, const std::vector<OwnerShare>& shares) {
  MergedRrset out;
  out.wish.records = owner.foreign;
  for (const auto& share : shares) {
    out.wish.records = model::together(std::move(out.wish.records), share.wish.records);
    const bool is_first = out.wish.ttl == seconds(0);
    out.wish.ttl = is_first ? share.wish.ttl : std::min(out.wish.ttl, share.wish.ttl);
  }
  drop_spare(out, owner, shares);
  keep_relied_on(out, owner, shares);
  const auto present = model::combinations_of(owner.present());
  for (const auto& combination : model::combinations_of(out.wish.records)) {
    if (!combination.is_dane() || present.contains(combination)) continue;
    const auto* share = refuser(combination, out.wish.records, shares);
    if (share == nullptr) continue;
    std::erase_if(out.wish.records,
                  [&](const Bytes& rdata) { return model::combination_of(rdata) == combination; });
    const auto kind = model::to_text(combination);
    auto reason = fmt::format("no {} record matches the chain of {}", kind, share->binding);
    if (share->is_stopped) {
      reason += fmt::format(
          ", which is stopped and gets none: `danewerk tlsa resume {}`, or serve "
          "it under another name",
          share->binding);
    }
    out.waits.push_back({.subject = fmt::format("{} at {}", kind, owner.name),
                         .rule = ids::kTlsaNeighbour,
                         .reason = std::move(reason),
                         .is_operators = share->is_stopped});
  }
  return out;
}

}  // namespace danewerk::rollover
