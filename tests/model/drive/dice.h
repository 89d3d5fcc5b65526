#pragma once

/// \file
/// Chance with a printed seed: the same on every machine.

#include <cstdint>
#include <initializer_list>
#include <random>

#include "base/time.h"

namespace danewerk::drive {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t count) { return engine_() % count; }
  /// True so many times of a thousand.
  bool chance(unsigned of_thousand) { return below(1000) < of_thousand; }
  seconds between(seconds low, seconds high) {
    return low + seconds(below(static_cast<std::uint64_t>((high - low).count()) + 1));
  }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + below(values.size()));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace danewerk::drive
