#include "tlsa/append_root.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crypto/signature.h"

namespace danewerk::tlsa {

namespace {

Bytes certificate_digest(const Block& block) {
  return own_association_data(block, Selector::kCertificate, Matching::kSha256);
}

Result<const KnownIssuer*> find_root(const Catalogue& catalogue, const RootWish& wish) {
  for (const auto* known : catalogue.with_key(wish.key_digest)) {
    if (known->entry.role != model::IssuerRole::kRoot) continue;
    const bool is_early = known->block.begins() > wish.now;
    if (is_early || known->is_over(wish.now)) {
      return fail(Errc::kRefused,
                  fmt::format("the root {} is {}", known->entry.name,
                              is_early ? "not yet valid" : to_text(known->state_at(wish.now))));
    }
    return known;
  }
  return fail(Errc::kRefused,
              fmt::format("no root in the catalogue has the key {}", to_hex(wish.key_digest)),
              "add it to a file of issuers");
}

bool is_named_by_any(const model::RdataSet& records, const Block& block) {
  return std::ranges::any_of(records, [&](const Bytes& rdata) {
    const auto association = association_from_rdata(rdata);
    return association && association->combination.usage == Usage::kDaneTa &&
           names(*association, block);
  });
}

}  // namespace

std::optional<Bytes> missing_root(const Catalogue& catalogue, const Chain& chain,
                                  const model::RdataSet& records) {
  const auto& top = chain.certificates[chain.line - 1].credential;
  if (chain.line < 2 || top.is_self_issued) return std::nullopt;
  for (const auto& known : catalogue.issuers()) {
    const bool is_root = known.entry.role == model::IssuerRole::kRoot;
    if (!is_root || !is_named_by_any(records, known.block)) continue;
    if (crypto::is_signed_by(top, known.block.credential)) return known.entry.key_digest;
  }
  return std::nullopt;
}

Result<AppendedRoot> append_root(const Catalogue& catalogue, Chain chain, const RootWish& wish) {
  for (std::size_t at = 1; at < chain.certificates.size(); ++at) {
    if (key_digest(chain.certificates[at]) != wish.key_digest) continue;
    auto digest = certificate_digest(chain.certificates[at]);
    return AppendedRoot{std::move(chain), std::move(digest)};
  }
  DW_TRY(const auto* root, find_root(catalogue, wish));
  auto digest = certificate_digest(root->block);
  if (wish.last_appended && *wish.last_appended != digest) {
    return fail(
        Errc::kRefused,
        fmt::format("the catalogue's certificate of {} is another one than was appended "
                    "the last time",
                    root->entry.name),
        "compare both; danewerk tlsa adopt --confirm-issuer takes the one that is there now");
  }
  const auto& top = chain.certificates[chain.line - 1].credential;
  if (!crypto::is_signed_by(top, root->block.credential)) {
    return fail(Errc::kRefused, fmt::format("{} did not sign the last certificate of the chain, {}",
                                            root->entry.name, top.subject));
  }
  chain.certificates.insert(chain.certificates.begin() + static_cast<std::ptrdiff_t>(chain.line),
                            root->block);
  ++chain.line;
  return AppendedRoot{std::move(chain), std::move(digest)};
}

}  // namespace danewerk::tlsa
