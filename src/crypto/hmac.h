#pragma once

/// \file
/// Keyed digests (RFC 2104), comparing them, and random octets. Thread-safe.

#include <span>

#include "base/bytes.h"
#include "crypto/signature.h"

namespace danewerk::crypto {

/// HMAC of data under a key of any length.
Digest hmac(DigestType type, ByteView key, ByteView data);

/// Equal, in a time that depends on the sizes alone.
bool equal_in_constant_time(ByteView a, ByteView b);

/// Octets that nobody can foretell.
void fill_randomly(std::span<std::uint8_t> octets);

}  // namespace danewerk::crypto
