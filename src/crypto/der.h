#pragma once

/// \file
/// Just enough of DER (X.690) to cut a certificate to pieces and to write a public key, without the
/// library: a second opinion on the octets that TLSA records are made of; pem.h is the same for
/// PEM. Views point into the input. No state.

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk::crypto {

/// One element: its tag octet, its content, and both with the head between them.
struct DerElement {
  std::uint8_t tag = 0;
  ByteView content;
  ByteView whole;
};

/// Takes the first element off the front of `octets`; nothing when there is no whole one with a
/// definite length in its shortest form.
std::optional<DerElement> take_element(ByteView& octets);

/// SubjectPublicKeyInfo within a certificate (RFC 5280 section 4.1) or a request (RFC 2986
/// section 4), as it stands there. kBadInput when the octets are no such thing.
Result<ByteView> slice_certificate_key(ByteView certificate);
Result<ByteView> slice_request_key(ByteView request);

/// The numbers of a public key.
struct KeyNumbers {
  enum class Type : std::uint8_t { kRsa, kP256, kP384, kP521, kEd25519, kEd448 };
  Type type = Type::kRsa;
  Bytes modulus, exponent;  ///< RSA, unsigned big-endian
  Bytes point;              ///< the others: 4, x, y (RFC 5480 section 2.2), or RFC 8410 section 4
};
/// SubjectPublicKeyInfo of these numbers (RFC 3279 section 2.3.1, RFC 5480, RFC 8410).
Bytes write_key_info(const KeyNumbers& numbers);

}  // namespace danewerk::crypto
