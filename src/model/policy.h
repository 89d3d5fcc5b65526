#pragma once

/// \file
/// A policy: how the zones that name it are signed and their keys rolled. What the configuration
/// says, with nothing left open but what depends on a zone. Value types.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/signature.h"
#include "model/denial.h"

namespace danewerk::model {

/// The author's, last + 1, seconds since 1970, YYYYMMDDnn.
enum class SerialPolicy : std::uint8_t { kKeep, kIncrement, kUnixtime, kDate };

/// How a KSK or CSK is replaced (RFC 7583 section 2.2).
enum class KskRoll : std::uint8_t { kDoubleKsk, kDoubleDs };

/// When CDS and CDNSKEY are published (RFC 7344, RFC 8078).
enum class CdsPolicy : std::uint8_t {
  kRollover,  ///< while a DS has to change, but never to ask for the first DS
  kAlways,
  kNever,
};

struct KeyPolicy {
  unsigned bits = 2048;               ///< RSA only
  std::optional<seconds> lifetime{};  ///< none: never rolled by itself
  bool operator==(const KeyPolicy&) const = default;
};

struct Policy {
  std::string name = "default";
  crypto::Algorithm algorithm = crypto::Algorithm::kRsaSha256;
  bool is_unsigned = false;  ///< `algorithm: none`: zones go insecure, or stay so
  bool has_csk = false;      ///< one key for both roles; its parameters stand in `ksk`
  KeyPolicy ksk{};
  KskRoll ksk_roll = KskRoll::kDoubleKsk;
  KeyPolicy zsk{.bits = 2048, .lifetime = std::chrono::days(90)};
  /// How fast a new ZSK takes over. None: at once below kGradualRollIn signatures, else 24 h.
  std::optional<seconds> zsk_roll_in{};
  unsigned standby_ksks = 0;
  unsigned standby_zsks = 0;
  bool is_manual = false;  ///< a step that begins a move waits for the operator (`key step`)

  DenialParameters denial{};
  struct Signatures {
    seconds validity = std::chrono::days(30);
    std::optional<seconds> refresh{};  ///< none: auto
    std::optional<seconds> spread{};   ///< none: auto
    seconds batch = std::chrono::days(1);
    seconds inception_offset = std::chrono::hours(1);
    std::optional<seconds> dnskey_validity{};  ///< for DNSKEY, CDS, CDNSKEY; none: validity
    std::optional<seconds> dnskey_refresh{};   ///< none: refresh
    bool operator==(const Signatures&) const = default;
  } signatures{};
  seconds dnskey_ttl = std::chrono::hours(1);
  std::optional<seconds> max_zone_ttl{};  ///< larger TTLs in a zone are a finding
  seconds propagation_delay = std::chrono::hours(1);
  seconds parent_propagation_delay = std::chrono::hours(1);
  seconds parent_ds_ttl = std::chrono::days(1);  ///< lower bound
  CdsPolicy cds = CdsPolicy::kRollover;
  std::vector<std::uint8_t> ds_digests{2};  ///< digest types of DS
  SerialPolicy serial = SerialPolicy::kUnixtime;
  bool has_zonemd = false;
  seconds key_retention = std::chrono::days(90);

  bool operator==(const Policy&) const = default;
};

/// Signatures from which on a new ZSK takes over little by little.
inline constexpr std::uint64_t kGradualRollIn = 100'000;

/// What `refresh: auto` is: the larger of validity / 4 and EXPIRE + largest TTL +
/// propagation-delay + 1 d, at most 2/3 of validity.
seconds effective_refresh(const Policy& policy, seconds soa_expire, seconds largest_ttl);
/// What `spread: auto` is: (validity - refresh) / 2.
seconds effective_spread(const Policy& policy, seconds refresh);

}  // namespace danewerk::model
