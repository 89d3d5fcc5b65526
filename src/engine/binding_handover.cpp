/// \file
/// Bindings whose certificates root serves (`serve: {by: deploy}`, promise P7).

#include <algorithm>
#include <utility>

#include "engine/binding_parts.h"
#include "engine/root_deploy.h"
#include "engine/root_findings.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::engine {

bool BindingRound::is_roots(const Bound& bound) {
  return is_served_by_root(*bound.config);
}

/// From here to the commit root carries nothing out: what is read of the served folder stays so.
Result<void> BindingRound::open_handover(Bound& bound) {
  if (pass_.is_dry || !is_roots(bound)) return {};
  DW_TRY(bound.handover,
         serve::Handover::open(handover_folder(*pass_.config), bound.config->name, kHandoverWait));
  return {};
}

/// What the client left, as root handed it over: its own files are not for us to read.
HandedCertificate BindingRound::read_handed(const Bound& bound) const {
  if (!is_roots(bound)) return read_certificate(*bound.config, key_store());
  const auto folder = handover_folder(*pass_.config);
  HandedCertificate refused;
  auto told = read_roots_findings(folder, bound.config->name);
  if (told) {
    refused.findings = *std::move(told);
  } else {
    add_unreadable(refused.findings, "BINDING-NOT-GIVEN", folder, told.error());
  }
  // What it handed over before that is not what lies in the client's folder now.
  const auto& all = refused.findings.list();
  const bool is_refused = std::ranges::any_of(all, [](const Finding& finding) {
    return finding.level == Level::kError && is_about_client(finding);
  });
  if (is_refused) return refused;
  auto handed = read_given(bound);
  handed.findings.merge(std::move(refused.findings));
  return handed;
}

HandedCertificate BindingRound::read_given(const Bound& bound) const {
  auto certificate = *bound.config;
  certificate.certificate = serve::given_file(handover_folder(*pass_.config), certificate.name);
  certificate.key.reset();
  const auto is_there = file_exists(certificate.certificate);
  if (!is_there || *is_there) return read_certificate(certificate, key_store());
  HandedCertificate handed;
  handed.findings.add({.id = "BINDING-NOT-GIVEN",
                       .level = Level::kError,
                       .message = "root has handed over no certificate yet",
                       .owner = bound.config->name,
                       .hint = "run danewerk deploy as root, or start danewerk-deploy.path"});
  return handed;
}

/// Of what root serves no more: should it again one day, no old word may be carried out then.
Result<void> BindingRound::withdraw_verdicts() const {
  const auto folder = handover_folder(*pass_.config);
  DW_TRY(const auto standing, serve::standing_verdicts(folder));
  for (const auto& name : standing) {
    const auto found = pass_.config->certificates.find(name);
    const bool is_there = found != pass_.config->certificates.end();
    if (is_there && is_served_by_root(found->second)) continue;
    DW_TRY(auto handover, serve::Handover::open(folder, name, kHandoverWait));
    DW_TRY_VOID(handover.decide(std::nullopt));
  }
  return {};
}

/// The verdict of this pass, or that there is none: before anything that it rests on is committed.
void BindingRound::tell_root(Bound& bound) {
  if (!bound.handover) return;
  if (const auto told = bound.handover->decide(bound.verdict); !told) {
    // Root may yet carry out an older verdict: all that it rests on stays (promise P2).
    bound.has_failed = true;
    for (const auto& name : bound.owners) owners_.at(name)->shares.erase(bound.config->name);
    bound.fail_with("BINDING-SERVE", told.error());
    return;
  }
  if (!bound.verdict) return;
  bound.report.waits.push_back({.subject = bound.config->name,
                                .rule = rollover::ids::kTlsaDeploy,
                                .reason = "root is to serve it: `danewerk deploy`",
                                .since = pass_.now});
}

}  // namespace danewerk::engine
