#pragma once

/// \file
/// Judges a signed zone. Shares no code with what signs: cuts, glue, empty non-terminals, canonical
/// forms, key parsing, NSEC3 owners and order are its own (promise P3).

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/time.h"
#include "dns/zone.h"

namespace danewerk::verify {

struct VerifyOptions {
  sys_seconds at;          ///< the moment at which signatures must be valid
  std::vector<Bytes> ds;   ///< DS RDATA of the parent, empty: not checked
  unsigned jobs = 1;
};

struct VerifyCounts {
  std::uint64_t names = 0, rrsets = 0, signatures = 0, denial_records = 0;
  std::uint64_t rrsets_visited = 0;  ///< what this run looked at; small after a small change
};

struct Report {
  Findings findings;
  VerifyCounts counts;
  /// Expiration that comes first, when there is any signature.
  std::optional<sys_seconds> earliest_expiration;
  [[nodiscard]] bool is_good() const { return !findings.has_errors(); }
};

/// The whole zone.
Report verify_zone(const dns::Zone& zone, const VerifyOptions& options);

/// Everything that the change touches: its closure (design: "everything is a change"), and cheap
/// invariants over the whole version. REQUIRES: change.before was found good with the same keys, or
/// DNSKEY is part of the change, which makes this the whole check.
Report verify_change(const dns::Change& change, const VerifyOptions& options);

}  // namespace danewerk::verify
