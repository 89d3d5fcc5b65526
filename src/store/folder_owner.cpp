#include "store/folder_owner.h"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/account.h"

namespace danewerk::store {

namespace {

Result<std::optional<Owner>> owner_of(const Path& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) == 0) {
    return std::optional<Owner>({.user = info.st_uid, .group = info.st_gid});
  }
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<Owner>();
  return tl::unexpected(system_error("look at", folder, errno));
}

Error cannot_become(const Owner& owner) {
  return {Errc::kUnavailable, fmt::format("cannot become user {}: {}", owner.user,
                                          std::system_category().message(errno))};
}

}  // namespace

Result<std::optional<Owner>> owner_of(const Path& state, const Path& keys) {
  DW_TRY(const auto of_state, owner_of(state));
  DW_TRY(const auto of_keys, owner_of(keys));
  if (of_state && of_keys && of_state->user != of_keys->user) {
    return fail(Errc::kRefused,
                fmt::format("'{}' belongs to user {}, and '{}' to user {}", state.string(),
                            of_state->user, keys.string(), of_keys->user),
                fmt::format("both need one owner: chown -R --reference='{}' '{}', or the other way",
                            state.string(), keys.string()));
  }
  return of_state ? of_state : of_keys;
}

Result<void> become(const Owner& owner) {
  if (::geteuid() != 0 || owner.user == 0) return {};
  const auto account = account_of(owner.user);
  const gid_t group = account ? account->group : owner.group;
  // Groups first: afterwards nobody may change them.
  const int grouped = account ? ::initgroups(account->name.c_str(), group) : ::setgroups(1, &group);
  if (grouped != 0 || ::setresgid(group, group, group) != 0 ||
      ::setresuid(owner.user, owner.user, owner.user) != 0) {
    return tl::unexpected(cannot_become(owner));
  }
  DW_CHECK(::setuid(0) != 0, "who gave up root's rights cannot take them back");
  return {};
}

}  // namespace danewerk::store
