#pragma once

/// \file
/// When the daemon looks at which zone again: at the engine's own wake-up times, and, where
/// something went wrong, after a while that grows with each try. Knows no clock. Thread-compatible.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "store/state.h"

namespace danewerk::daemon {

using ZoneNames = std::set<std::string, std::less<>>;

class Schedule {
 public:
  /// A zone with findings is looked at at least this often.
  static constexpr seconds kFindings = std::chrono::hours(1);
  /// After a failure; twice as long after each further one, up to kFindings.
  static constexpr seconds kFirstRetry = std::chrono::minutes(1);
  /// The same where a pass went well and wants another one at once.
  static constexpr seconds kAtOnce{1};

  /// What is known of the zones NAMES after the pass that looked at LOOKED. Zones without summary,
  /// or of other names, are not scheduled.
  void enter(const std::vector<store::ZoneSummary>& summaries, const ZoneNames& looked,
             const ZoneNames& names, sys_seconds now);

  /// When the next zone is due; may be past.
  [[nodiscard]] std::optional<sys_seconds> next() const { return next_; }
  [[nodiscard]] ZoneNames due(sys_seconds now) const;

 private:
  struct Zone {
    sys_seconds look{};
    unsigned tries = 0;  ///< looks after which there was something to do still
  };
  enum class Turn : std::uint8_t { kLooked, kOthers };
  /// After a pass that looked at this zone, or at others; AT is what the zone wants.
  [[nodiscard]] Zone plan(const store::ZoneSummary& zone, sys_seconds at, Turn turn,
                          sys_seconds now) const;
  std::map<std::string, Zone, std::less<>> zones_;
  std::optional<sys_seconds> next_;
};

/// When something that failed TRIES times is tried again: FIRST, then twice as long each time, at
/// most MOST. REQUIRES: tries is not 0.
seconds back_off(unsigned tries, seconds first, seconds most);

}  // namespace danewerk::daemon
