#include "engine/left_over.h"

#include <map>
#include <set>
#include <string>

#include "base/left_over.h"

namespace danewerk::engine {

void remove_left_overs(const config::Config& config,
                       const std::vector<const config::ZoneConfig*>& zones) {
  remove_left_over(config.keys, [](std::string_view name) {
    return name.ends_with(".pem") || name.ends_with(".dnskey");
  });
  remove_left_over(config.state / "versions", [](std::string_view) { return true; });
  // An output lies among files of others.
  std::map<Path, std::set<std::string, std::less<>>> outputs;
  for (const auto* zone : zones) {
    if (zone->output.empty()) continue;
    outputs[zone->output.parent_path()].insert(zone->output.filename().string());
  }
  for (const auto& [folder, names] : outputs) {
    remove_left_over(folder, [&](std::string_view name) { return names.contains(name); });
  }
}

}  // namespace danewerk::engine
