#include "tlsa/gate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace danewerk::tlsa {

namespace {

/// The combinations of a version that clients of DANE go by, each once.
std::vector<Combination> combinations_of(std::span<const Association> associations) {
  std::vector<Combination> out;
  for (const auto& association : associations) {
    const auto& combination = association.combination;
    const bool counts = combination.usage == Usage::kDaneTa || combination.usage == Usage::kDaneEe;
    if (counts && std::find(out.begin(), out.end(), combination) == out.end()) {
      out.push_back(combination);
    }
  }
  return out;
}

CombinationVerdict judge_combination(const Chain& chain, std::span<const Association> associations,
                                     const Combination& combination, const ClientView& view) {
  CombinationVerdict verdict{.combination = combination};
  for (std::size_t i = 0; i < associations.size(); ++i) {
    if (associations[i].combination != combination) continue;
    auto found = match(chain, associations[i], view);
    verdict.is_disputed = verdict.is_disputed || found.is_disputed;
    if (found) {
      verdict.matched = i;
      verdict.reason.clear();
      return verdict;
    }
    if (verdict.reason.empty()) verdict.reason = std::move(found.reason);
  }
  return verdict;
}

bool is_same_group(const Combination& a, const Combination& b) {
  return a.usage == b.usage && a.selector == b.selector;
}

/// A client with digest agility takes, of one usage and selector, the strongest digest that it
/// knows alone, and whole values always (RFC 7671 section 9).
bool satisfies_relaxed(const std::vector<CombinationVerdict>& combinations) {
  return std::any_of(
      combinations.begin(), combinations.end(), [&](const CombinationVerdict& candidate) {
        if (!candidate.matched) return false;
        if (candidate.combination.matching == Matching::kFull) return true;
        return std::all_of(
            combinations.begin(), combinations.end(), [&](const CombinationVerdict& other) {
              return other.matched || other.combination.matching == Matching::kFull ||
                     !is_same_group(other.combination, candidate.combination);
            });
      });
}

bool satisfies(const std::vector<CombinationVerdict>& combinations, GateRules::Mode mode) {
  if (combinations.empty()) return true;
  if (mode == GateRules::Mode::kRelaxed) return satisfies_relaxed(combinations);
  return std::all_of(combinations.begin(), combinations.end(),
                     [](const CombinationVerdict& verdict) { return verdict.matched.has_value(); });
}

std::vector<CombinationVerdict> judge_combinations(const Chain& chain,
                                                   std::span<const Association> associations,
                                                   const ClientView& view) {
  std::vector<CombinationVerdict> out;
  for (const auto& combination : combinations_of(associations)) {
    out.push_back(judge_combination(chain, associations, combination, view));
  }
  return out;
}

class Gate {
 public:
  Gate(const Chain& chain, std::span<const GateOwner> owners, const GateRules& rules)
      : chain_(chain), owners_(owners), rules_(rules) {}

  [[nodiscard]] GateVerdict judge(sys_seconds at) const {
    GateVerdict verdict;
    for (const auto& owner : owners_) {
      for (const auto& version : owner.versions) {
        const auto until = held_until(version, rules_);
        if (until && *until < at) continue;
        auto view = judge_view(owner, version, at);
        view.until = until;
        verdict.is_open = verdict.is_open && view.is_satisfied;
        verdict.views.push_back(std::move(view));
      }
    }
    return verdict;
  }

  /// The first moment at which it is open, of those at which a view goes.
  [[nodiscard]] std::optional<sys_seconds> opening(const GateVerdict& closed) const {
    std::vector<sys_seconds> ends;
    for (const auto& view : closed.views) {
      if (view.is_satisfied) continue;
      if (!view.until) return std::nullopt;
      ends.push_back(*view.until + seconds(1));
    }
    // All that stand in the way have to go; what is in the way then was not before: a date.
    const auto last = std::max_element(ends.begin(), ends.end());
    const bool opens = last != ends.end() && *last <= chain_.leaf().ends() && judge(*last).is_open;
    if (!opens) return std::nullopt;
    return *last;
  }

 private:
  [[nodiscard]] ViewVerdict judge_view(const GateOwner& owner, const RrsetVersion& version,
                                       sys_seconds at) const {
    ViewVerdict view{.owner = owner.owner, .version = version.version};
    view.combinations =
        judge_combinations(chain_, version.associations, {.names = owner.names, .at = at});
    view.is_satisfied = satisfies(view.combinations, rules_.mode);
    return view;
  }

  const Chain& chain_;
  std::span<const GateOwner> owners_;
  const GateRules& rules_;
};

void report(const ViewVerdict& view, Findings& findings) {
  const auto when = view.until
                        ? fmt::format("resolvers may hold until {}", danewerk::to_text(*view.until))
                        : std::string("is published");
  for (const auto& combination : view.combinations) {
    if (combination.is_disputed) {
      findings.add({.id = "TLSA-GATE-DISPUTED",
                    .level = combination.matched ? Level::kWarning : Level::kError,
                    .message = fmt::format("OpenSSL accepts a '{}' that our own reading does not",
                                           to_text(combination.combination)),
                    .owner = view.owner,
                    .hint = "please report it, with the chain and the records"});
    }
    if (combination.matched) continue;
    findings.add(
        {.id = "TLSA-GATE-CLOSED",
         .level = view.is_satisfied ? Level::kWarning : Level::kError,
         .message = fmt::format("the chain does not satisfy '{}', which {}: {}",
                                to_text(combination.combination), when, combination.reason),
         .owner = view.owner,
         .hint =
             view.until ? "it is served when that time is over" : "publish a record for it first"});
  }
}

}  // namespace

std::optional<sys_seconds> held_until(const RrsetVersion& version, const GateRules& rules) {
  if (!version.last_served) return std::nullopt;
  return *version.last_served + rules.ttl_multiplier * version.ttl + rules.margin;
}

GateVerdict judge_gate(const Chain& chain, std::span<const GateOwner> owners, sys_seconds now,
                       const GateRules& rules) {
  const Gate gate(chain, owners, rules);
  auto verdict = gate.judge(now);
  if (!verdict.is_open) verdict.opens_at = gate.opening(verdict);
  for (const auto& view : verdict.views) report(view, verdict.findings);
  return verdict;
}

Findings judge_publication(const Publication& publication, std::span<const Chain* const> served,
                           sys_seconds now) {
  Findings findings;
  for (const auto* chain : served) {
    for (const auto& verdict : judge_combinations(*chain, publication.associations,
                                                  {.names = publication.names, .at = now})) {
      if (verdict.matched) continue;
      findings.add(
          {.id = "TLSA-PUBLISH-UNMATCHED",
           .message = fmt::format("no '{}' matches the certificate that is served for {}: {}",
                                  to_text(verdict.combination), chain->leaf().credential.subject,
                                  verdict.reason),
           .owner = publication.owner,
           .hint = "each combination has to suffice by itself (RFC 7671 section 8)"});
    }
  }
  return findings;
}

}  // namespace danewerk::tlsa
