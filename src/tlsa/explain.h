#pragma once

/// \file
/// What a TLSA record says, in plain words. Pure.

#include <string_view>

#include "tlsa/association.h"

namespace danewerk::tlsa {

/// A sentence a field, lower case, no full stop.
struct Explanation {
  std::string_view usage;
  std::string_view selector;
  std::string_view matching;
};
Explanation explain(const Combination& combination);

}  // namespace danewerk::tlsa
