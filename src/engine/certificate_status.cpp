#include "engine/certificate_status.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/binding_context.h"
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

/// The worst of all that there is to say.
class Judgement {
 public:
  void add(Health health, std::string reason) {
    if (health > verdict_.health) verdict_ = {.health = health, .reason = std::move(reason)};
  }
  [[nodiscard]] Verdict verdict() && { return std::move(verdict_); }

 private:
  Verdict verdict_{};
};

/// Of a finding as it is printed, what stands in its first line; how bad it is, the verdict says.
std::string first_line(const std::string& text) {
  auto line = text.substr(0, text.find('\n'));
  for (const std::string level : {"warning: ", "error: "}) {
    if (line.starts_with(level)) return line.substr(level.size());
  }
  return line;
}

/// Clients that hold records refuse the services now.
bool is_refusal(const std::string& id) {
  return id == rollover::ids::kTlsaDrift || id == rollover::ids::kTlsaPlain;
}

Verdict judge(const CertificateStatus& status, sys_seconds now) {
  Judgement judgement;
  for (const auto& finding : status.findings) {
    const bool is_bad = finding.level == "error" || is_refusal(finding.id);
    if (is_bad) judgement.add(Health::kCritical, first_line(finding.text));
  }
  if (status.label == "failed") judgement.add(Health::kCritical, "nothing can be decided of it");
  const auto& served = status.state.binding.served;
  if (served) {
    auto end = judge_end(*served, now);
    judgement.add(end.health, std::move(end.reason));
  } else {
    judgement.add(Health::kWarning, "nothing is served yet");
  }
  for (const auto& wait : status.waits) {
    if (!wait.is_operators) continue;
    judgement.add(Health::kWarning,
                  fmt::format("waits for the operator: {} [{}]", wait.reason, wait.rule));
  }
  for (const auto& finding : status.findings) {
    judgement.add(Health::kWarning, first_line(finding.text));
  }
  return std::move(judgement).verdict();
}

/// What the last pass found, and what is new since.
std::vector<model::StandingFinding> findings_of(const BindingLook& bound, sys_seconds now) {
  auto all = bound.state.findings;
  for (const auto& finding : bound.findings.list()) {
    if (finding.level == Level::kInfo) continue;
    model::StandingFinding fresh{.id = std::string(finding.id),
                                 .level = std::string(to_text(finding.level)),
                                 .text = to_text(finding),
                                 .since = now};
    const bool is_known = std::ranges::any_of(all, [&](const model::StandingFinding& other) {
      return other.id == fresh.id && other.text == fresh.text;
    });
    if (!is_known) all.push_back(std::move(fresh));
  }
  return all;
}

}  // namespace

CertificateStatus certificate_status(const BindingsLook& look, const std::string& name,
                                     sys_seconds now) {
  const auto& bound = look.bindings.at(name);
  CertificateStatus status{.state = bound.state, .label = "failed"};
  status.findings = findings_of(bound, now);
  if (!bound.has_failed) {
    auto decision = decide_for(*bound.config, situation_of(look, name, now));
    status.label = rollover::name_of(decision.label);
    status.waits = std::move(decision.waits);
    status.wake = decision.wake;
  }
  status.verdict = judge(status, now);
  return status;
}

Result<std::vector<CertificateStatus>> read_certificate_status(const config::Config& config,
                                                               store::State& state,
                                                               sys_seconds now) {
  std::vector<CertificateStatus> all;
  if (config.certificates.empty()) return all;
  DW_TRY(const auto look, look_at_bindings(config, state, now));
  for (const auto& [name, _] : look.bindings) all.push_back(certificate_status(look, name, now));
  return all;
}

}  // namespace danewerk::engine
