#include "store/key_access.h"

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>

namespace danewerk::store {

namespace {

constexpr std::size_t kMaxOctets = 1U << 16;
constexpr mode_t kGroupAndOthers = S_IRWXG | S_IRWXO;

Result<void> refuse_reach(const Path& path, mode_t mode, std::string_view who, mode_t advised) {
  return fail(Errc::kRefused,
              fmt::format("'{}' has mode {:04o}: {}", path.string(), mode & 07777U, who),
              fmt::format("chmod {:04o} '{}'", advised, path.string()));
}

Result<void> check_file(const Path& path, mode_t mode, FolderKind kind, Content content) {
  if (kind == FolderKind::kOurs && (mode & kGroupAndOthers) != 0) {
    return refuse_reach(path, mode, "only its owner may reach a key file", 0600);
  }
  // A group may read: services have it.
  const mode_t advised = mode & (content == Content::kPrivate ? mode_t{0640} : mode_t{0775});
  if ((mode & S_IWOTH) != 0) {
    return refuse_reach(path, mode, "others may not write key files", advised);
  }
  if (content == Content::kPrivate && (mode & S_IROTH) != 0) {
    return refuse_reach(path, mode, "others may not read a private key", advised);
  }
  return {};
}

}  // namespace

Result<void> make_key_folder(const Path& path) {
  if (::mkdir(path.c_str(), S_IRWXU) == 0) {
    // The umask can only take away, and nothing may be missing either.
    if (::chmod(path.c_str(), S_IRWXU) == 0) return {};
  } else if (errno == EEXIST) {
    return {};
  }
  return tl::unexpected(system_error("make folder", path, errno));
}

Result<void> check_folder(const KeyFolder& folder) {
  struct stat info{};
  if (::stat(folder.path.c_str(), &info) != 0) {
    return tl::unexpected(system_error("look at", folder.path, errno));
  }
  if (!S_ISDIR(info.st_mode)) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no folder", folder.path.string()));
  }
  if (folder.kind == FolderKind::kOurs && (info.st_mode & kGroupAndOthers) != 0) {
    return refuse_reach(folder.path, info.st_mode, "only its owner may reach the key store", 0700);
  }
  if ((info.st_mode & S_IWOTH) != 0) {
    return refuse_reach(folder.path, info.st_mode, "others may not write where keys are",
                        info.st_mode & 0775U);
  }
  return {};
}

Result<Secret> read_key_file(const Path& path, FolderKind kind, Content content) {
  struct stat info{};
  // Before opening: opening a pipe would wait for a writer.
  if (::stat(path.c_str(), &info) != 0) return tl::unexpected(system_error("read", path, errno));
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no regular file", path.string()));
  }
  DW_TRY(const auto file, open_for_reading(path));
  if (::fstat(file.get(), &info) != 0) return tl::unexpected(system_error("read", path, errno));
  DW_TRY_VOID(check_file(path, info.st_mode, kind, content));
  // One buffer of the greatest size: one that grew would leave copies behind.
  Secret buffer{Bytes(kMaxOctets + 1)};
  auto* to = buffer.writable().data();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  auto size = read_some(file, reinterpret_cast<char*>(to), kMaxOctets + 1);
  if (!size) return tl::unexpected(std::move(size).error().in(path.string()));
  if (*size > kMaxOctets) {
    return fail(Errc::kBadInput,
                fmt::format("'{}' is larger than {} octets", path.string(), kMaxOctets));
  }
  const auto read = buffer.view().first(*size);
  return Secret(Bytes(read.begin(), read.end()));
}

}  // namespace danewerk::store
