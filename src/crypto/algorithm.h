#pragma once

/// \file
/// What there is to know about DNSSEC algorithms apart from their arithmetic. No state.

#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/signature.h"

namespace danewerk::crypto {

/// Mnemonic of the IANA registry: "RSASHA256", "ECDSAP256SHA256", "ED25519".
std::string_view to_text(Algorithm algorithm);
/// Mnemonic in any case, or the number; nothing for what is not one of ours.
std::optional<Algorithm> algorithm_from_text(std::string_view text);
/// Nothing for a number that is not one of ours.
std::optional<Algorithm> algorithm_from_number(std::uint8_t number);

/// RSA, whatever the digest.
bool is_rsa(Algorithm algorithm);
/// May be used for new signatures: all but those with SHA-1 (RFC 8624 section 3.1).
bool is_for_signing(Algorithm algorithm);
/// Octets of the signature in an RRSIG; nothing for RSA, where the key decides.
std::optional<std::size_t> fixed_signature_size(Algorithm algorithm);
/// What the algorithm signs; nothing for EdDSA, which takes the message itself.
std::optional<DigestType> digest_of(Algorithm algorithm);

/// Bits of the modulus in an RSA public key field (RFC 3110 section 2); 0 when it is none.
unsigned rsa_bits(ByteView public_key);

/// Bits of an RSA modulus that may sign (RFC 5702 section 2; the lower bound is that of RSASHA512).
inline constexpr unsigned kMinRsaBits = 1024;
inline constexpr unsigned kMaxRsaBits = 4096;
/// Below this, a key is worth a warning.
inline constexpr unsigned kAdvisedRsaBits = 2048;

}  // namespace danewerk::crypto
