/// \file
/// Bindings whose certificates root serves (`serve: {by: deploy}`, promise P7).

#include <utility>

#include "engine/binding_parts.h"
#include "engine/root_deploy.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::engine {

bool BindingRound::is_roots(const Bound& bound) {
  const auto& serve = bound.config->serve;
  return serve && serve->by == config::ServedFolder::By::kDeploy;
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

/// The verdict of this pass, or that there is none: before anything that it rests on is committed.
void BindingRound::tell_root(Bound& bound) {
  if (!bound.handover) return;
  if (const auto told = bound.handover->decide(bound.verdict); !told) {
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
