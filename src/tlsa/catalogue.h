#pragma once

/// \file
/// Issuers that are known: which of them an authority may use, and which are gone. Reading the file
/// is config's part. Pure; thread-safe.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/result.h"
#include "base/time.h"
#include "model/issuer.h"
#include "tlsa/association.h"
#include "tlsa/block.h"
#include "tlsa/chain.h"

namespace danewerk::tlsa {

/// An entry whose certificate was read and found to be what the entry says.
struct KnownIssuer {
  model::Issuer entry{};
  Block block{};
  /// What the entry says, or expired once its time is over.
  [[nodiscard]] model::IssuerState state_at(sys_seconds now) const;
  /// Neither in use nor a backup.
  [[nodiscard]] bool is_over(sys_seconds now) const;
  /// May sign the next certificate.
  [[nodiscard]] bool may_issue(sys_seconds now) const;
};

struct ReadCatalogue;

class Catalogue {
 public:
  /// Reads the certificates. Of two entries with one certificate the later counts, so that an
  /// operator's file changes what ours says. TLSA-CATALOGUE: an entry whose certificate cannot be
  /// read or has another key, kind of key or role than it says; it is left out.
  static ReadCatalogue make(std::vector<model::Issuer> entries);

  [[nodiscard]] const std::vector<KnownIssuer>& issuers() const { return issuers_; }
  /// All with this SHA-256 of the public key, cross-signed twins among them.
  [[nodiscard]] std::vector<const KnownIssuer*> with_key(ByteView key_digest) const;
  /// The first of them whose state is not over, else the first; nullptr when there is none.
  [[nodiscard]] const KnownIssuer* find(ByteView key_digest, sys_seconds now) const;
  /// Whose key a record names, with any selector and matching type.
  [[nodiscard]] const KnownIssuer* find_named(const Association& association,
                                              sys_seconds now) const;
  /// The test system that a chain comes from; nullptr when it comes from none.
  [[nodiscard]] const KnownIssuer* find_staging(const Chain& chain) const;

 private:
  std::vector<KnownIssuer> issuers_;
};

struct ReadCatalogue {
  Catalogue catalogue;
  Findings findings;
};

/// What is known of the issuer of a chain.
enum class IssuerStanding : std::uint8_t {
  kInUse,       ///< active or backup
  kRetired,     ///< retired or expired
  kRevoked,     ///< not to be trusted
  kStaging,     ///< of a test system
  kNewOfKnown,  ///< unknown, but the chain leads to an authority that is known
  kUnknown,     ///< nothing in the chain is known
};
/// `learn-issuers` may add a new issuer only when it is kNewOfKnown.
IssuerStanding standing_of(const Catalogue& catalogue, const Chain& chain, sys_seconds now);
/// The same as findings: TLSA-ISSUER-RETIRED (warning), TLSA-ISSUER-REVOKED, TLSA-CHAIN-STAGING,
/// TLSA-ISSUER-UNKNOWN (warning, info for private authorities).
Findings judge_issuer(const Catalogue& catalogue, const Chain& chain, sys_seconds now);

/// Which issuers an authority may use for certificates with keys of one family.
struct CoverageQuestion {
  std::string authority{};
  model::KeyFamily family = model::KeyFamily::kEcdsa;
  sys_seconds now{};
  const Chain* served = nullptr;  ///< an anchor higher up counts only when it is sent
};
struct Coverage {
  std::vector<const KnownIssuer*> covered{};
  std::vector<const KnownIssuer*> missing{};
  std::vector<const KnownIssuer*> idle{};  ///< named by a record, and retired, expired or revoked
  [[nodiscard]] bool is_whole() const { return missing.empty(); }
};
/// Of the issuers that may sign the next certificate, those that no record with usage 2 names,
/// neither themselves nor an anchor above them in the served chain. Each key once.
Coverage coverage(const Catalogue& catalogue, std::span<const Association> associations,
                  const CoverageQuestion& question);
/// The question for the issuer of a chain; nothing when it, and all above it, are unknown.
std::optional<CoverageQuestion> coverage_question(const Catalogue& catalogue, const Chain& chain,
                                                  sys_seconds now);

}  // namespace danewerk::tlsa
