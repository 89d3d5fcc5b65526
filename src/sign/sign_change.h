#pragma once

/// \file
/// Signs what a change touches, and what is due; leaves the rest alone.

#include <cstdint>

#include "base/result.h"
#include "dns/zone.h"
#include "sign/rrsig.h"
#include "sign/signing_keys.h"

namespace danewerk::sign {

struct SignOptions {
  SignaturePolicy policy;
  /// Everything is looked at: other keys sign than those that signed `before`.
  bool all = false;
  unsigned jobs = 1;
};

struct SignedZone {
  dns::Zone zone;
  std::uint64_t visited_rrsets = 0;  ///< does not grow with the zone when the change is small
  std::uint64_t made = 0;            ///< signatures
  std::uint64_t kept = 0;            ///< signatures looked at and found good
};

/// \param change  `after` has its managed and denial records; RRsets that are as they were in
///                `before` still have their RRSIGs.
Result<SignedZone> sign_change(const dns::Change& change, const SigningKeys& keys,
                               const SignOptions& options);

/// What `sign_change` does, for one name of a version: used for SOA and ZONEMD, which come last.
Result<SignedZone> sign_apex(const dns::Zone& zone, const SigningKeys& keys,
                             const SignaturePolicy& policy);

}  // namespace danewerk::sign
