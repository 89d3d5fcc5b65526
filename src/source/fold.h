#pragma once

/// \file
/// Words of a master file are compared without regard to case. Thread-safe.

#include <algorithm>
#include <string_view>

namespace danewerk::source {

/// REQUIRES: upper has no lower-case letters.
inline bool equal_fold(std::string_view text, std::string_view upper) {
  return text.size() == upper.size() &&
         std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) {
           return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 32) : a) == b;
         });
}

}  // namespace danewerk::source
