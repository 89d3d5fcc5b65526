#pragma once

/// \file
/// One-shot signing: what is asked, and what came of it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/finding.h"
#include "base/time.h"
#include "crypto/signature.h"
#include "dns/name.h"
#include "model/denial.h"
#include "model/key.h"
#include "seal/serial.h"
#include "verify/verify.h"

namespace danewerk::engine {

/// Called now and then by whichever thread is at work: what is being done, and how much of it is.
using Progress = std::function<void(std::string_view stage, std::uint64_t done, std::uint64_t all)>;

struct SignTask {
  Path input;
  dns::Name origin;
  Path keys;    ///< folder with this zone's keys
  Path output;  ///< replaced as a whole, or left as it is

  model::DenialParameters denial;
  sys_seconds at;  ///< "now", for keys and signatures
  seconds validity = std::chrono::days(30);
  seconds inception_offset = std::chrono::hours(1);
  seconds spread{0};
  std::optional<seconds> refresh;  ///< default: model::effective_refresh
  seal::SerialPolicy serial = seal::SerialPolicy::kKeep;
  std::optional<Path> reuse;  ///< a signed version whose signatures may stay

  enum class Verification : std::uint8_t { kFull, kNone };
  Verification verification = Verification::kFull;
  enum class ForeignKeys : std::uint8_t { kDrop, kKeep };
  ForeignKeys foreign_keys = ForeignKeys::kDrop;
  enum class ZoneDigest : std::uint8_t { kNone, kZonemd };
  ZoneDigest zone_digest = ZoneDigest::kNone;

  /// Makes a KSK and a ZSK when the folder has no key of the zone.
  struct NewKeys {
    crypto::Algorithm algorithm = crypto::Algorithm::kRsaSha256;
    unsigned bits = 2048;
  };
  std::optional<NewKeys> new_keys;

  unsigned jobs = 1;
  Progress progress;  ///< may be empty
};

struct SignOutcome {
  Findings findings;  ///< of reading, of keys, and of verifying
  bool written = false;
  std::uint32_t serial = 0;
  std::vector<model::Key> keys;       ///< those of the zone that are in use
  std::vector<model::Key> made_keys;  ///< made by this run
  std::vector<Bytes> ds;              ///< SHA-256, of the keys that sign DNSKEY
  std::uint64_t source_records = 0;
  std::uint64_t records = 0;  ///< written
  std::uint64_t signatures_made = 0;
  std::uint64_t signatures_kept = 0;  ///< looked at and kept
  std::uint64_t visited_rrsets = 0;   ///< looked at by the signer
  std::optional<verify::VerifyCounts> verified;
  std::optional<sys_seconds> earliest_expiration;

  [[nodiscard]] bool is_good() const { return !findings.has_errors(); }
};

/// Signs a zone file as the task says. The output is as it was unless `written`.
/// A finding of level error, or a failure, means that nothing was written.
Result<SignOutcome> sign_file(const SignTask& task);

}  // namespace danewerk::engine
