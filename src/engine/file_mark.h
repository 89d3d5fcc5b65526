#pragma once

/// \file
/// Whether a file is the one that was read or written before: by content, and without reading it
/// where its size, inode and moment of modification leave no doubt. No state.

#include <optional>

#include "base/file.h"
#include "base/time.h"
#include "model/zone_state.h"

namespace danewerk::engine {

/// The file as it is now, content digested.
Result<model::FileMark> mark_file(const Path& path);

enum class Sameness : std::uint8_t { kSame, kChanged };
/// By size, inode and modification. A file that was modified within the last seconds before READ_AT
/// may have been modified again within the clock's grain: then its content is digested.
Sameness compare(const model::FileMark& mark, sys_seconds read_at);

}  // namespace danewerk::engine
