#pragma once

/// \file
/// The state folder itself: made for its owner alone, and refused when more can reach it (promise
/// P7). Thread-safe.

#include "base/file.h"
#include "base/result.h"

namespace danewerk::store {

/// Makes the folder, 0700, when it is not there; its parent must be.
Result<void> make_state_folder(const Path& folder);

/// kRefused when group or others can reach the folder, or when it is another user's: what is
/// written there must be its owner's. Root may look at any.
enum class Reach : std::uint8_t { kLook, kWrite };
Result<void> check_state_folder(const Path& folder, Reach reach);

/// kRefused when group or others can reach the file.
Result<void> check_state_file(const Path& file);

/// Makes an empty file, 0600 whatever the umask, whose name is on disk when this returns; leaves
/// one alone that is there.
Result<void> make_state_file(const Path& file);

}  // namespace danewerk::store
