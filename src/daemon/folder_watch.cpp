#include "daemon/folder_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace danewerk::daemon {

namespace {

constexpr std::uint32_t kWanted = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO |
                                  IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

Result<FolderWatch> FolderWatch::open() {
  Descriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.is_open()) return tl::unexpected(system_error("watch", "folders", errno));
  return FolderWatch(std::move(inotify));
}

std::vector<FolderWatch::Spot> FolderWatch::spots_of(const std::vector<Path>& files) {
  std::vector<Spot> spots;
  for (const auto& file : files) {
    spots.push_back({file.parent_path().string(), file.filename().string()});
    std::error_code error;
    const auto real = std::filesystem::canonical(file, error);
    if (!error) spots.push_back({real.parent_path().string(), real.filename().string()});
  }
  std::ranges::sort(spots);
  const auto twice = std::ranges::unique(spots);
  spots.erase(twice.begin(), twice.end());
  return spots;
}

std::vector<std::string> FolderWatch::set(const std::string& zone, const std::vector<Path>& files) {
  auto spots = spots_of(files);
  const auto known = zones_.find(zone);
  std::vector<std::string> trouble;
  const auto before = known == zones_.end() ? std::vector<Spot>() : known->second;
  for (const auto& spot : before) {
    if (!std::ranges::binary_search(spots, spot)) remove(spot, zone);
  }
  for (const auto& spot : spots) {
    if (is_watched(spot, before)) continue;
    remove(spot, zone);
    if (auto why = add(spot, zone); !why.empty()) trouble.push_back(std::move(why));
  }
  if (spots.empty()) {
    if (known != zones_.end()) zones_.erase(known);
  } else {
    zones_.insert_or_assign(zone, std::move(spots));
  }
  return trouble;
}

bool FolderWatch::is_watched(const Spot& spot, const std::vector<Spot>& before) const {
  // A folder that was not there may be, now.
  return std::ranges::binary_search(before, spot) && folders_.at(spot.folder).watch >= 0;
}

std::string FolderWatch::add(const Spot& spot, const std::string& zone) {
  auto& folder = folders_[spot.folder];
  folder.zones.emplace(spot.file, zone);
  if (folder.watch >= 0) return {};
  const int watch = ::inotify_add_watch(inotify_.get(), spot.folder.c_str(), kWanted);
  if (watch < 0) return system_error("watch", spot.folder, errno).message();
  folder.watch = watch;
  names_.emplace(watch, spot.folder);
  return {};
}

void FolderWatch::remove(const Spot& spot, const std::string& zone) {
  const auto found = folders_.find(spot.folder);
  if (found == folders_.end()) return;
  auto& folder = found->second;
  const auto [first, last] = folder.zones.equal_range(spot.file);
  const auto entry = std::find_if(first, last, [&](const auto& one) { return one.second == zone; });
  if (entry != last) folder.zones.erase(entry);
  if (!folder.zones.empty()) return;
  const auto [begin, end] = names_.equal_range(folder.watch);
  const auto name =
      std::find_if(begin, end, [&](const auto& one) { return one.second == spot.folder; });
  if (name != end) {
    names_.erase(name);
    // Another name of the same folder shares the watch.
    if (!names_.contains(folder.watch)) ::inotify_rm_watch(inotify_.get(), folder.watch);
  }
  folders_.erase(found);
}

void FolderWatch::note(int watch, std::string_view file, std::uint32_t mask, Events& events) {
  if ((mask & IN_Q_OVERFLOW) != 0) events.is_incomplete = true;
  // Another folder may take its name: this one is let go, which comes back as IN_IGNORED.
  if ((mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_.get(), watch);
  const auto [first, last] = names_.equal_range(watch);
  const bool is_gone = (mask & IN_IGNORED) != 0;
  for (auto name = first; name != last; ++name) {
    auto& folder = folders_.at(name->second);
    if (is_gone) {
      folder.watch = -1;
      for (const auto& [_, zone] : folder.zones) events.events.push_back({zone, FileEvent::kDone});
      continue;
    }
    const auto what = (mask & IN_MODIFY) != 0 ? FileEvent::kWritten : FileEvent::kDone;
    const auto [begin, end] = folder.zones.equal_range(file);
    for (auto entry = begin; entry != end; ++entry) events.events.push_back({entry->second, what});
  }
  if (is_gone) names_.erase(watch);
}

FolderWatch::Events FolderWatch::read() {
  constexpr std::size_t kRoom = 16384;
  alignas(inotify_event) std::array<char, kRoom> room{};
  Events events;
  for (;;) {
    const auto got = ::read(inotify_.get(), room.data(), room.size());
    if (got <= 0) return events;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, room.data() + at, sizeof event);
      const char* name = room.data() + at + sizeof event;
      const std::string_view file(name, ::strnlen(name, event.len));
      note(event.wd, file, event.mask, events);
      at += sizeof event + event.len;
    }
  }
}

}  // namespace danewerk::daemon
