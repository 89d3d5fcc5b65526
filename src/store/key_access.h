#pragma once

/// \file
/// Who may reach key files (promise P7), and reading them so that nothing of a private key stays in
/// memory. Thread-safe.

#include <memory>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace danewerk::store {

class KeyIndex;

/// Whose folder it is, which decides who may reach it.
enum class FolderKind : std::uint8_t {
  kOurs,     ///< made by us: folder 0700, files 0600; refused when group or others can reach them
  kForeign,  ///< BIND's key directory, a clone's keys/: refused only when *others* can read or
             ///< write
};

/// A folder with keys.
struct KeyFolder {
  Path path;
  FolderKind kind = FolderKind::kOurs;
  /// What the folder has, where somebody read it already; else it is read for each call.
  std::shared_ptr<KeyIndex> index{};
};

/// Makes the folder, mode 0700, when it is not there.
Result<void> make_key_folder(const Path& path);

/// kRefused when the folder can be reached by more than its kind allows: for a foreign one, when
/// others can write to it, which is as good as writing a key.
Result<void> check_folder(const KeyFolder& folder);

/// What a file holds.
enum class Content : std::uint8_t { kPrivate, kPublic };

/// The whole file, wiped when dropped. Checks the open file, not its name, which may be exchanged
/// in between. kRefused when more can reach it than the folder's kind allows: a private one others
/// must not read; no one others may write. kBadInput when it is larger than 64 KiB or no regular
/// file.
Result<Secret> read_key_file(const Path& path, FolderKind kind, Content content);

}  // namespace danewerk::store
