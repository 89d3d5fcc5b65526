#pragma once

/// \file
/// What validators may have in their caches: the four states that each record of a key, and each
/// TLSA record, goes through, and the versions of a zone that they count from. No state.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace danewerk::model {

/// A version of a zone as the store counts them: 1, 2, 3, ... Never used twice, and not the serial.
/// 0: none.
using VersionNumber = std::uint64_t;

/// Names of the states as in "Flexible and Robust Key Rollover in DNSSEC" (SATIN 2012).
enum class Visibility : std::uint8_t {
  kHidden,       ///< not published, in no cache
  kRumoured,     ///< published, but some caches still hold the RRset without it
  kOmnipresent,  ///< published, and in every cache that holds the RRset
  kUnretentive,  ///< withdrawn, but some caches still hold it
};
/// "hidden", "rumoured", "omnipresent", "unretentive".
std::string_view to_text(Visibility visibility);
std::optional<Visibility> visibility_from_text(std::string_view text);

/// In the zone, or at the parent.
constexpr bool is_out(Visibility visibility) {
  return visibility == Visibility::kRumoured || visibility == Visibility::kOmnipresent;
}

/// Where one record stands, and since when.
struct RecordState {
  Visibility visibility = Visibility::kHidden;
  sys_seconds since{};        ///< when it moved there
  VersionNumber version = 0;  ///< first version of the zone with that move; 0 for DS
  bool operator==(const RecordState&) const = default;
};

}  // namespace danewerk::model
