#pragma once

/// \file
/// Files: reading whole ones, and replacing one so that a reader, or the next start after a power
/// cut, finds either the old or the new one, whole. Thread-compatible.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk {

using Path = std::filesystem::path;

/// A file descriptor that is closed when dropped.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// The whole file. kUnavailable with the system's reason; kBadInput when it is larger than
/// `max_octets`, or no regular file.
Result<std::string> read_file(const Path& path, std::uint64_t max_octets);

/// Reads at most `size` octets, fewer only at the end.
Result<std::size_t> read_some(const Descriptor& file, char* to, std::size_t size);
Result<Descriptor> open_for_reading(const Path& path);
Result<std::uint64_t> file_size(const Descriptor& file);

/// Whether a file is there; kUnavailable when that cannot be told.
Result<bool> file_exists(const Path& path);

/// A new file that takes the place of `target` when it is complete, and leaves no trace otherwise.
class AtomicFile {
 public:
  /// Makes a temporary file in the target's folder.
  static Result<AtomicFile> create(Path target, mode_t mode);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  Result<void> write(std::string_view text);
  /// Overwrites octets that were written before.
  Result<void> write_at(std::uint64_t offset, std::string_view text);
  [[nodiscard]] std::uint64_t written() const { return written_; }
  /// Where the unfinished file lies, for reading it back.
  [[nodiscard]] const Path& temporary() const { return temporary_; }
  /// Write, fsync, rename, fsync of the folder: from here on the target is the new file.
  Result<void> commit();

 private:
  AtomicFile(Path target, Path temporary, Descriptor file);
  Path target_;
  Path temporary_;
  Descriptor file_;
  std::uint64_t written_ = 0;
};

/// AtomicFile in one call.
Result<void> replace_file(const Path& target, std::string_view text, mode_t mode);

/// Makes a folder whose name is on disk when this returns; one that is there is left as it is. Its
/// parent must be there.
Result<void> make_folder(const Path& path, mode_t mode);

/// What was made, renamed or removed in the folder is on disk when this returns: a folder's list of
/// entries gets there by itself at some time or other. Empty: the current folder.
Result<void> sync_folder(const Path& folder);

/// "cannot DO 'PATH': reason" from errno.
Error system_error(std::string_view what, const Path& path, int number);

}  // namespace danewerk
