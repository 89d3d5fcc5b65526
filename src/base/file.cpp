#include "base/file.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace danewerk {

namespace {

Result<void> write_all(const Descriptor& file, std::string_view text, const Path& path,
                       std::optional<std::uint64_t> offset) {
  while (!text.empty()) {
    const auto n = offset
                       ? ::pwrite(file.get(), text.data(), text.size(), static_cast<off_t>(*offset))
                       : ::write(file.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return tl::unexpected(system_error("write", path, n == 0 ? ENOSPC : errno));
    text.remove_prefix(static_cast<std::size_t>(n));
    if (offset) *offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

/// Who started us says by such names what to read, and that is often a pipe.
bool is_given_to_us(const Path& path) {
  const auto folder = path.parent_path();
  return path == "/dev/stdin" || folder == "/dev/fd" || folder == "/proc/self/fd";
}

}  // namespace

Result<void> sync_folder(const Path& folder) {
  const Path where = folder.empty() ? Path(".") : folder;
  const Descriptor dir(::open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir.is_open() || ::fsync(dir.get()) != 0) {
    return tl::unexpected(system_error("sync folder", where, errno));
  }
  return {};
}

Result<void> make_folder(const Path& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return sync_folder(path.parent_path());
  if (errno == EEXIST) return {};
  return tl::unexpected(system_error("make folder", path, errno));
}

Error system_error(std::string_view what, const Path& path, int number) {
  return {Errc::kUnavailable, fmt::format("cannot {} '{}': {}", what, path.string(),
                                          std::system_category().message(number))};
}

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Descriptor> open_for_reading(const Path& path) {
  const bool is_given = is_given_to_us(path);
  // Opening a pipe would wait for who writes into it, and some devices act on being opened.
  const int waiting = is_given ? 0 : O_NONBLOCK | O_NOCTTY;
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | waiting));
  if (!file.is_open()) return tl::unexpected(system_error("open", path, errno));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return tl::unexpected(system_error("read", path, errno));
  if (S_ISDIR(info.st_mode)) return tl::unexpected(system_error("read", path, EISDIR));
  if (S_ISREG(info.st_mode) || is_given) return file;
  return fail(Errc::kBadInput, fmt::format("'{}' is no regular file", path.string()));
}

Result<std::uint64_t> file_size(const Descriptor& file) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return tl::unexpected(system_error("stat", "file", errno));
  return static_cast<std::uint64_t>(info.st_size);
}

Result<std::size_t> read_some(const Descriptor& file, char* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const auto n = ::read(file.get(), to + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return tl::unexpected(system_error("read", "file", errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<std::string> read_file(const Path& path, std::uint64_t max_octets) {
  DW_TRY(const auto file, open_for_reading(path));
  std::string text;
  constexpr std::size_t kBlock = 1U << 16;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + kBlock);
    auto n = read_some(file, text.data() + before, kBlock);
    if (!n) return tl::unexpected(std::move(n).error().in(path.string()));
    text.resize(before + *n);
    if (text.size() > max_octets) {
      return fail(Errc::kBadInput,
                  fmt::format("'{}' is larger than {} octets", path.string(), max_octets));
    }
    if (*n < kBlock) return text;
  }
}

Result<bool> file_exists(const Path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return tl::unexpected(system_error("look at", path, errno));
}

AtomicFile::AtomicFile(Path target, Path temporary, Descriptor file)
    : target_(std::move(target)), temporary_(std::move(temporary)), file_(std::move(file)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)),
      written_(other.written_) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<AtomicFile> AtomicFile::create(Path target, mode_t mode) {
  static std::atomic<unsigned> counter{0};
  // Renaming over a device, as root, would make it a file for everybody.
  struct stat there{};
  if (::stat(target.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    return fail(Errc::kRefused, fmt::format("'{}' is there and is no file", target.string()),
                "name a file to be written");
  }
  Path temporary;
  Descriptor file;
  // A process that was killed leaves its file behind, and ours may have the same number: in a
  // container it often has.
  do {
    temporary = target;
    temporary += fmt::format(".{}.{}.tmp", ::getpid(), counter.fetch_add(1));
    file = Descriptor(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  } while (!file.is_open() && errno == EEXIST);
  if (!file.is_open()) return tl::unexpected(system_error("create", temporary, errno));
  AtomicFile made(std::move(target), temporary, std::move(file));
  // The mode is a promise to readers of the file, whatever the umask says.
  if (::fchmod(made.file_.get(), mode) != 0) {
    return tl::unexpected(system_error("set mode of", temporary, errno));
  }
  return made;
}

Result<void> AtomicFile::write(std::string_view text) {
  DW_TRY_VOID(write_all(file_, text, temporary_, std::nullopt));
  written_ += text.size();
  return {};
}

Result<void> AtomicFile::write_at(std::uint64_t offset, std::string_view text) {
  DW_CHECK(offset + text.size() <= written_, "only what was written can be overwritten");
  return write_all(file_, text, temporary_, offset);
}

Result<void> AtomicFile::commit() {
  if (::fsync(file_.get()) != 0) return tl::unexpected(system_error("sync", temporary_, errno));
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    return tl::unexpected(system_error("rename to", target_, errno));
  }
  temporary_.clear();
  return sync_folder(target_.parent_path());
}

Result<void> replace_file(const Path& target, std::string_view text, mode_t mode) {
  DW_TRY(auto file, AtomicFile::create(target, mode));
  DW_TRY_VOID(file.write(text));
  return file.commit();
}

}  // namespace danewerk
