#include <algorithm>

#include <fmt/format.h>

#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::Chain;

using Word = std::optional<BindingWait>;

/// What names its issuer is left out, and others' records have clients ask for that kind.
Word for_banned(const Chain& chain, const BindingSituation& situation) {
  for (const auto& banned : situation.binding.banned) {
    const auto kind = model::combination_of(banned.rdata);
    if (!chain.wanted.contains(banned.rdata) || !kind.names_issuer()) continue;
    const auto asks = [&](const OwnerSituation& owner) {
      return !of_combination(owner.neighbours, kind).empty() &&
             !accepts(owner.neighbours, kind, chain.satisfies);
    };
    const auto owner = std::ranges::find_if(situation.owners, asks);
    if (owner == situation.owners.end()) continue;
    return BindingWait{
        .rule = ids::kTlsaBanned,
        .reason =
            fmt::format("{} is left out since the emergency, and clients ask for {} records at "
                        "{}, for another certificate has some: order one from an issuer that "
                        "they name",
                        model::label(banned.rdata), model::to_text(kind), owner->view.owner.name),
        .until = banned.until,
        .is_operators = true};
  }
  return {};
}

/// The first chain is the operator's choice, its issuer included: its records are published.
Word for_issuer(const Chain& chain, const BindingSituation& situation) {
  if (!situation.binding.served) return {};
  const auto unknown = unvouched(chain, situation);
  if (unknown.empty()) return {};
  return BindingWait{
      .rule = ids::kTlsaIssuer,
      .reason = fmt::format("nobody vouches for its issuer ({}): `danewerk tlsa adopt {} "
                            "--confirm-issuer` lets it in",
                            model::label(*unknown.begin()), situation.binding.name),
      .is_operators = true};
}

std::string what_others_ask(const OwnerSituation& owner, const model::TlsaCombination& combination,
                            const std::string& binding) {
  const auto kind = model::to_text(combination);
  const auto& elsewhere = owner.view.owner.elsewhere;
  const auto all = of_combination(owner.neighbours, combination);
  if (!elsewhere || !std::ranges::includes(unclaimed(owner), all)) {
    return fmt::format(
        "another certificate has {} records at {}, and clients ask for them; this one matches "
        "none and gets none: give both the same `records`",
        kind, owner.view.owner.name);
  }
  return fmt::format(
      "{} at {} is of no certificate here, and clients ask for {} records; this one matches none "
      "and gets none: if it is a leftover, `danewerk tlsa adopt {}` takes it over, or delete it "
      "in zone {}; if another host has it, give both the same `records`",
      model::label(*all.begin()), owner.view.owner.name, kind, binding, elsewhere->zone);
}

/// Another binding has records of a kind that this chain gets none of.
Word for_others(const Chain& chain, const BindingSituation& situation) {
  const auto wanted = model::combinations_of(chain.wanted);
  for (const auto& owner : situation.owners) {
    for (const auto& combination : model::combinations_of(owner.neighbours)) {
      // What was announced for its key stays as long as it waits.
      const bool is_open = !combination.is_dane() || wanted.contains(combination) ||
                           accepts(owner.neighbours, combination, chain.satisfies) ||
                           accepts(owner.view.owner.present(), combination, chain.satisfies);
      if (is_open) continue;
      return BindingWait{.rule = ids::kTlsaNeighbour,
                         .reason = what_others_ask(owner, combination, situation.binding.name),
                         .is_operators = true};
    }
  }
  return {};
}

}  // namespace

std::optional<BindingWait> awaited_word(const Chain& chain, const BindingSituation& situation) {
  if (auto word = for_banned(chain, situation)) return word;
  if (auto word = for_issuer(chain, situation)) return word;
  return for_others(chain, situation);
}

}  // namespace danewerk::rollover
