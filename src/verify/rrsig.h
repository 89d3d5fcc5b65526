#pragma once

/// \file
/// RRSIG RDATA in parts (RFC 4034 section 3.1). Thread-compatible; points into the zone.

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace danewerk::verify {

struct RrsigFields {
  std::uint16_t covered = 0;
  std::uint8_t algorithm = 0;
  std::uint8_t labels = 0;
  std::uint32_t original_ttl = 0;
  std::uint32_t expiration = 0;  ///< serial arithmetic (RFC 4034 section 3.1.5)
  std::uint32_t inception = 0;
  std::uint16_t tag = 0;
  ByteView signer;     ///< wire form, case as it stands there
  ByteView signature;  ///< at least one octet
};

/// Octets before the signer's name.
inline constexpr std::size_t kRrsigFixedOctets = 18;

/// Nothing when RDATA is no RRSIG.
std::optional<RrsigFields> read_rrsig(ByteView rdata);

/// A minus B for RRSIG times that are less than 68 years apart (RFC 4034 section 3.1.5).
inline std::int32_t time_difference(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}

}  // namespace danewerk::verify
