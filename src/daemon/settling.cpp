#include "daemon/settling.h"

#include <algorithm>

namespace danewerk::daemon {

void Settling::note(const std::string& zone, FileEvent event, Moment now) {
  auto& entry = zones_.try_emplace(zone, Zone{.first = now, .ready = now}).first->second;
  if (event == FileEvent::kWritten) {
    entry.ready = entry.first + kLongestWriter;
    return;
  }
  if (!entry.first_done) entry.first_done = now;
  entry.ready = std::min(now + kStable, *entry.first_done + kLongest);
}

std::optional<Moment> Settling::next() const {
  const auto first =
      std::ranges::min_element(zones_, {}, [](const auto& entry) { return entry.second.ready; });
  if (first == zones_.end()) return std::nullopt;
  return first->second.ready;
}

ZoneNames Settling::take(Moment now) {
  ZoneNames ready;
  for (const auto& [name, zone] : zones_) {
    if (zone.ready <= now) ready.insert(ready.end(), name);
  }
  for (const auto& name : ready) zones_.erase(name);
  return ready;
}

}  // namespace danewerk::daemon
