#pragma once

/// \file
/// SOA serial numbers (RFC 1982). They have no order: of two that are 2^31 apart neither is the
/// later one, and "later" is not transitive. So there is no operator<. Thread-compatible.

#include <cstdint>

#include "base/result.h"

namespace danewerk::dns {

class Serial {
 public:
  constexpr explicit Serial(std::uint32_t number = 0) : number_(number) {}
  [[nodiscard]] constexpr std::uint32_t number() const { return number_; }
  constexpr bool operator==(const Serial&) const = default;

  /// RFC 1982 section 3.2; false both ways where the RFC leaves it undefined.
  [[nodiscard]] constexpr bool is_after(Serial other) const {
    const std::uint32_t distance = number_ - other.number_;
    return distance != 0 && distance < kHalf;
  }
  /// RFC 1982 section 3.1. REQUIRES: step is at most 2^31 - 1.
  [[nodiscard]] constexpr Serial plus(std::uint32_t step) const {
    DW_CHECK(step < kHalf, "a serial grows by at most 2^31 - 1");
    return Serial(number_ + step);
  }

 private:
  static constexpr std::uint32_t kHalf = std::uint32_t{1} << 31U;
  std::uint32_t number_;
};

}  // namespace danewerk::dns
