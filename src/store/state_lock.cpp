#include "store/state_lock.h"

#include <cerrno>
#include <charconv>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/state_folder.h"

namespace danewerk::store {

namespace {

constexpr std::chrono::milliseconds kPoll{50};

Path file_in(const Path& folder) {
  return folder / "lock";
}

/// The whole file.
struct flock range_of(short type) {
  struct flock range{};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return range;
}

/// Locks of open file descriptions, not of processes: a library that opens and closes the file
/// elsewhere in this process does not let go of ours.
Result<bool> try_lock(const Descriptor& file, const Path& path) {
  auto range = range_of(F_WRLCK);
  while (::fcntl(file.get(), F_OFD_SETLK, &range) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR) return tl::unexpected(system_error("lock", path, errno));
  }
  return true;
}

/// "PID SINCE WHAT" in one line. A reader may come before the end of an older, longer one is cut.
Result<void> sign(const Descriptor& file, const Path& path, std::string_view what,
                  sys_seconds since) {
  const auto line = fmt::format("{} {} {}\n", ::getpid(), since.time_since_epoch().count(), what);
  const auto written = ::pwrite(file.get(), line.data(), line.size(), 0);
  if (written != static_cast<ssize_t>(line.size()) ||
      ::ftruncate(file.get(), static_cast<off_t>(line.size())) != 0) {
    return tl::unexpected(system_error("write", path, written < 0 ? errno : ENOSPC));
  }
  return {};
}

template <class T>
bool take_number(std::string_view& text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

/// What cannot be read is left out: somebody holds it all the same.
LockHolder holder_from(std::string_view text) {
  LockHolder holder;
  std::int64_t since = 0;
  text = text.substr(0, text.find('\n'));
  if (!take_number(text, holder.pid) || !take_number(text, since)) return {};
  holder.since = sys_seconds(seconds(since));
  holder.what = text;
  return holder;
}

}  // namespace

Result<std::optional<StateLock>> StateLock::take(const Path& folder, std::string_view what,
                                                 seconds wait, sys_seconds now) {
  DW_TRY_VOID(make_state_folder(folder));
  DW_TRY_VOID(check_state_folder(folder, Reach::kWrite));
  const Path path = file_in(folder);
  Descriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return tl::unexpected(system_error("open", path, errno));
  for (std::chrono::milliseconds left = wait;; left -= kPoll) {
    DW_TRY(const bool is_ours, try_lock(file, path));
    if (is_ours) break;
    if (left <= std::chrono::milliseconds(0)) return std::optional<StateLock>();
    std::this_thread::sleep_for(kPoll);
  }
  DW_TRY_VOID(sign(file, path, what, now));
  return std::optional<StateLock>(StateLock(std::move(file)));
}

Result<std::optional<LockHolder>> StateLock::holder(const Path& folder) {
  const Path path = file_in(folder);
  DW_TRY(const bool is_there, file_exists(path));
  if (!is_there) return std::optional<LockHolder>();
  DW_TRY(const auto file, open_for_reading(path));
  auto range = range_of(F_WRLCK);
  if (::fcntl(file.get(), F_OFD_GETLK, &range) != 0) {
    return tl::unexpected(system_error("look at the lock of", path, errno));
  }
  if (range.l_type == F_UNLCK) return std::optional<LockHolder>();
  std::string text(512, '\0');
  DW_TRY(const auto size, read_some(file, text.data(), text.size()));
  text.resize(size);
  return std::optional<LockHolder>(holder_from(text));
}

}  // namespace danewerk::store
