/// \file
/// Roots that records name and clients of authorities leave out of the chain: what we serve has
/// them.

#include <utility>

#include <fmt/format.h>

#include "engine/binding_parts.h"
#include "tlsa/append_root.h"

namespace danewerk::engine {

/// From here on the chain of the client's is the one with the root at its end.
void BindingRound::append_root(Bound& bound, tlsa::Chain& chain) {
  // Without a served folder others say what services send.
  if (!bound.config->serve) return;
  const auto root = tlsa::missing_root(catalogue_, chain, published_records(bound));
  if (!root) return;
  auto& remembered = bound.state.appended_roots;
  tlsa::RootWish wish{.key_digest = *root, .now = pass_.now};
  const auto before = remembered.find(to_hex(*root));
  if (before != remembered.end()) wish.last_appended = from_hex(before->second);
  auto appended = tlsa::append_root(catalogue_, chain, wish);
  if (!appended) {
    bound.report.findings.add(
        {.id = "BINDING-ROOT",
         .level = Level::kWarning,
         .message = fmt::format("a record names a root that the chain does not have, and it cannot "
                                "be appended: {}",
                                appended.error().message()),
         .owner = bound.config->name,
         .hint = appended.error().hint()});
    return;
  }
  chain = std::move(appended->chain);
  auto digest = to_hex(appended->certificate_digest);
  if (before != remembered.end()) return;
  const auto name = chain.certificates[chain.line - 1].credential.subject;
  remembered.emplace(to_hex(*root), std::move(digest));
  event(bound, fmt::format("the root {} is served with it, for a record names it", name), {});
}

}  // namespace danewerk::engine
