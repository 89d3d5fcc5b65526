#include "tlsa/catalogue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crypto/signature.h"

namespace danewerk::tlsa {

namespace {

using model::IssuerRole;
using model::IssuerState;
using model::KeyFamily;

bool is_out_of_use(IssuerState state) {
  return state != IssuerState::kActive && state != IssuerState::kBackup;
}

/// What an entry says and its certificate does not; empty when all is well.
std::string contradiction(const model::Issuer& entry, const Block& block) {
  const auto& credential = block.credential;
  if (key_digest(block) != entry.key_digest) {
    return fmt::format("the certificate's key has SHA-256 {}", to_hex(key_digest(block)));
  }
  const bool is_rsa = credential.key_type == "RSA";
  const bool is_ec = credential.key_type == "EC";
  if (entry.family == KeyFamily::kRsa ? !is_rsa : !is_ec) {
    return fmt::format("the certificate's key is of type {}", credential.key_type);
  }
  if (!credential.is_ca) return "the certificate is none of an authority";
  if (credential.is_self_issued != (entry.role == IssuerRole::kRoot)) {
    return credential.is_self_issued ? "the certificate is a root's, signed by itself"
                                     : "the certificate is not signed by itself, as a root's is";
  }
  return {};
}

Result<Block> read_entry(const model::Issuer& entry) {
  DW_TRY(auto blocks, read_blocks(as_bytes(entry.pem)));
  if (blocks.size() != 1 || !blocks.front().is_certificate()) {
    return fail(Errc::kBadInput, "not one certificate");
  }
  auto wrong = contradiction(entry, blocks.front());
  if (!wrong.empty()) return fail(Errc::kBadInput, std::move(wrong));
  return std::move(blocks.front());
}

bool is_named_by_any(std::span<const Association> associations, const Block& block) {
  return std::any_of(associations.begin(), associations.end(), [&](const Association& association) {
    return association.combination.usage == Usage::kDaneTa && names(association, block);
  });
}

bool is_sent(const Chain* chain, const Block& block) {
  return chain != nullptr &&
         std::any_of(chain->certificates.begin() + 1, chain->certificates.end(),
                     [&](const Block& sent) { return sent.key_info == block.key_info; });
}

/// Walks up from an issuer, by names, to what may stand above it in a chain.
class Ancestry {
 public:
  Ancestry(const Catalogue& catalogue, std::span<const Association> associations,
           const Chain* served)
      : catalogue_(catalogue), associations_(associations), served_(served) {}

  [[nodiscard]] bool is_covered(const KnownIssuer& issuer, unsigned depth = 0) const {
    constexpr unsigned kDeepest = 6;
    const bool is_self = depth == 0;
    if ((is_self || is_sent(served_, issuer.block)) &&
        is_named_by_any(associations_, issuer.block)) {
      return true;
    }
    if (depth == kDeepest || issuer.block.credential.is_self_issued) return false;
    const auto& all = catalogue_.issuers();
    return std::any_of(all.begin(), all.end(), [&](const KnownIssuer& above) {
      return above.block.credential.subject == issuer.block.credential.issuer &&
             is_covered(above, depth + 1);
    });
  }

 private:
  const Catalogue& catalogue_;
  std::span<const Association> associations_;
  const Chain* served_;
};

bool holds_key(const std::vector<const KnownIssuer*>& issuers, const KnownIssuer& wanted) {
  return std::any_of(issuers.begin(), issuers.end(), [&](const KnownIssuer* issuer) {
    return issuer->entry.key_digest == wanted.entry.key_digest;
  });
}

/// The entry for the lowest certificate above the server's that is known.
const KnownIssuer* lowest_known(const Catalogue& catalogue, const Chain& chain, sys_seconds now) {
  for (std::size_t at = 1; at < chain.certificates.size(); ++at) {
    const auto* known = catalogue.find(key_digest(chain.certificates[at]), now);
    if (known != nullptr) return known;
  }
  // The issuer of the last one is named there, even when it is not sent.
  const auto& top = chain.certificates[chain.line - 1].credential;
  for (const auto& issuer : catalogue.issuers()) {
    const bool is_above = issuer.block.credential.subject == top.issuer && !top.is_self_issued &&
                          crypto::is_signed_by(top, issuer.block.credential);
    if (is_above) return catalogue.find(issuer.entry.key_digest, now);
  }
  return nullptr;
}

}  // namespace

model::IssuerState KnownIssuer::state_at(sys_seconds now) const {
  const bool is_past = block.ends() < now;
  const bool can_expire = !is_out_of_use(entry.state) || entry.state == IssuerState::kRetired;
  return is_past && can_expire ? IssuerState::kExpired : entry.state;
}

bool KnownIssuer::is_over(sys_seconds now) const {
  return is_out_of_use(state_at(now));
}

bool KnownIssuer::may_issue(sys_seconds now) const {
  return entry.role == IssuerRole::kIssuer && !is_over(now);
}

ReadCatalogue Catalogue::make(std::vector<model::Issuer> entries) {
  ReadCatalogue out;
  auto& issuers = out.catalogue.issuers_;
  for (auto& entry : entries) {
    auto block = read_entry(entry);
    if (!block) {
      out.findings.add({.id = "TLSA-CATALOGUE",
                        .message = fmt::format("issuer '{}' of {} is left out: {}", entry.name,
                                               entry.authority, block.error().message()),
                        .place = entry.place});
      continue;
    }
    const auto same = std::find_if(issuers.begin(), issuers.end(), [&](const KnownIssuer& known) {
      return known.block.certificate == block->certificate;
    });
    KnownIssuer known{std::move(entry), *std::move(block)};
    if (same == issuers.end()) {
      issuers.push_back(std::move(known));
    } else {
      *same = std::move(known);
    }
  }
  return out;
}

std::vector<const KnownIssuer*> Catalogue::with_key(ByteView key_digest) const {
  std::vector<const KnownIssuer*> out;
  for (const auto& issuer : issuers_) {
    const auto& digest = issuer.entry.key_digest;
    if (std::equal(digest.begin(), digest.end(), key_digest.begin(), key_digest.end())) {
      out.push_back(&issuer);
    }
  }
  return out;
}

const KnownIssuer* Catalogue::find(ByteView key_digest, sys_seconds now) const {
  const auto all = with_key(key_digest);
  const auto found = std::find_if(all.begin(), all.end(),
                                  [now](const KnownIssuer* known) { return !known->is_over(now); });
  if (found != all.end()) return *found;
  return all.empty() ? nullptr : all.front();
}

const KnownIssuer* Catalogue::find_named(const Association& association, sys_seconds now) const {
  const KnownIssuer* first = nullptr;
  for (const auto& issuer : issuers_) {
    // The usage does not count: a record with a wrong one names its issuer all the same.
    if (!names(association, issuer.block)) continue;
    if (!issuer.is_over(now)) return &issuer;
    if (first == nullptr) first = &issuer;
  }
  return first;
}

const KnownIssuer* Catalogue::find_staging(const Chain& chain) const {
  const auto leads_to = [&](const KnownIssuer& issuer) {
    return std::any_of(chain.certificates.begin(), chain.certificates.end(),
                       [&](const Block& block) {
                         return block.credential.issuer == issuer.block.credential.subject ||
                                block.key_info == issuer.block.key_info;
                       });
  };
  const auto found = std::find_if(issuers_.begin(), issuers_.end(), [&](const KnownIssuer& issuer) {
    return issuer.entry.state == IssuerState::kStaging && leads_to(issuer);
  });
  return found == issuers_.end() ? nullptr : &*found;
}

IssuerStanding standing_of(const Catalogue& catalogue, const Chain& chain, sys_seconds now) {
  if (catalogue.find_staging(chain) != nullptr) return IssuerStanding::kStaging;
  const auto* issuer = chain.issuer();
  const auto* known = issuer == nullptr ? nullptr : catalogue.find(key_digest(*issuer), now);
  if (known == nullptr) {
    const auto* above = lowest_known(catalogue, chain, now);
    if (above == nullptr) return IssuerStanding::kUnknown;
    return above->state_at(now) == IssuerState::kRevoked ? IssuerStanding::kRevoked
                                                         : IssuerStanding::kNewOfKnown;
  }
  const auto state = known->state_at(now);
  if (state == IssuerState::kRevoked) return IssuerStanding::kRevoked;
  return is_out_of_use(state) ? IssuerStanding::kRetired : IssuerStanding::kInUse;
}

Findings judge_issuer(const Catalogue& catalogue, const Chain& chain, sys_seconds now) {
  Findings findings;
  const auto& name = chain.leaf().credential.issuer;
  const auto add = [&](std::string_view id, Level level, std::string_view what, std::string hint) {
    findings.add({.id = id,
                  .level = level,
                  .message = fmt::format("the issuer {} {}", name, what),
                  .hint = std::move(hint)});
  };
  switch (standing_of(catalogue, chain, now)) {
    case IssuerStanding::kInUse:
      break;
    case IssuerStanding::kRetired:
      add("TLSA-ISSUER-RETIRED", Level::kWarning, "is retired: the next one will be another",
          "have records name those that are in use");
      break;
    case IssuerStanding::kRevoked:
      add("TLSA-ISSUER-REVOKED", Level::kError, "is not to be trusted any more",
          "take another authority, and withdraw records that name this one");
      break;
    case IssuerStanding::kStaging:
      add("TLSA-CHAIN-STAGING", Level::kError, "is a test system, which no client trusts",
          "let the client use the authority's real address");
      break;
    case IssuerStanding::kNewOfKnown:
      add("TLSA-ISSUER-UNKNOWN", Level::kWarning,
          "is not in the catalogue, though the authority above it is",
          "a newer file of issuers may have it");
      break;
    case IssuerStanding::kUnknown:
      add("TLSA-ISSUER-UNKNOWN", Level::kInfo, "is not in the catalogue",
          "add it to a file of issuers to be told when it changes");
      break;
  }
  return findings;
}

Coverage coverage(const Catalogue& catalogue, std::span<const Association> associations,
                  const CoverageQuestion& question) {
  Coverage out;
  const Ancestry ancestry(catalogue, associations, question.served);
  for (const auto& issuer : catalogue.issuers()) {
    const bool is_asked_for =
        issuer.entry.authority == question.authority && issuer.entry.family == question.family;
    if (is_asked_for && issuer.may_issue(question.now)) {
      auto& where = ancestry.is_covered(issuer) ? out.covered : out.missing;
      if (!holds_key(where, issuer)) where.push_back(&issuer);
      continue;
    }
    const bool is_idle = issuer.entry.role == IssuerRole::kIssuer && issuer.is_over(question.now) &&
                         is_named_by_any(associations, issuer.block);
    if (is_idle && !holds_key(out.idle, issuer)) out.idle.push_back(&issuer);
  }
  return out;
}

std::optional<CoverageQuestion> coverage_question(const Catalogue& catalogue, const Chain& chain,
                                                  sys_seconds now) {
  const auto* known = lowest_known(catalogue, chain, now);
  if (known == nullptr) return std::nullopt;
  // The server's own key decides: authorities have issuers for each family.
  const bool is_rsa = chain.leaf().credential.key_type == "RSA";
  return CoverageQuestion{.authority = known->entry.authority,
                          .family = is_rsa ? KeyFamily::kRsa : KeyFamily::kEcdsa,
                          .now = now,
                          .served = &chain};
}

}  // namespace danewerk::tlsa
