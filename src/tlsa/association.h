#pragma once

/// \file
/// TLSA records: their three numbers, RDATA, text forms, and owner names (RFC 6698 section 2 and 3,
/// RFC 7218). No state.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/name.h"

namespace danewerk::tlsa {

/// RFC 6698 section 2.1.1, names of RFC 7218 section 2.1.
enum class Usage : std::uint8_t { kPkixTa = 0, kPkixEe = 1, kDaneTa = 2, kDaneEe = 3 };
/// RFC 6698 section 2.1.2.
enum class Selector : std::uint8_t { kCertificate = 0, kKeyInfo = 1 };
/// RFC 6698 section 2.1.3.
enum class Matching : std::uint8_t { kFull = 0, kSha256 = 1, kSha512 = 2 };

/// One combination, "3 1 1".
struct Combination {
  Usage usage = Usage::kDaneEe;
  Selector selector = Selector::kKeyInfo;
  Matching matching = Matching::kSha256;
  /// The record names an issuer, not the server's own certificate.
  [[nodiscard]] bool names_issuer() const {
    return usage == Usage::kPkixTa || usage == Usage::kDaneTa;
  }
  bool operator==(const Combination&) const = default;
};
/// "3 1 1".
std::string to_text(const Combination& combination);
/// "DANE-EE(3) SPKI(1) SHA2-256(1)" (RFC 7218).
std::string explained(const Combination& combination);
/// Three numbers or names of RFC 7218 in any case, between blanks: "3 1 1", "DANE-EE SPKI
/// SHA2-256".
Result<Combination> combination_from_text(std::string_view text);

/// What a record says.
struct Association {
  Combination combination;
  Bytes data;

  [[nodiscard]] Bytes rdata() const;
  /// "3 1 1 0123abcd...".
  [[nodiscard]] std::string rdata_text() const;
  /// "\# 35 030101...", for programs that do not know the type (RFC 3597 section 5).
  [[nodiscard]] std::string unknown_rdata_text() const;
  bool operator==(const Association&) const = default;
};
/// kBadInput for less than three octets, numbers out of range, no data, or a digest of the wrong
/// size.
Result<Association> association_from_rdata(ByteView rdata);

/// The service that an owner name stands for.
struct Service {
  std::uint16_t port = 0;
  std::string protocol;  ///< "tcp", "udp", "sctp"
  dns::Name host;
};
/// A name under which TLSA records may stand: "_25._tcp.mx1.example.org." (RFC 6698 section 3), or
/// one below a label "_dane", to which aliases of such names point (RFC 7671 section 6).
struct OwnerName {
  dns::Name name;
  std::optional<Service> service;
};
/// kBadInput, with the right form as hint, for any other name.
Result<OwnerName> owner_from_text(std::string_view text);

/// "OWNER TTL IN TLSA 3 1 1 ..."; without TTL when none is given.
std::string record_text(dns::NameView owner, std::optional<std::uint32_t> ttl,
                        const Association& association);
/// "OWNER TTL IN TYPE52 \# 35 ...".
std::string unknown_record_text(dns::NameView owner, std::optional<std::uint32_t> ttl,
                                const Association& association);

}  // namespace danewerk::tlsa
