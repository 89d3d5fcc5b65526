#pragma once

/// \file
/// How a zone proves what is not there: parameters of NSEC and NSEC3. Thread-compatible.

#include <cstdint>

#include "base/bytes.h"

namespace danewerk::model {

enum class DenialKind : std::uint8_t { kNsec, kNsec3 };

/// The defaults are those that RFC 9276 section 3.1 asks for.
struct DenialParameters {
  DenialKind kind = DenialKind::kNsec3;
  std::uint16_t iterations = 0;  ///< additional ones (RFC 5155 section 3.1.3)
  Bytes salt{};                  ///< 0 to 255 octets
  bool opt_out = false;          ///< leave insecure delegations out (RFC 5155 section 6)

  bool operator==(const DenialParameters&) const = default;
};

/// Validators may treat more as insecure or bogus (RFC 9276 section 3.2): refused.
inline constexpr std::uint16_t kMaxIterations = 50;

}  // namespace danewerk::model
