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

const char* setting(const char* name) {
  return getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
}

long number(const char* name, long otherwise) {
  const char* text = setting(name);
  return text == nullptr ? otherwise : strtol(text, nullptr, 10);
}

bool is_ours(std::string_view path) {
  static const char* const folder = setting("DW_DISK");
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

// The names of the C library, which this one goes before.
extern "C" {

int our_clock_gettime(clockid_t clock, timespec* time) __asm__("clock_gettime");
int our_open(const char* path, int flags, ...) __asm__("open");
int our_open64(const char* path, int flags, ...) __asm__("open64");
ssize_t our_write(int fd, const void* data, size_t size) __asm__("write");
ssize_t our_pwrite(int fd, const void* data, size_t size, off_t offset) __asm__("pwrite");
ssize_t our_pwrite64(int fd, const void* data, size_t size, off64_t offset) __asm__("pwrite64");
int our_fsync(int fd) __asm__("fsync");
int our_fdatasync(int fd) __asm__("fdatasync");
int our_ftruncate(int fd, off_t size) __asm__("ftruncate");
int our_ftruncate64(int fd, off64_t size) __asm__("ftruncate64");
int our_fchmod(int fd, mode_t mode) __asm__("fchmod");
int our_mkdir(const char* path, mode_t mode) __asm__("mkdir");
int our_rename(const char* from, const char* to) __asm__("rename");
int our_unlink(const char* path) __asm__("unlink");

int our_clock_gettime(clockid_t clock, timespec* time) {
  const auto done = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const long now = number("DW_CLOCK", 0);
  const bool is_calendar = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (done == 0 && now != 0 && is_calendar) *time = {.tv_sec = now, .tv_nsec = 0};
  return done;
}

int our_open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return open_at(path, flags, mode);
}

int our_open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
  va_end(rest);
  return open_at(path, flags, mode);
}

ssize_t our_write(int fd, const void* data, size_t size) {
  if (refused(fd)) return -1;
  const auto fits = room(fd, size);
  if (fits == 0 && size != 0) return errno = ENOSPC, -1;
  return syscall(SYS_write, fd, data, fits);
}

ssize_t our_pwrite(int fd, const void* data, size_t size, off_t offset) {
  if (refused(fd)) return -1;
  const auto fits = room(fd, size);
  if (fits == 0 && size != 0) return errno = ENOSPC, -1;
  return syscall(SYS_pwrite64, fd, data, fits, offset);
}

ssize_t our_pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return our_pwrite(fd, data, size, offset);
}

int our_fsync(int fd) {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_fsync, fd));
}

int our_fdatasync(int fd) {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_fdatasync, fd));
}

int our_ftruncate(int fd, off_t size) {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, size));
}

int our_ftruncate64(int fd, off64_t size) {
  return our_ftruncate(fd, size);
}

int our_fchmod(int fd, mode_t mode) {
  return refused(fd) ? -1 : static_cast<int>(syscall(SYS_fchmod, fd, mode));
}

int our_mkdir(const char* path, mode_t mode) {
  return refused(path) ? -1 : static_cast<int>(syscall(SYS_mkdir, path, mode));
}

int our_rename(const char* from, const char* to) {
  return refused(from) ? -1 : static_cast<int>(syscall(SYS_rename, from, to));
}

int our_unlink(const char* path) {
  // A full disk lets files go.
  if (number("DW_ERROR", EIO) != ENOSPC && refused(path)) return -1;
  return static_cast<int>(syscall(SYS_unlink, path));
}

}  // extern "C"
