#include "base/account.h"

#include <vector>

#include <fmt/format.h>
#include <pwd.h>

namespace danewerk {

std::optional<Account> account_of(uid_t user) {
  constexpr std::size_t kEnough = 16384;
  std::vector<char> room(kEnough);
  struct passwd entry{};
  struct passwd* found = nullptr;
  if (::getpwuid_r(user, &entry, room.data(), room.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return Account{found->pw_name, found->pw_gid};
}

std::string user_name(uid_t user) {
  const auto account = account_of(user);
  return account ? account->name : fmt::format("user {}", user);
}

}  // namespace danewerk
