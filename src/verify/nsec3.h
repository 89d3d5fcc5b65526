#pragma once

/// \file
/// NSEC3 and NSEC3PARAM in parts (RFC 5155 sections 3.2 and 4.2), and the hash of a name (section
/// 5). Thread-compatible.

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "crypto/signature.h"
#include "verify/owner.h"

namespace danewerk::verify {

struct Nsec3Params {
  std::uint8_t algorithm = 1;
  std::uint16_t iterations = 0;
  ByteView salt;  ///< points into the zone
};
bool operator==(const Nsec3Params& a, const Nsec3Params& b);

inline constexpr std::uint8_t kSha1Hash = 1;       ///< the only one (RFC 5155 section 11)
inline constexpr std::size_t kHashOctets = 20;     ///< of SHA-1
inline constexpr std::uint8_t kOptOutFlag = 0x01;  ///< RFC 5155 section 3.1.2.1

struct Nsec3Fields {
  Nsec3Params params;
  std::uint8_t flags = 0;
  ByteView next;    ///< hash, raw octets
  ByteView bitmap;  ///< RFC 4034 section 4.1.2
  [[nodiscard]] bool is_opt_out() const { return (flags & kOptOutFlag) != 0; }
};

/// Nothing when RDATA is no NSEC3.
std::optional<Nsec3Fields> read_nsec3(ByteView rdata);
/// Parameters and flags of an NSEC3PARAM.
std::optional<Nsec3Fields> read_nsec3param(ByteView rdata);

/// The hash of a name (RFC 5155 section 5), 20 octets.
crypto::Digest nsec3_hash(const Nsec3Params& params, const Owner& owner);

}  // namespace danewerk::verify
