#pragma once

/// \file
/// Reading files that name commands, or that commands depend on: only when nobody but root and we
/// can write them. Thread-safe.

#include <cstdint>

#include "base/file.h"
#include "base/result.h"

namespace danewerk::config {

/// The whole file. kRefused when anybody else could have written it: its owner is neither root nor
/// we, its group or others may write to it, or to the folder where its name, or what that leads to,
/// stands (a folder with the sticky bit lets nobody exchange a file of ours).
Result<std::string> read_trusted_file(const Path& file, std::uint64_t max_octets);

}  // namespace danewerk::config
