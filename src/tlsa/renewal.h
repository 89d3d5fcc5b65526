#pragma once

/// \file
/// What a renewal changes, and what has to be published before it may be served. The gate decides
/// when that is; this says what it waits for. Pure; thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tlsa/association.h"
#include "tlsa/catalogue.h"
#include "tlsa/chain.h"

namespace danewerk::tlsa {

/// What the operator wants of a certificate's records.
struct RenewalPolicy {
  enum class Keys : std::uint8_t {
    kStable,  ///< the key stays; a new one is announced before it is served
    kNext,    ///< the next key is always announced already
    kAny,     ///< the key changes at each renewal
  };
  Keys keys = Keys::kStable;
  bool is_key_pinned = false;  ///< every other key is refused
  std::vector<Combination> records{Combination{}};
  /// Whether a new key under a known issuer is served before its own record is old enough.
  enum class Pace : std::uint8_t { kStrict, kFast };
  Pace pace = Pace::kStrict;
};

struct RenewalFacts {
  const Chain* served = nullptr;  ///< nullptr: none yet
  std::vector<Association> published{};
  std::optional<Bytes> next_key{};  ///< SHA-256 of the key that is announced as the next one
  std::vector<std::string> base_domains{};  ///< each counts for usage 2
  const Catalogue* catalogue = nullptr;
  sys_seconds now{};
};

enum class RenewalCase : std::uint8_t {
  kFirst,             ///< nothing is published
  kSameKey,           ///< and an issuer that records name, or none that they need to
  kSameKeyNewIssuer,  ///< an issuer that no record names
  kNextKey,           ///< the announced key
  kNextKeyNewIssuer,
  kNewKey,  ///< a key that nobody announced, under an issuer that records name
  kNewKeyNewIssuer,
  kKeyNotAllowed,   ///< a key that nobody announced where that is refused
  kAnchorMissing,   ///< the issuer that records name is not in the chain
  kNameMissing,     ///< the certificate is not for a host of the records, which counts for usage 2
  kAnchorTooShort,  ///< the anchor's certificate ends before the server's
};
/// "same key", "same key, new issuer", ...
std::string_view to_text(RenewalCase which);

enum class Handling : std::uint8_t {
  kDeploy,  ///< as soon as the gate is open, with nothing to be published before
  kStage,   ///< kept until `publish` is published and old enough, when the gate opens
  kRefuse,  ///< never; the chain that is served stays
};
/// "deploy", "stage", "refuse".
std::string_view to_text(Handling handling);

struct Renewal {
  RenewalCase which = RenewalCase::kSameKey;
  Handling handling = Handling::kDeploy;
  /// What has to be published beside what is there.
  std::vector<Association> publish{};
  /// The relaxed gate may be used when the certificate that is served would expire first.
  bool may_relax = false;
  /// `publish` takes the place of records for the old key at once, for one TTL of mismatch.
  bool replaces_own = false;
  std::string reason{};  ///< a sentence for the operator
  std::string hint{};
};

/// The records that a chain needs, each from both readings. kBadInput when it has no issuer and a
/// record needs one.
Result<std::vector<Association>> associations_for(const Chain& chain,
                                                  const std::vector<Combination>& records);

/// Which case a chain that a client handed over is. kBadInput and kCorrupt as `associations_for`.
Result<Renewal> classify(const Chain& renewed, const RenewalPolicy& policy,
                         const RenewalFacts& facts);

}  // namespace danewerk::tlsa
