#include "app/config_file.h"

#include <cstdlib>

#include <unistd.h>

namespace danewerk::app {

Result<Path> find_config(const std::string& option) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* environment = std::getenv("DANEWERK_CONFIG");
  using User = config::ConfigPlaces::User;
  return config::find_config_file({.option = option,
                                   .environment = environment == nullptr ? "" : environment,
                                   .user = ::geteuid() == 0 ? User::kRoot : User::kOther});
}

}  // namespace danewerk::app
