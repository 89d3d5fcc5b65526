#pragma once

/// \file
/// Which keys sign what in a version: verify's own bookkeeping, kept with each version for the
/// check across versions (across.h). Value type; thread-compatible.

#include <cstdint>
#include <map>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/zone.h"

namespace danewerk::verify {

/// A key as an RRSIG names it: algorithm, tag. Within a zone, one key: the store throws away a new
/// key whose tag collides, and the signatures were verified.
using SignerId = std::uint32_t;
/// Ascending.
using SignerSet = std::vector<SignerId>;

struct Census {
  std::vector<Bytes> dnskeys;                 ///< RDATA of the DNSKEY RRset
  SignerSet dnskey_signers;                   ///< who signs it
  std::map<SignerSet, std::uint64_t> rrsets;  ///< signed RRsets, DNSKEY apart, by who signs them
  /// Keys of `dnskeys` as RRSIGs name them.
  [[nodiscard]] SignerSet published() const;
  bool operator==(const Census&) const = default;
};

/// Looks at every RRset.
Census count_signers(const dns::Zone& zone);
/// Looks at what differs. REQUIRES: BEFORE is the census of change.before.
Census count_signers(Census before, const dns::Change& change);

/// Octets for the store, and back. kCorrupt for what is none.
Bytes pack(const Census& census);
Result<Census> unpack_census(ByteView octets);

}  // namespace danewerk::verify
