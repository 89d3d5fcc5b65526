#include "base/account.h"

#include <vector>

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

namespace danewerk {

namespace {

constexpr std::size_t kEnough = 16384;

}  // namespace

std::optional<Account> account_of(uid_t user) {
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

Result<uid_t> user_id(const std::string& name) {
  std::vector<char> room(kEnough);
  struct passwd entry{};
  struct passwd* found = nullptr;
  const int failed = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (failed == 0 && found != nullptr) return found->pw_uid;
  return fail(Errc::kBadInput, fmt::format("there is no user '{}'", name), "useradd makes one");
}

Result<gid_t> group_id(const std::string& name) {
  std::vector<char> room(kEnough);
  struct group entry{};
  struct group* found = nullptr;
  const int failed = ::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (failed == 0 && found != nullptr) return found->gr_gid;
  return fail(Errc::kBadInput, fmt::format("there is no group '{}'", name), "groupadd makes one");
}

}  // namespace danewerk
