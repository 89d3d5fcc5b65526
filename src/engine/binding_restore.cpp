/// \file
/// What somebody changed in the served folder, or what is gone from there, is put there again.

#include <utility>

#include <fmt/format.h>

#include "engine/binding_parts.h"
#include "engine/binding_serve.h"
#include "rollover/binding_archive.h"

namespace danewerk::engine {

namespace {

std::string what_is_wrong(const config::ServedFolder& folder,
                          const std::optional<ServedNow>& there) {
  if (!there) return fmt::format("'{}' is gone", folder.directory.string());
  return there->fault.empty() ? there->key_fault : there->fault;
}

}  // namespace

/// Files that agree with one another are a fact, whatever is remembered; these do not, or are gone.
bool BindingRound::is_changed(const Bound& bound, const std::optional<ServedNow>& there) {
  const auto& served = bound.state.binding.served;
  if (!served || !bound.state.pems.contains(served->id)) return false;
  return !there || !there->fault.empty() || !there->key_fault.empty();
}

bool BindingRound::is_outdated(const Bound& bound) const {
  return bound.state.binding.is_from_backup && rollover::is_refuted(situation(bound));
}

void BindingRound::restore_served(Bound& bound, const std::optional<ServedNow>& there) {
  const auto& folder = bound.config->serve;
  const auto& served = bound.state.binding.served;
  if (!folder || !served) return;
  auto why = what_is_wrong(*folder, there);
  // A backup may be older than the records that resolvers hold now (promise P2).
  const bool waits = pass_.restored.has_value();
  if (!waits && is_outdated(bound)) {
    bound.report.findings.add(
        {.id = "BINDING-SERVED-CHANGED",
         .level = Level::kWarning,
         .message = why + "; what the backup says was served is refused by what is published now",
         .owner = bound.config->name,
         .hint = fmt::format("a certificate that is accepted is served, and until then none: "
                             "danewerk tlsa show {} says what is awaited",
                             bound.config->name)});
    rollover::doubt_served(bound.state.binding);
    event(bound, "what the backup says was served is not what is published: it waits", {});
    return;
  }
  bound.report.findings.add(
      {.id = "BINDING-SERVED-CHANGED",
       .level = Level::kWarning,
       .message = fmt::format("{}; what is served is put there again{}", why,
                              waits ? " when secondaries were asked, unless what they "
                                      "show refuses it: the state is a backup's"
                                    : ""),
       .owner = bound.config->name});
  if (pass_.is_dry || waits) return;
  const auto& pem = bound.state.pems.at(served->id);
  if (is_roots(bound)) {
    bound.verdict = {.pem = pem, .is_restore = true};
    return;
  }
  ServeWish wish{.pem = pem};
  const auto& handed = bound.handed.key;
  if (handed && is_key_of(pem, *handed)) wish.key = &*handed;
  const auto spare = wish.key != nullptr ? std::optional<ArchivedKey>()
                                         : spare_key(bound, pem).value_or(std::nullopt);
  if (spare) wish.key = &spare->pem;
  const auto done = serve(bound, std::move(wish));
  if (!done) {
    bound.fail_with("BINDING-SERVE", done.error());
    return;
  }
  if (!done->trouble.empty()) {
    bound.fail_with("BINDING-RELOAD", trouble_of(*done));
  }
  if (spare && !spare->file.empty())
    why += fmt::format("; its key is in '{}'", spare->file.string());
  event(bound, fmt::format("what is served was put into its folder again: {}", why), {});
}

}  // namespace danewerk::engine
