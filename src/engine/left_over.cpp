#include "engine/left_over.h"

#include <map>
#include <set>
#include <string>

#include "base/left_over.h"
#include "engine/root_deploy.h"

namespace danewerk::engine {

namespace {

/// Each of them may be a private key.
void clean_key_store(const config::Config& config) {
  remove_left_over(config.keys, [](std::string_view name) {
    return name.ends_with(".pem") || name.ends_with(".dnskey");
  });
}

}  // namespace

void remove_left_overs_of_certificates(const config::Config& config) {
  clean_key_store(config);
  remove_left_over(handover_folder(config), [](std::string_view) { return true; });
}

void remove_left_overs(const config::Config& config,
                       const std::vector<const config::ZoneConfig*>& zones) {
  clean_key_store(config);
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
