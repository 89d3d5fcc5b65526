#pragma once

/// \file
/// Reading single keys from files. Private to this folder.

#include "model/key.h"
#include "store/key_access.h"

namespace danewerk::store {

/// A key of ours. \param stem  path without extension.
Result<model::Key> load_own_key(const Path& stem, dns::NameView zone, FolderKind kind);

/// One of BIND's. Without a .private file: only the public half.
Result<model::Key> load_bind_key(const Path& stem, dns::NameView zone, FolderKind kind);

/// "PATH" with "EXTENSION" appended, dots in the name untouched.
Path with_extension(const Path& stem, const char* extension);

}  // namespace danewerk::store
