#pragma once

/// \file
/// Turns what was gathered into a report; the one maker of VerifiedZone.

#include "verify/collector.h"
#include "verify/context.h"

namespace danewerk::verify {

class Verdict {
 public:
  static Report report(const Context& context, Collector&& gathered);
};

}  // namespace danewerk::verify
