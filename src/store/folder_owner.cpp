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
#include "base/guarded_folder.h"

namespace danewerk::store {

namespace {

/// Whose a folder is. Who owns one above it, or a link that leads there, could have it lead to a
/// folder of root, or of a third user, in whose name root would go on.
Result<std::optional<Owner>> owner_of(const Path& folder) {
  DW_TRY(const auto owners, owners_of(folder));
  if (!owners) return std::optional<Owner>();
  for (const auto user : owners->on_the_way) {
    if (::geteuid() != 0 || user == 0 || user == owners->user) continue;
    return fail(Errc::kRefused,
                fmt::format("'{}' belongs to user {}, and user {} could put another in its place",
                            folder.string(), owners->user, user),
                fmt::format("each folder and link on the way has to be root's, or of user {}",
                            owners->user));
  }
  return std::optional<Owner>({.user = owners->user, .group = owners->group});
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
