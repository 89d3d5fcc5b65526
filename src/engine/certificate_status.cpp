#include "engine/certificate_status.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rollover/tlsa_ids.h"

namespace danewerk::engine {

namespace {

Verdict judge_end(const model::Chain& served, sys_seconds now) {
  const auto whole = served.not_after - served.not_before;
  const auto left = served.not_after - now;
  if (left * 5 >= whole) return {};
  return {.health = left * 20 < whole ? Health::kCritical : Health::kWarning,
          .reason = fmt::format("it ends at {}", danewerk::to_text(served.not_after))};
}

Verdict judge(const model::BindingState& state, sys_seconds now) {
  const auto& served = state.binding.served;
  if (!served) return {.health = Health::kWarning, .reason = "nothing is served yet"};
  auto verdict = judge_end(*served, now);
  for (const auto& finding : state.findings) {
    const bool is_bad = finding.level == "error" || finding.id == rollover::ids::kTlsaDrift;
    const auto health = is_bad ? Health::kCritical : Health::kWarning;
    if (health > verdict.health) verdict = {.health = health, .reason = finding.id};
  }
  return verdict;
}

}  // namespace

Result<std::vector<CertificateStatus>> read_certificate_status(const config::Config& config,
                                                               const store::State& state,
                                                               sys_seconds now) {
  std::vector<CertificateStatus> all;
  for (const auto& [name, _] : config.certificates) {
    DW_TRY(auto known, state.load_binding(name));
    CertificateStatus one;
    if (known) one.state = *std::move(known);
    one.state.binding.name = name;
    one.verdict = judge(one.state, now);
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace danewerk::engine
