#pragma once

/// \file
/// Files that changed, until they are stable: nothing happened for a second, and no writer has them
/// open. Thread-compatible; knows no clock.

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "daemon/schedule.h"

namespace danewerk::daemon {

using Moment = std::chrono::steady_clock::time_point;

enum class FileEvent : std::uint8_t {
  kWritten,  ///< and still open
  kDone,     ///< closed after writing, or renamed, made, removed
};

class Settling {
 public:
  static constexpr seconds kStable{1};
  /// A file that is replaced again and again is read all the same.
  static constexpr seconds kLongest = std::chrono::minutes(1);
  /// So long a writer may keep a file open.
  static constexpr seconds kLongestWriter = std::chrono::minutes(10);

  /// A file of ZONE changed.
  void note(const std::string& zone, FileEvent event, Moment now);
  /// When the first is stable.
  [[nodiscard]] std::optional<Moment> next() const;
  /// Zones whose files are stable; they are forgotten here.
  ZoneNames take(Moment now);

 private:
  struct Zone {
    Moment first;                        ///< event
    std::optional<Moment> first_done{};  ///< event of that kind
    Moment ready;
  };
  std::map<std::string, Zone, std::less<>> zones_;
};

}  // namespace danewerk::daemon
