#pragma once

/// \file
/// Which files of the configuration's zones and certificates are watched. Thread-compatible.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "daemon/folder_watch.h"
#include "daemon/log.h"
#include "daemon/schedule.h"
#include "store/state.h"

namespace danewerk::daemon {

class WatchedFiles {
 public:
  /// LOG must outlive it.
  WatchedFiles(FolderWatch watch, Log& log) : watch_(std::move(watch)), log_(log) {}

  [[nodiscard]] int descriptor() const { return watch_.descriptor(); }
  FolderWatch::Events read() { return watch_.read(); }

  /// What zone files included when they were read last: known until the next of the calls below.
  void note_included(std::vector<store::ZoneSummary>& summaries);
  /// The files of all zones and certificates; those of BEFORE which CONFIG does not have are left.
  void watch_all(const config::Config& config, const config::Config* before);
  /// The files of these zones; names of others are passed over.
  void watch_zones(const config::Config& config, const ZoneNames& names);
  void forget_included() { included_.clear(); }

 private:
  void watch_zone(const config::ZoneConfig& zone);
  void watch(const std::string& name, const std::vector<Path>& files);

  FolderWatch watch_;
  Log& log_;
  std::map<std::string, std::vector<Path>, std::less<>> included_;  ///< by zone
  ZoneNames told_;                                                  ///< about folders
};

}  // namespace danewerk::daemon
