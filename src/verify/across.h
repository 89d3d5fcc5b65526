#pragma once

/// \file
/// Promise P3 across versions: what a cache may hold of one version must validate with what it may
/// hold of another. Works on censuses and DS alone, and knows nothing of rollovers. Thread-safe.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/finding.h"
#include "verify/census.h"

namespace danewerk::verify {

/// A version that caches may still hold.
struct HeldVersion {
  std::string name;  ///< for messages: "serial 2026112101"
  Census census;
  // They run out apart: a DNSKEY RRset by its own TTL, data by the largest of theirs.
  bool has_keys = true;  ///< its DNSKEY RRset may be in a cache
  bool has_data = true;  ///< other RRsets of it may
};

/// Keys (DNSKEY RDATA) whose DS caches may hold.
struct HeldDs {
  std::vector<Bytes> steady{};  ///< in every DS RRset that a cache may hold
  std::vector<Bytes> coming{};  ///< in the newest, perhaps not in every one
  std::vector<Bytes> going{};   ///< in older ones only
};

/// For NEXT and every held version U: each RRset of NEXT has a signature by a key in DNSKEY(U) as
/// long as that is held, each held one of U by a key in DNSKEY(NEXT), and DNSKEY(NEXT) is signed by
/// a key of every DS RRset (RFC 4035 section 5). VERIFY-ACROSS-SIGNATURE and VERIFY-ACROSS-DS,
/// errors.
Findings check_across(const HeldVersion& next, std::span<const HeldVersion> held, const HeldDs& ds);

}  // namespace danewerk::verify
