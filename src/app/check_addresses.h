#pragma once

/// \file
/// `danewerk check` on new addresses: what a pass would find of the services there, beforehand.
/// Asks only where a zone file has an address that the published version has not.
/// Thread-compatible.

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "dns/zone.h"
#include "engine/new_addresses.h"
#include "store/state.h"

namespace danewerk::app {

class AddressCheck {
 public:
  /// Both must outlive it.
  AddressCheck(const config::Config& config, store::State& state, sys_seconds now);

  /// BINDING-ADDRESS, BINDING-ADDRESS-SILENT. Nothing for a zone that was never signed, or of which
  /// the state cannot be read: others tell that.
  /// \param source  the zone file
  [[nodiscard]] Findings check(const dns::Zone& source) const;

 private:
  const config::Config& config_;
  store::State& state_;
  sys_seconds now_;
  engine::GuardedServices services_{};
};

}  // namespace danewerk::app
