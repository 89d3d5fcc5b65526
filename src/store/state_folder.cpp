#include "store/state_folder.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/key_access.h"

namespace danewerk::store {

namespace {

Result<struct stat> look_at(const Path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return tl::unexpected(system_error("look at", path, errno));
  }
  return info;
}

Result<void> check_reach(const Path& path, mode_t mode, mode_t advised) {
  if ((mode & (S_IRWXG | S_IRWXO)) == 0) return {};
  return fail(Errc::kRefused,
              fmt::format("'{}' has mode {:04o}: only its owner may reach the state", path.string(),
                          mode & 07777U),
              fmt::format("chmod {:04o} '{}'", advised, path.string()));
}

}  // namespace

Result<void> make_state_folder(const Path& folder) {
  DW_TRY(const bool is_there, file_exists(folder));
  if (is_there) return {};
  DW_TRY_VOID(make_key_folder(folder));
  return sync_folder(folder.parent_path());
}

Result<void> check_state_folder(const Path& folder, Reach reach) {
  DW_TRY(const auto info, look_at(folder));
  if (!S_ISDIR(info.st_mode)) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no folder", folder.string()));
  }
  const auto us = ::geteuid();
  if (info.st_uid != us && (us != 0 || reach == Reach::kWrite)) {
    return fail(Errc::kRefused,
                fmt::format("'{}' belongs to user {}, and we are user {}", folder.string(),
                            info.st_uid, us),
                fmt::format("run this as its owner: sudo -u '#{}' ...", info.st_uid));
  }
  return check_reach(folder, info.st_mode, S_IRWXU);
}

Result<void> check_state_file(const Path& file) {
  DW_TRY(const auto info, look_at(file));
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no regular file", file.string()));
  }
  return check_reach(file, info.st_mode, S_IRUSR | S_IWUSR);
}

Result<void> make_state_file(const Path& file) {
  const Descriptor made(
      ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!made.is_open() && errno == EEXIST) return {};
  if (!made.is_open() || ::fchmod(made.get(), S_IRUSR | S_IWUSR) != 0) {
    return tl::unexpected(system_error("create", file, errno));
  }
  return sync_folder(file.parent_path());
}

}  // namespace danewerk::store
