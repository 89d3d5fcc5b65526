#pragma once

/// \file
/// A folder in which nobody but root and we can exchange what lies there, held by a descriptor:
/// whoever owned a folder on the way could put a link in the place of what was looked at before
/// (promise P7). Entries are reached by name in the open folder, and no link is followed there.
/// Thread-safe.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace danewerk {

/// What becomes of folders on the way that are not there.
enum class Missing : std::uint8_t {
  kIsNothing,
  kIsMade,  ///< mode 0755, whatever the umask says
};

class GuardedFolder {
 public:
  /// Walks from the root of the file system, folder by folder: each has to be root's or ours, and
  /// not to be written by others; but a sticky one of root, such as /tmp, may be passed through.
  /// Links of root's or ours are followed. kRefused, with a hint, when that does not hold. Nothing
  /// when the folder is not there.
  static Result<std::optional<GuardedFolder>> open(const Path& folder, Missing missing);

  /// A folder in this one, to which the same applies. Nothing when it is not there.
  [[nodiscard]] Result<std::optional<GuardedFolder>> enter(const std::string& name) const;
  /// Makes it when it is not there; mode 0755 whatever the umask says.
  [[nodiscard]] Result<GuardedFolder> make(const std::string& name) const;

  /// Names, without "." and "..".
  [[nodiscard]] Result<std::vector<std::string>> entries() const;
  [[nodiscard]] Result<bool> has(const std::string& name) const;
  /// Where a link in it leads.
  [[nodiscard]] Result<std::string> read_link(const std::string& name) const;
  /// A regular file. kUnavailable when it is not there; kBadInput when it is larger, or no file.
  [[nodiscard]] Result<std::string> read(const std::string& name, std::uint64_t max_octets) const;
  /// The same for a key: what was read is wiped when dropped. Nothing when it is not there.
  [[nodiscard]] Result<std::optional<Secret>> read_secret(const std::string& name,
                                                          std::size_t max_octets) const;
  /// Removes a file, a link, or a folder with all that is in it; what is not there is no error.
  [[nodiscard]] Result<void> remove(const std::string& name) const;
  /// What was made, renamed or removed here is on disk when this returns.
  [[nodiscard]] Result<void> sync() const;

  /// For the ...at calls.
  [[nodiscard]] int get() const { return folder_.get(); }
  /// For messages.
  [[nodiscard]] Path path_of(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const Path& path() const { return path_; }

 private:
  GuardedFolder(Descriptor folder, Path path)
      : folder_(std::move(folder)), path_(std::move(path)) {}
  [[nodiscard]] Result<std::optional<Descriptor>> open_file(const std::string& name) const;

  Descriptor folder_;
  Path path_;
};

/// Whose a folder is, and who could put another in its place.
struct FolderOwners {
  std::set<uid_t> on_the_way{};  ///< of the folders above it, and of links that lead there
  uid_t user = 0;
  gid_t group = 0;
};
/// Nothing when it is not there.
Result<std::optional<FolderOwners>> owners_of(const Path& folder);

/// A file, and the folders and links on the way to it, that more than their owner may write: by
/// mode, whoever the owner is. A sticky folder lets nobody exchange what belongs to others. Links
/// are followed. What cannot be looked at is not among them.
std::vector<Path> open_places(const Path& file);

}  // namespace danewerk
