#pragma once

/// \file
/// Which keys sign what in a zone at a moment. Immutable once chosen; readable by many threads.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dns/name.h"
#include "model/key.h"

namespace danewerk::sign {

/// One key that makes signatures.
struct SigningKey {
  std::shared_ptr<const crypto::PrivateKey> private_key;
  Bytes public_key;
  std::uint8_t algorithm = 0;
  model::KeyTag tag = 0;
  bool signs_dnskey = false;  ///< DNSKEY, CDS and CDNSKEY (RFC 7344 section 4.1)
  bool signs_zone = false;    ///< everything else
};

/// One key that makes no signatures any more. What it has signed stays where the keys of its
/// algorithm have not taken over yet.
struct RetiringKey {
  Bytes public_key;
  std::uint8_t algorithm = 0;
  model::KeyTag tag = 0;
};

/// A share of all RRsets, of 2^32, chosen by a function of owner and type.
using RrsetShare = std::uint64_t;
inline constexpr RrsetShare kAllRrsets = RrsetShare{1} << 32U;

struct SigningKeys {
  /// Active keys with a private half, by algorithm and tag: the order of RRSIGs.
  std::vector<SigningKey> signing;
  /// ZSKs that leave little by little (RFC 6781 section 4.1.1.1 allows both to sign meanwhile).
  std::vector<RetiringKey> retiring{};
  /// What has been taken over from them; grows from version to version.
  RrsetShare taken_over = kAllRrsets;
  /// All that are published: RDATA of the DNSKEY RRset.
  std::vector<model::Dnskey> published;

  /// Those that are published and active at NOW. A KSK whose algorithm has no ZSK signs everything,
  /// as a CSK does.
  /// kBadInput when an algorithm that is published has no key for DNSKEY or none for the zone: each
  /// RRset needs a signature of every algorithm in DNSKEY (RFC 4035 section 2.2).
  static Result<SigningKeys> choose(const std::vector<model::Key>& keys, sys_seconds now);
};

}  // namespace danewerk::sign
