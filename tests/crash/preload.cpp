/// \file
/// Preloaded into the program under test: a clock that stands still, and a disk that fails from a
/// given moment on.
///
///   DW_CLOCK=SECONDS        what every look at the calendar shows
///   DW_DISK=FOLDER          what follows is about files below it
///   DW_ERROR=ERRNO DW_FAIL_AFTER=N   each change of the disk fails after N that succeeded
///   DW_SPACE=OCTETS         so much can be written; the write that passes it is cut short
///
/// Single faults are injected by strace, which sees calls that no library function makes.

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

long number(const char* name, long otherwise) {
  const char* text = getenv(name);
  return text == nullptr ? otherwise : atol(text);
}

bool is_ours(std::string_view path) {
  static const char* const folder = getenv("DW_DISK");
  return folder != nullptr && path.starts_with(folder);
}

bool is_ours(int fd) {
  char path[PATH_MAX];
  const auto link = "/proc/self/fd/" + std::to_string(fd);
  const auto size = readlink(link.c_str(), path, sizeof path);
  return size > 0 && is_ours(std::string_view(path, static_cast<std::size_t>(size)));
}

/// Whether the disk refuses this change; then errno says why.
template <class Where>
bool refused(Where where) {
  static std::atomic<long> left{number("DW_FAIL_AFTER", LONG_MAX)};
  if (!is_ours(where) || left.fetch_sub(1) > 0) return false;
  errno = static_cast<int>(number("DW_ERROR", EIO));
  return true;
}

/// How much of SIZE there is room for.
std::size_t room(int fd, std::size_t size) {
  static std::atomic<long> space{number("DW_SPACE", LONG_MAX)};
  if (!is_ours(fd)) return size;
  const long before = space.fetch_sub(static_cast<long>(size));
  return before <= 0 ? 0 : std::min(size, static_cast<std::size_t>(before));
}

bool is_change(const char* path, int flags) {
  if ((flags & O_CREAT) != 0) return access(path, F_OK) != 0 || number("DW_ERROR", 0) == EROFS;
  return (flags & O_ACCMODE) != O_RDONLY && number("DW_ERROR", 0) == EROFS;
}

int open_at(const char* path, int flags, mode_t mode) {
  if (is_change(path, flags) && refused(path)) return -1;
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto done = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const long now = number("DW_CLOCK", 0);
  const bool is_calendar = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (done == 0 && now != 0 && is_calendar) *time = {.tv_sec = now, .tv_nsec = 0};
  return done;
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return open_at(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return open_at(path, flags, mode);
}

ssize_t write(int fd, const void* data, size_t size) {
  if (refused(fd)) return -1;
  const auto fits = room(fd, size);
  if (fits == 0 && size != 0) return errno = ENOSPC, -1;
  return syscall(SYS_write, fd, data, fits);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  if (refused(fd)) return -1;
  const auto fits = room(fd, size);
  if (fits == 0 && size != 0) return errno = ENOSPC, -1;
  return syscall(SYS_pwrite64, fd, data, fits, offset);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return pwrite(fd, data, size, offset);
}

int fsync(int fd) {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_fdatasync, fd));
}

int ftruncate(int fd, off_t size) noexcept {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, size));
}

int ftruncate64(int fd, off64_t size) noexcept {
  return ftruncate(fd, size);
}

int fchmod(int fd, mode_t mode) noexcept {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_fchmod, fd, mode));
}

int mkdir(const char* path, mode_t mode) noexcept {
  return refused(path) ? -1 : static_cast<int>(syscall(SYS_mkdir, path, mode));
}

int rename(const char* from, const char* to) noexcept {
  return refused(from) ? -1 : static_cast<int>(syscall(SYS_rename, from, to));
}

int unlink(const char* path) noexcept {
  // A full disk lets files go.
  if (number("DW_ERROR", EIO) != ENOSPC && refused(path)) return -1;
  return static_cast<int>(syscall(SYS_unlink, path));
}

}  // extern "C"
