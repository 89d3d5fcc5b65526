#pragma once

/// \file
/// Passphrases from files. Private to this folder.

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace danewerk::store {

/// Without the line's end. kRefused when group or others can reach the file, kBadInput when it is
/// empty.
Result<Secret> read_passphrase(const Path& file);

}  // namespace danewerk::store
