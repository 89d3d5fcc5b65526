#pragma once

/// \file
/// The tables of the state's database, as numbered migrations. Private to this folder.

#include <cstdint>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/file.h"
#include "base/result.h"

namespace danewerk::store {

/// What this program writes, as PRAGMA user_version; 0: nothing was made yet.
std::uint32_t schema_version();

/// Looks at the file's first octets without SQLite, which would write beside it. kRefused when a
/// newer program wrote it, kCorrupt when it is no state of ours. \returns the version it has.
Result<std::uint32_t> version_in_header(const Path& file);

/// The version as SQLite sees it, its log included. kCorrupt when it is no state of ours. Throws.
Result<std::uint32_t> version_in_database(SQLite::Database& database, const Path& file);

/// The reason to refuse a file of this version.
Error newer_schema(const Path& file, std::uint32_t version);

/// Runs what is missing, in one transaction. Throws.
Result<void> migrate(SQLite::Database& database, const Path& file);

}  // namespace danewerk::store
