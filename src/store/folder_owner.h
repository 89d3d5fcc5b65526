#pragma once

/// \file
/// One owner for state and keys (promise P7): whose they are, and becoming that user. What root
/// made in another's folder, that user could not use any more. Thread-safe but for `become`.

#include <optional>

#include <sys/types.h>

#include "base/file.h"
#include "base/result.h"

namespace danewerk::store {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;  ///< of the folder
  bool operator==(const Owner&) const = default;
};

/// Whose the folders are; nothing when neither is there. kRefused when they are of different users;
/// for root, also when a third user could have the names lead elsewhere.
Result<std::optional<Owner>> owner_of(const Path& state, const Path& keys);

/// Gives up root's rights for good, and goes on as that user with the groups that it has. Does
/// nothing for who is not root, and when root itself is the owner. Before any thread is started.
Result<void> become(const Owner& owner);

}  // namespace danewerk::store
