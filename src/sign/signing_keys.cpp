#include "sign/signing_keys.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace danewerk::sign {

namespace {

std::set<std::uint8_t> algorithms_that_sign_zone(const std::vector<SigningKey>& keys) {
  std::set<std::uint8_t> algorithms;
  for (const auto& key : keys) {
    if (key.signs_zone) algorithms.insert(key.algorithm);
  }
  return algorithms;
}

Result<void> check_complete(const SigningKeys& keys) {
  const auto zone_signers = algorithms_that_sign_zone(keys.signing);
  for (const auto& dnskey : keys.published) {
    const auto of_algorithm = [&](const SigningKey& key) {
      return key.algorithm == dnskey.algorithm;
    };
    const bool signs_dnskey =
        std::any_of(keys.signing.begin(), keys.signing.end(),
                    [&](const SigningKey& key) { return of_algorithm(key) && key.signs_dnskey; });
    if (signs_dnskey && zone_signers.contains(dnskey.algorithm)) continue;
    return fail(
        Errc::kBadInput,
        fmt::format("algorithm {} is published by key {}, but no active key of it signs {}",
                    dnskey.algorithm, dnskey.tag(), signs_dnskey ? "the zone" : "the DNSKEY RRset"),
        signs_dnskey ? "add a ZSK of this algorithm, or look at its timing metadata"
                     : "add a KSK of this algorithm, or look at its timing metadata");
  }
  return {};
}

}  // namespace

Result<SigningKeys> SigningKeys::choose(const std::vector<model::Key>& keys, sys_seconds now) {
  SigningKeys chosen;
  std::vector<bool> revoked;
  for (const auto& key : keys) {
    const auto dnskey = key.dnskey_at(now);
    if (key.is_published_at(now)) chosen.published.push_back(dnskey);
    if (!key.is_active_at(now) || !key.private_key) continue;
    // A revoked key signs the DNSKEY RRset that tells so, and nothing else (RFC 5011 section 2.1).
    chosen.signing.push_back({.private_key = key.private_key,
                              .public_key = dnskey.public_key,
                              .algorithm = dnskey.algorithm,
                              .tag = dnskey.tag(),
                              .signs_dnskey = key.signs_dnskey() || dnskey.is_revoked(),
                              .signs_zone = key.signs_zone() && !dnskey.is_revoked()});
    revoked.push_back(dnskey.is_revoked());
  }
  const auto zone_signers = algorithms_that_sign_zone(chosen.signing);
  for (std::size_t i = 0; i < chosen.signing.size(); ++i) {
    auto& key = chosen.signing[i];
    key.signs_zone = key.signs_zone || (!revoked[i] && !zone_signers.contains(key.algorithm));
  }
  std::sort(chosen.signing.begin(), chosen.signing.end(),
            [](const SigningKey& a, const SigningKey& b) {
              return std::pair(a.algorithm, a.tag) < std::pair(b.algorithm, b.tag);
            });
  if (chosen.published.empty()) {
    return fail(Errc::kBadInput, "no key is published at this moment",
                "look at the timing metadata of the keys, or pass --generate-keys");
  }
  DW_TRY_VOID(check_complete(chosen));
  return chosen;
}

}  // namespace danewerk::sign
