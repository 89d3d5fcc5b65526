#include "app/user.h"

#include <vector>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "store/folder_owner.h"

namespace danewerk::app {

namespace {

std::string name_of(uid_t user) {
  constexpr std::size_t kEnough = 16384;
  std::vector<char> room(kEnough);
  struct passwd entry{};
  struct passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return fmt::format("user {}", user);
}

}  // namespace

std::string user_name() {
  static const std::string name = name_of(::getuid());
  return name;
}

Result<void> become_owner(const config::Config& config) {
  static_cast<void>(user_name());  // before it is another
  DW_TRY(const auto owner, store::owner_of(config.state, config.keys));
  return owner ? store::become(*owner) : Result<void>();
}

}  // namespace danewerk::app
