#pragma once

/// \file
/// The proof that a version was judged and found good. What publishes asks for it, so that
/// publishing what was not verified does not compile (promise P3). Thread-compatible.

#include <utility>

#include "dns/zone.h"

namespace danewerk::verify {

/// A version in which the functions of verify.h found no error. Nothing else can make one.
class VerifiedZone {
 public:
  [[nodiscard]] const dns::Zone& zone() const { return zone_; }

 private:
  friend class Verdict;  // defined in verify's own sources only
  explicit VerifiedZone(dns::Zone zone) : zone_(std::move(zone)) {}
  dns::Zone zone_;
};

}  // namespace danewerk::verify
