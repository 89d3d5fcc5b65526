#pragma once

/// \file
/// What is sealed in a backup. Private to this folder.
///
///     "DWBACKUP", format version | entries
///
/// An entry is a kind and, but for the end, a path below the backup ("state/state.db") after its
/// length (16 bits); a file has its length (64 bits) and its octets behind that. Folders come
/// before what is in them. Numbers are big-endian. Modes are not kept: all is its owner's alone.

#include <cstdint>
#include <string_view>

namespace danewerk::store {

inline constexpr std::string_view kBackupMagic("DWBACKUP\1", 9);
inline constexpr std::string_view kStatePart = "state";
inline constexpr std::string_view kKeysPart = "keys";

enum class BackupEntry : std::uint8_t { kEnd = 0, kFile = 1, kFolder = 2 };

inline constexpr std::size_t kBackupBlock = 1U << 16;

}  // namespace danewerk::store
