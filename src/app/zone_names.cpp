#include "app/zone_names.h"

#include <fmt/format.h>

#include "app/config_file.h"
#include "app/output.h"
#include "dns/name.h"

namespace danewerk::app {

std::optional<config::Config> read_checked_config(const std::string& option, const Voice& voice) {
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

Result<std::vector<std::string>> zone_names(const std::vector<std::string>& typed,
                                            const config::Config& config) {
  std::vector<std::string> names;
  for (const auto& text : typed) {
    DW_TRY(const auto name, dns::name_from_text(text));
    const auto view = name.view();
    Bytes wire(view.wire().begin(), view.wire().end());
    dns::lower_case(wire);
    auto canonical = dns::to_text(dns::NameView(wire));
    if (!config.zones.contains(canonical)) {
      return fail(Errc::kBadInput, fmt::format("'{}' is no zone of {}", text, config.file.string()),
                  "danewerk status lists the zones");
    }
    names.push_back(std::move(canonical));
  }
  return names;
}

}  // namespace danewerk::app
