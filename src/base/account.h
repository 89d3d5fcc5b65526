#pragma once

/// \file
/// Users of this system. Thread-safe.

#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace danewerk {

struct Account {
  std::string name;
  gid_t group = 0;  ///< the one that it logs in with
};

/// Nothing when the system knows no such user, or cannot tell.
std::optional<Account> account_of(uid_t user);

/// "root"; "user 1234" for one that the system does not know.
std::string user_name(uid_t user);

/// kBadInput when the system does not know the name.
Result<uid_t> user_id(const std::string& name);
Result<gid_t> group_id(const std::string& name);

}  // namespace danewerk
