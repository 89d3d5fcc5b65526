#include "app/user.h"

#include <unistd.h>

#include "base/account.h"
#include "store/folder_owner.h"

namespace danewerk::app {

std::string user_name() {
  static const std::string name = danewerk::user_name(::getuid());
  return name;
}

Result<void> become_owner(const config::Config& config) {
  static_cast<void>(user_name());  // before it is another
  DW_TRY(const auto owner, store::owner_of(config.state, config.keys));
  return owner ? store::become(*owner) : Result<void>();
}

}  // namespace danewerk::app
