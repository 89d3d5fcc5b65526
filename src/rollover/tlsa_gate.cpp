#include "rollover/tlsa_gate.h"

#include <algorithm>

#include <fmt/format.h>

#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

using model::RdataSet;
using model::TlsaCombination;

std::string_view name_of(GateKind kind) {
  switch (kind) {
    case GateKind::kStrict:
      return "strict";
    case GateKind::kRelaxed:
      return "relaxed";
    case GateKind::kForced:
      break;
  }
  return "forced";
}

bool accepts(const RdataSet& records, const TlsaCombination& combination,
             const RdataSet& satisfied) {
  return std::ranges::any_of(records, [&](const Bytes& rdata) {
    return model::combination_of(rdata) == combination && satisfied.contains(rdata);
  });
}

std::optional<TlsaCombination> refusing(const RdataSet& records, const RdataSet& satisfied,
                                        GateKind kind) {
  std::optional<TlsaCombination> first;
  if (kind == GateKind::kForced) return first;
  bool is_any = false;
  for (const auto& combination : model::combinations_of(records)) {
    if (!combination.is_dane()) continue;
    if (accepts(records, combination, satisfied)) {
      is_any = true;
    } else if (!first) {
      first = combination;
    }
  }
  if (kind == GateKind::kRelaxed && is_any) first.reset();
  return first;
}

GateVerdict gate(const RdataSet& satisfied, const std::vector<OwnerView>& views, GateKind kind) {
  GateVerdict verdict{.opens = {.at = sys_seconds{}}};
  for (const auto& view : views) {
    for (std::size_t i = 0; i < view.owner.versions.size(); ++i) {
      const auto& version = view.owner.versions[i];
      auto combination = refusing(version.records, satisfied, kind);
      if (version.is_unknown && kind != GateKind::kForced) combination = TlsaCombination{};
      if (!combination) continue;
      const auto& end = view.ends.at(i);
      verdict.horizon = std::max(verdict.horizon, view.horizon);
      auto opens = later_of(verdict.opens, end);
      const bool is_last = !verdict.first || opens.at != verdict.opens.at;
      verdict.opens = std::move(opens);
      if (!is_last) continue;
      verdict.first = Blocked{view.owner.name, *combination, version};
      verdict.reason =
          version.is_unknown
              ? fmt::format("what stood at {} before is not known: {}", view.owner.name, end.reason)
              : fmt::format("the RRset {} at {} has no {} record that matches: {}",
                            version.made == sys_seconds{} ? std::string("from before")
                                                          : "of " + to_text(version.made),
                            view.owner.name, to_text(*combination), end.reason);
    }
  }
  return verdict;
}

}  // namespace danewerk::rollover
