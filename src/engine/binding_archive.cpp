/// \file
/// When clients refuse what is served: what they accept may lie in the client's archive, and
/// serving that again is the cure that works at once.

#include "rollover/binding_archive.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/binding_parts.h"
#include "engine/client_archive.h"
#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::engine {

/// Of the archive, what is a cure.
struct BindingRound::Cure {
  Path certificate{};
  Path key{};
  tlsa::Chain chain{};
  model::Chain facts{};

  /// One that lasts longer, or brings more of its issuers, is better.
  [[nodiscard]] bool is_better_than(const Cure& other) const {
    if (facts.not_after != other.facts.not_after) return facts.not_after > other.facts.not_after;
    return chain.certificates.size() > other.chain.certificates.size();
  }
};

tlsa::ChainDemands BindingRound::demands_of(const Bound& bound) const {
  return {.now = pass_.now,
          .records = combinations_of(*bound.config),
          .base_domains = bound.hosts,
          .catalogue = &catalogue_};
}

/// As it would be served; nobody is told, for most are not chosen.
tlsa::Chain BindingRound::with_root(const Bound& bound, const tlsa::Chain& chain) const {
  const auto wish = root_wish(bound, chain);
  if (!wish) return chain;
  auto appended = tlsa::append_root(catalogue_, chain, *wish);
  if (!appended) return chain;
  return std::move(appended->chain);
}

std::optional<BindingRound::Cure> BindingRound::find_cure(const Bound& bound) const {
  const auto asked = situation(bound);
  // What root serves is root's to read.
  if (is_roots(bound) || !rollover::is_adrift(asked)) return std::nullopt;
  auto archive = read_client_archive(*bound.config);
  std::optional<Cure> best;
  for (const auto& [file, chain] : archive.chains) {
    const auto* key = archive.key_of(chain);
    if (key == nullptr) continue;
    const auto rooted = with_root(bound, chain);
    auto facts = facts_of(bound, rooted);
    if (!facts || !rollover::is_cure(*facts, asked)) continue;
    if (tlsa::judge_chain(rooted, demands_of(bound)).has_errors()) continue;
    Cure cure{.certificate = file, .key = key->file, .chain = chain, .facts = *std::move(facts)};
    if (!best || cure.is_better_than(*best)) best = std::move(cure);
  }
  return best;
}

/// What every version that may be held accepts is served again; what the client left now is
/// announced meanwhile.
void BindingRound::go_back(Bound& bound) {
  if (!bound.config->serve) return;
  auto cure = find_cure(bound);
  if (!cure) {
    rollover::settle_doubt(bound.state.binding, pass_.now);
    return;
  }
  append_root(bound, cure->chain);
  const auto what = fmt::format(
      "no published record matches what was to be served: '{}' and '{}' of the "
      "client's archive are served again",
      cure->certificate.string(), cure->key.string());
  auto asked = situation(bound);
  bound.coverage = model::together(std::move(asked.coverage), coverage_of(bound, cure->chain));
  bound.state.pems[cure->facts.id] = tlsa::to_pem(cure->chain);
  rollover::take_back(asked, std::move(cure->facts));
  rollover::settle_doubt(asked.binding, pass_.now);
  bound.state.binding = std::move(asked.binding);
  bound.report.findings.add({.id = "BINDING-RESTORED",
                             .level = Level::kWarning,
                             .message = what,
                             .owner = bound.config->name,
                             .hint = "make the client keep the key; danewerk tlsa show tells when "
                                     "the present one may be served"});
  bound.state.binding.incidents.push_back({.at = pass_.now,
                                           .rule = std::string(rollover::ids::kTlsaDrift),
                                           .what = what,
                                           .until = pass_.now});
  event(bound, what, rollover::ids::kTlsaDrift);
}

/// Where services read the client's own files, only its operator can put others there.
void BindingRound::advise_cure(Bound& bound) {
  if (bound.config->serve) return;
  const auto cure = find_cure(bound);
  if (!cure) return;
  const auto asked = situation(bound);
  if (!asked.binding.served) return;
  const auto verdict = rollover::gate(asked.binding.served->satisfies, rollover::views_of(asked),
                                      rollover::GateKind::kStrict);
  const auto& certificate = bound.config->certificate;
  const auto key = bound.config->key.value_or(Path());
  bound.report.findings.add(
      {.id = "BINDING-ARCHIVED",
       .level = Level::kWarning,
       .message = fmt::format("services read '{}', and some clients refuse it: {}",
                              certificate.string(), verdict.reason),
       .owner = bound.config->name,
       .hint = fmt::format("at once: let '{}' lead to '{}' and '{}' to '{}', and reload the "
                           "services; else its record, which is added, has to reach every cache",
                           certificate.string(), cure->certificate.string(), key.string(),
                           cure->key.string())});
}

/// Of a chain that nobody handed over just now: of the key store, or the client's archive. What the
/// served folder still has needs none.
Result<std::optional<ArchivedKey>> BindingRound::spare_key(const Bound& bound,
                                                           const std::string& pem) const {
  DW_TRY(const auto chain, chain_of(pem));
  DW_TRY(auto ours, key_made_here(*bound.config, chain, key_store()));
  if (ours) return std::optional(ArchivedKey{.file = {}, .pem = *std::move(ours)});
  if (const auto& folder = bound.config->serve) {
    DW_TRY(const bool is_kept, has_kept_key(*folder, pem));
    if (is_kept) return std::optional<ArchivedKey>();
  }
  return archived_key(*bound.config, chain);
}

}  // namespace danewerk::engine
