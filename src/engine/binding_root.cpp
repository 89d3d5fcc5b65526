/// \file
/// Roots that records name and clients of authorities leave out of the chain: what we serve has
/// them.

#include <utility>

#include <fmt/format.h>

#include "engine/binding_parts.h"
#include "tlsa/append_root.h"

namespace danewerk::engine {

/// From here on the chain of the client's is the one with the root at its end.
std::optional<tlsa::RootWish> BindingRound::root_wish(const Bound& bound,
                                                      const tlsa::Chain& chain) const {
  // Without a served folder others say what services send.
  if (!bound.config->serve) return std::nullopt;
  const auto root = tlsa::missing_root(catalogue_, chain, published_records(bound));
  if (!root) return std::nullopt;
  tlsa::RootWish wish{.key_digest = *root, .now = pass_.now};
  const auto& remembered = bound.state.appended_roots;
  const auto before = remembered.find(to_hex(*root));
  if (before != remembered.end()) wish.last_appended = from_hex(before->second);
  return wish;
}

void BindingRound::append_root(Bound& bound, tlsa::Chain& chain) {
  const auto wish = root_wish(bound, chain);
  if (!wish) return;
  auto appended = tlsa::append_root(catalogue_, chain, *wish);
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
  const auto key = to_hex(wish->key_digest);
  auto& remembered = bound.state.appended_roots;
  if (!remembered.emplace(key, to_hex(appended->certificate_digest)).second) return;
  const auto name = chain.certificates[chain.line - 1].credential.subject;
  event(bound, fmt::format("the root {} is served with it, for a record names it", name), {});
}

}  // namespace danewerk::engine
