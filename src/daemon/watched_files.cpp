#include "daemon/watched_files.h"

#include <utility>

#include "daemon/acts.h"

namespace danewerk::daemon {

void WatchedFiles::note_included(std::vector<store::ZoneSummary>& summaries) {
  for (auto& summary : summaries) {
    auto& files = included_[summary.name];
    for (auto& mark : summary.source) files.emplace_back(std::move(mark.path));
  }
}

void WatchedFiles::watch_all(const config::Config& config, const config::Config* before) {
  if (before != nullptr) {
    for (const auto& [name, _] : before->zones) {
      if (!config.zones.contains(name)) watch_.set(name, {});
    }
    for (const auto& [name, _] : before->certificates) {
      if (!config.certificates.contains(name)) watch_.set(scheduled_name(name), {});
    }
  }
  for (const auto& [_, zone] : config.zones) watch_zone(zone);
  for (const auto& [name, certificate] : config.certificates) {
    std::vector<Path> files{certificate.certificate};
    if (certificate.key) files.push_back(*certificate.key);
    watch(scheduled_name(name), files);
  }
  forget_included();
}

void WatchedFiles::watch_zones(const config::Config& config, const ZoneNames& names) {
  for (const auto& name : names) {
    const auto zone = config.zones.find(name);
    if (zone != config.zones.end()) watch_zone(zone->second);
  }
  forget_included();
}

/// The zone file, and what it included when it was read last.
void WatchedFiles::watch_zone(const config::ZoneConfig& zone) {
  std::vector<Path> files{zone.file};
  if (const auto known = included_.find(zone.name); known != included_.end()) {
    files.insert(files.end(), known->second.begin(), known->second.end());
  }
  watch(zone.name, files);
}

void WatchedFiles::watch(const std::string& name, const std::vector<Path>& files) {
  for (const auto& why : watch_.set(name, files)) {
    if (told_.insert(why).second) log_.warning("watch", {{"text", why}});
  }
}

}  // namespace danewerk::daemon
