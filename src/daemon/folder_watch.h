#pragma once

/// \file
/// The kernel's word (inotify) that a file of a zone changed. Folders are watched, not files, so
/// that editors and copy programs that rename are seen; a file that is a symbolic link is watched
/// where the link stands and where it leads. Thread-compatible.

#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "daemon/settling.h"

namespace danewerk::daemon {

class FolderWatch {
 public:
  static Result<FolderWatch> open();

  /// Becomes readable when something changed.
  [[nodiscard]] int descriptor() const { return inotify_.get(); }

  /// The files of a zone from now on, instead of those before; none: the zone is forgotten.
  /// \returns why a folder of them cannot be watched, a sentence each.
  std::vector<std::string> set(const std::string& zone, const std::vector<Path>& files);

  struct Event {
    std::string zone;
    FileEvent what = FileEvent::kDone;
  };
  struct Events {
    std::vector<Event> events{};
    bool is_incomplete = false;  ///< some were lost: anything may have changed
  };
  /// What happened since the last call; does not wait.
  Events read();

 private:
  explicit FolderWatch(Descriptor inotify) : inotify_(std::move(inotify)) {}

  struct Spot {
    std::string folder;
    std::string file;
    auto operator<=>(const Spot&) const = default;
  };
  static std::vector<Spot> spots_of(const std::vector<Path>& files);
  [[nodiscard]] bool is_watched(const Spot& spot, const std::vector<Spot>& before) const;
  std::string add(const Spot& spot, const std::string& zone);
  void remove(const Spot& spot, const std::string& zone);
  void note(int watch, std::string_view file, std::uint32_t mask, Events& events);

  struct Folder {
    int watch = -1;  ///< none: it is not there, or cannot be watched
    std::multimap<std::string, std::string, std::less<>> zones{};  ///< by name of the file
  };
  Descriptor inotify_;
  std::map<std::string, Folder, std::less<>> folders_;
  std::multimap<int, std::string> names_;  ///< of a watch: one folder may have several
  std::map<std::string, std::vector<Spot>, std::less<>> zones_;
};

}  // namespace danewerk::daemon
