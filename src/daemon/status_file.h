#pragma once

/// \file
/// What monitoring may read without reaching the state: one JSON file, replaced as a whole, with
/// the verdict of `danewerk status` on each zone. Holds a line of each zone, so that a pass over a
/// few of ten thousand reads those few. One thread at a time.

#include <map>
#include <optional>
#include <string>

#include "base/file.h"
#include "config/config.h"
#include "daemon/schedule.h"
#include "store/state.h"

namespace danewerk::daemon {

class StatusFile {
 public:
  /// Looks at the zones NAMES; empty: at all, and forgets those that are gone.
  Result<void> read(const config::Config& config, const store::State& state, const ZoneNames& names,
                    sys_seconds now);

  /// What the file says beside the zones.
  struct Heading {
    sys_seconds written{};
    sys_seconds started{};
    std::string trouble{};  ///< why the last pass as a whole failed; empty: it did not
  };
  /// Replaces the file, mode 0644. Not on disk, when the machine stops, is no loss.
  [[nodiscard]] Result<void> write(const Path& file, const Heading& heading) const;
  [[nodiscard]] std::string text(const Heading& heading) const;

 private:
  std::map<std::string, std::string, std::less<>> zones_;  ///< JSON text by name
  std::map<std::string, std::string, std::less<>> health_;
};

}  // namespace danewerk::daemon
