#pragma once

/// \file
/// What the RDATA of the types that make up big zones consists of: one table that parser, printer
/// and checker all follow. Types without an entry go through ldns. Thread-safe.

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>

#include "dns/type.h"

namespace danewerk::dns {

enum class RdataPart : std::uint8_t {
  kEnd,
  kU8,
  kU16,
  kU32,
  kPeriod,  ///< 32 bits, seconds; text may have units
  kTime,    ///< 32 bits, text is YYYYMMDDHHMMSS (RFC 4034 section 3.2)
  kType,    ///< an RR type
  kIpv4,
  kIpv6,
  kName,
  kString,       ///< a character-string (RFC 1035 section 3.3)
  kSalt,         ///< length and octets; text is hexadecimal or `-` (RFC 5155 section 3.3)
  kHash,         ///< length and octets; text is base32hex (RFC 5155 section 3.3)
  kTag,          ///< length, letters and digits (RFC 8659 section 4.1)
  kHexRest,      ///< to the end, at least one octet
  kBase64Rest,   ///< to the end, at least one octet
  kStringsRest,  ///< character-strings to the end, at least one
  kTextRest,     ///< octets to the end, text is one quoted string (RFC 8659 section 4.1.1)
  kBitmapRest,   ///< RFC 4034 section 4.1.2
};

class RdataLayout {
 public:
  constexpr RdataLayout(std::initializer_list<RdataPart> parts) {
    std::copy(parts.begin(), parts.end(), parts_.begin());
  }
  /// Up to the one that is kEnd.
  [[nodiscard]] constexpr const RdataPart* begin() const { return parts_.data(); }

 private:
  std::array<RdataPart, 10> parts_{};
};

/// nullptr: not in the table.
const RdataLayout* rdata_layout(RrType type);

}  // namespace danewerk::dns
