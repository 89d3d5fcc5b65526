#pragma once

/// \file
/// The folder from which services read their certificate and key. It is a link, and one rename of
/// that link is what a service sees of a change: either all of the old files or all of the new.
///
///     served/mail -> .mail/7
///     served/.mail/7/fullchain.pem   the server's certificate, then its issuers
///     served/.mail/7/cert.pem        the first of them
///     served/.mail/7/chain.pem       the others
///     served/.mail/7/privkey.pem     with owner, group and mode as configured
///     served/.mail/7/combined.pem    key and certificates: one file cannot be half new
///
/// Nobody but root and we may exchange what lies on the way there, or beside it (promise P7).
/// Not for two writers at once: the caller holds a lock.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/guarded_folder.h"
#include "base/result.h"

namespace danewerk::serve {

/// One set of files; counted upwards.
using Generation = std::uint32_t;

/// What is put there.
struct ServedFiles {
  std::vector<std::string> certificates{};  ///< PEM, the server's first
  std::optional<Secret> key{};              ///< PEM; none: the key is no file
};

/// Where, and whose.
struct ServedPlace {
  Path directory{};
  std::optional<uid_t> owner{};  ///< of files with the key; none: who writes
  std::optional<gid_t> group{};
  mode_t key_mode = 0600;
};

/// What a set of files has.
struct ServedContent {
  std::string certificates{};   ///< the server's, then its issuers
  std::optional<Secret> key{};  ///< Depth::kAll
  std::string fault{};          ///< of the files without key: what is not as it was put there
  std::string key_fault{};      ///< Depth::kAll: the same of those with the key
};

class ServedFolder {
 public:
  /// Makes nothing yet. kRefused when others could exchange what lies there.
  static Result<ServedFolder> open(ServedPlace place);

  /// What services read now; nothing when there is no link yet. kRefused when something else has
  /// its name: a folder or file of somebody's, or a link to elsewhere.
  [[nodiscard]] Result<std::optional<Generation>> current() const;
  /// Ascending. Those that were not finished are not among them.
  [[nodiscard]] Result<std::vector<Generation>> generations() const;

  /// Writes files that are complete on disk when this returns, and that nobody reads yet. Folders
  /// that are missing are made.
  Result<Generation> add(const ServedFiles& files);
  /// Lets services read these: one rename, on disk when this returns. REQUIRES: it is there.
  Result<void> serve(Generation generation);
  /// The newest that was confirmed before this one was added: the way back. Nothing when somebody
  /// has changed it since.
  [[nodiscard]] Result<std::optional<Generation>> way_back(Generation from) const;
  /// Removes all but the current one and its way back.
  Result<void> drop_others();
  /// Removes those whose certificates are not in KEPT, a text with chains; the current one stays.
  /// The private key of a set that nobody goes back to any more should not lie about (promise P7).
  Result<void> drop_but(std::string_view kept);

  enum class Depth : std::uint8_t {
    kPublic,  ///< files that everybody may read
    kAll,
  };
  /// What a generation has, and whether its files still agree with one another. kUnavailable when
  /// that cannot be told.
  [[nodiscard]] Result<ServedContent> look(Generation generation, Depth depth) const;
  /// The key of a generation, PEM; nothing when none lies there.
  [[nodiscard]] Result<std::optional<Secret>> key(Generation generation) const;

  /// Services were told of it, and it was found good. Remembered on disk, so that a crash before
  /// makes the next try tell them again.
  Result<void> confirm(Generation generation);
  [[nodiscard]] bool is_confirmed(Generation generation) const;

  [[nodiscard]] const Path& directory() const { return place_.directory; }

 private:
  explicit ServedFolder(ServedPlace place);
  [[nodiscard]] tl::unexpected<Error> gone() const;
  [[nodiscard]] Result<std::optional<GuardedFolder>> store() const;
  [[nodiscard]] Result<std::optional<GuardedFolder>> files_of(Generation generation) const;
  [[nodiscard]] std::string changed(const char* name) const;
  [[nodiscard]] std::string not_together() const;
  [[nodiscard]] Result<bool> is_among(Generation generation, std::string_view kept) const;
  [[nodiscard]] Result<void> write(const GuardedFolder& folder, const ServedFiles& files) const;
  [[nodiscard]] Result<void> write_key_files(const GuardedFolder& folder,
                                             const ServedFiles& files) const;

  ServedPlace place_;
  std::string link_;                       ///< its name
  std::string store_;                      ///< where generations lie, beside the link
  std::optional<GuardedFolder> parent_{};  ///< of both; none: it is not there yet
};

}  // namespace danewerk::serve
