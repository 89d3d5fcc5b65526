#pragma once

/// \file
/// Judges a signed zone. Shares no code with what signs: cuts, glue, empty non-terminals, canonical
/// forms, key parsing, NSEC3 owners and order are its own (promise P3). The findings that it can
/// make are listed in ids.h.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/time.h"
#include "dns/zone.h"
#include "verify/verified.h"

namespace danewerk::verify {

struct VerifyOptions {
  sys_seconds at;           ///< the moment at which signatures must be valid
  std::vector<Bytes> ds{};  ///< DS RDATA of the parent, empty: not checked
  unsigned jobs = 1;
  /// DNSKEY RDATA of keys that sign and are not published: signatures whose DNSKEY comes later or
  /// has gone (RFC 6781 section 4.1.4) are checked with these.
  std::vector<Bytes> recorded{};
  /// A zone that has gone insecure must not have anything of DNSSEC left.
  enum class Expect : std::uint8_t { kSigned, kUnsigned };
  Expect expect = Expect::kSigned;
};

struct VerifyCounts {
  std::uint64_t names = 0;           ///< owner names with records, NSEC3 owners apart
  std::uint64_t rrsets = 0;          ///< RRsets, NSEC3 included
  std::uint64_t signatures = 0;      ///< signatures whose octets were checked
  std::uint64_t denial_records = 0;  ///< NSEC or NSEC3 records checked
  std::uint64_t rrsets_visited = 0;  ///< what this run looked at; small after a small change
};

struct Report {
  Findings findings;
  VerifyCounts counts;
  /// Expiration that comes first, when there is any signature.
  std::optional<sys_seconds> earliest_expiration;
  /// There when nothing of level error was found.
  std::optional<VerifiedZone> verified;
  [[nodiscard]] bool is_good() const { return !findings.has_errors(); }
};

/// The whole zone. Thread-safe; uses options.jobs threads. Findings come in the same order whatever
/// the number of threads.
Report verify_zone(const dns::Zone& zone, const VerifyOptions& options);

/// Everything that the change touches: its closure (design: "everything is a change"), and cheap
/// invariants over the whole version. Becomes the whole check when DNSKEY, NSEC3PARAM, the kind of
/// denial or the TTL of denial changes, or when the chain changed where no name explains it.
/// REQUIRES: change.before was found good with the same keys, or DNSKEY is part of the change.
Report verify_change(const dns::Change& change, const VerifyOptions& options);

}  // namespace danewerk::verify
