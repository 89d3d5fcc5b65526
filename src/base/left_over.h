#pragma once

/// \file
/// What a process that was killed leaves of an AtomicFile. Thread-safe.

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/file.h"

namespace danewerk {

/// Removes the temporary files of AtomicFiles whose process is gone.
/// \param is_ours  asked with the name of the file that one was to become.
/// REQUIRES: this process is writing none there. \returns how many. A folder that cannot be read
/// has none.
std::size_t remove_left_over(const Path& folder,
                             const std::function<bool(std::string_view)>& is_ours);

}  // namespace danewerk
