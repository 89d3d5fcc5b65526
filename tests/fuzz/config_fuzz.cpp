// Texts of configurations, from anybody who may write one. What is read is in order, and reading it
// again gives the same.

#include <cstddef>
#include <cstdint>

#include "config/config.h"
#include "config/lint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program of one
                             // function
  const auto text = as_text({data, size});
  const auto read = config::read_config_text(text, "/etc/danewerk/danewerk.yaml");
  DW_CHECK(read.config.has_value() != read.findings.has_errors(), "a configuration, or why not");
  for (const auto& finding : read.findings.list()) {
    DW_CHECK(!finding.message.empty() && !finding.place.file.empty(), "each finding has a place");
  }
  if (!read.config) return 0;
  static_cast<void>(config::lint_config(*read.config));
  for (const auto& [name, zone] : read.config->zones) {
    DW_CHECK(name == zone.name && name.ends_with('.') && zone.file.is_absolute(),
             "zones have canonical names, and files");
    const auto& policy = read.config->policy_of(zone);
    static_cast<void>(config::lint_content(zone, policy, {}));
    static_cast<void>(config::policy_digest(policy, zone));
  }
  return 0;
}
