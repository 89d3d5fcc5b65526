#pragma once

/// \file
/// The two forms of an ECDSA signature: r and s side by side in RRSIG (RFC 6605 section 4), and a
/// SEQUENCE of two INTEGERs, which OpenSSL takes and gives (RFC 3279 section 2.2.3). Written out by
/// hand because OpenSSL's way allocates five objects a signature. No state.

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace danewerk::crypto {

/// Octets of the longest SEQUENCE: two numbers of 48 octets, each with a sign octet and a head.
inline constexpr std::size_t kMaxEcdsaSequence = 2 + 2 * (2 + 49);

struct EcdsaSequence {
  std::array<std::uint8_t, kMaxEcdsaSequence> octets{};
  std::size_t size = 0;
  [[nodiscard]] ByteView view() const { return ByteView(octets).first(size); }
};

/// REQUIRES: raw has 64 or 96 octets.
EcdsaSequence ecdsa_sequence(ByteView raw);

/// Writes r and s, each filled up with zeros to half of `raw`.
/// \returns false when the octets are no such sequence, or a number does not fit.
[[nodiscard]] bool ecdsa_raw(ByteView sequence, std::span<std::uint8_t> raw);

}  // namespace danewerk::crypto
