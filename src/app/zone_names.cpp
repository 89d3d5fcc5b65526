#include "app/zone_names.h"

#include "app/config_file.h"
#include "app/output.h"
#include "app/root_side.h"
#include "app/user.h"

namespace danewerk::app {

std::optional<config::Config> read_roots_config(const std::string& option, const Voice& voice) {
  const auto file = find_config(option);
  if (!file) {
    print_error(file.error(), voice);
    return std::nullopt;
  }
  auto read = config::read_config(*file);
  if (read.config) return std::move(read.config);
  Findings errors;
  for (const auto& finding : read.findings.list()) {
    if (finding.level == Level::kError) errors.add(finding);
  }
  print_findings(errors, voice);
  return std::nullopt;
}

std::optional<config::Config> read_checked_config(const std::string& option, const Voice& voice) {
  auto config = read_roots_config(option, voice);
  if (!config) return std::nullopt;
  if (const auto become = become_owner(*config); !become) {
    print_error(become.error(), voice);
    return std::nullopt;
  }
  return config;
}

Result<std::vector<std::string>> zone_names(const std::vector<std::string>& typed,
                                            const config::Config& config) {
  std::vector<std::string> names;
  for (const auto& text : typed) {
    DW_TRY(const auto* zone, config::find_zone(config, text));
    names.push_back(zone->name);
  }
  return names;
}

}  // namespace danewerk::app
