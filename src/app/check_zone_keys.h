#pragma once

/// \file
/// `danewerk check` on what lies in the key store and in the state: that all keys that a zone needs
/// are there and can be read, and that the clock is right. Changes nothing. Thread-compatible.

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "observe/ds_sight.h"
#include "store/state.h"

namespace danewerk::app {

/// What is remembered; nothing while there is no state, or it cannot be read (a finding).
struct Remembered {
  std::optional<store::State> state{};
  Findings findings{};
};
/// CHECK-STATE when it cannot be read, CHECK-CLOCK when the last pass lies ahead of NOW or the
/// kernel does not call the clock synchronised.
Remembered read_remembered(const config::Config& config, sys_seconds now);

/// Keys of a zone, as far as they are good.
struct CheckedKeys {
  observe::DsKeys ds_keys{};  ///< those that may have a DS
  Findings findings{};        ///< KEY-*; CHECK-KEYS, CHECK-KEY-MISSING
};
CheckedKeys check_keys(const config::Config& config, const config::ZoneConfig& zone,
                       const model::ZoneState* known);

}  // namespace danewerk::app
