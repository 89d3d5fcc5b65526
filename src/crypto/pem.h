#pragma once

/// \file
/// PEM texts (RFC 7468), read by code of our own and more strictly than by the library, which takes
/// a damaged line for text between the blocks and passes over the certificate below. No state.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk::crypto {

/// Whether the octets are meant to be PEM; if not, they may be DER.
bool is_pem(ByteView octets);

/// What is wrong with a text, and in which line; lines count from 1.
struct PemDamage {
  std::uint32_t line = 0;
  std::string what;
};
/// Why a PEM text cannot be trusted to say all that it once said: an octet of zero, a block without
/// its end or beginning, what is no base 64, and each line with "-----BEGIN" or "-----END" that is
/// not exactly such a line (blanks behind it do no harm). Other text between blocks is allowed.
/// Nothing for what is no PEM.
std::optional<PemDamage> find_damage(ByteView octets);

/// The same as a failure, kBadInput: "line 12: damaged: ...".
Result<void> check_pem(ByteView octets);

/// A block of a PEM text.
struct PemBlock {
  std::string_view label;  ///< "CERTIFICATE"
  Bytes octets;            ///< empty for private keys, which are not decoded here
};
/// All blocks; text outside of them is skipped. kBadInput when the text is damaged.
Result<std::vector<PemBlock>> pem_blocks(std::string_view text);

}  // namespace danewerk::crypto
