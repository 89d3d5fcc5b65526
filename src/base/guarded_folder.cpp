#include "base/guarded_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace danewerk {

namespace {

constexpr mode_t kFolderMode = 0755;
constexpr int kMostLinks = 40;  // as many as the system follows

bool is_root_or_us(uid_t owner) {
  return owner == 0 || owner == ::geteuid();
}

/// What follows is looked at, too, before a sticky folder is passed through.
enum class Place : std::uint8_t { kOnTheWay, kLast };

Result<void> judge(const Path& path, const struct stat& info, Place place) {
  const bool is_link = S_ISLNK(info.st_mode);
  if (!is_root_or_us(info.st_uid)) {
    return fail(
        Errc::kRefused,
        fmt::format("'{}' belongs to user {}, who could exchange what {}", path.string(),
                    info.st_uid, is_link ? "it leads to" : "is in it"),
        fmt::format("let {} own '{}', or name a place in folders of root's, such as "
                    "/etc/danewerk/served",
                    ::geteuid() == 0 ? "root" : "root, or the owner of the state,", path.string()));
  }
  const bool is_open = !is_link && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool is_sticky = (info.st_mode & S_ISVTX) != 0;
  if (!is_open || (is_sticky && place == Place::kOnTheWay)) return {};
  return fail(Errc::kRefused,
              fmt::format("others may write into '{}', and exchange what is in it", path.string()),
              fmt::format("chmod go-w '{}'", path.string()));
}

Result<void> judge(const Descriptor& folder, const Path& path, Place place) {
  struct stat info{};
  if (::fstat(folder.get(), &info) != 0) {
    return tl::unexpected(system_error("look at", path, errno));
  }
  return judge(path, info, place);
}

Descriptor open_folder_at(int folder, const char* name, int access) {
  return Descriptor(::openat(folder, name, access | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// The name is on disk when this returns. One that is there by now stays as it is.
Result<void> make_at(int folder, const std::string& name, const Path& path) {
  if (::mkdirat(folder, name.c_str(), kFolderMode) != 0) {
    if (errno == EEXIST) return {};
    return tl::unexpected(system_error("make folder", path, errno));
  }
  const auto made = open_folder_at(folder, name.c_str(), O_RDONLY);
  const auto above = open_folder_at(folder, ".", O_RDONLY);
  if (!made.is_open() || ::fchmod(made.get(), kFolderMode) != 0 || !above.is_open() ||
      ::fsync(above.get()) != 0) {
    return tl::unexpected(system_error("make folder", path, errno));
  }
  return {};
}

Result<std::string> read_link_at(int folder, const std::string& name, const Path& path) {
  std::array<char, PATH_MAX> target{};
  const auto size = ::readlinkat(folder, name.c_str(), target.data(), target.size());
  if (size < 0) return tl::unexpected(system_error("read link", path, errno));
  return std::string(target.data(), static_cast<std::size_t>(size));
}

/// Folders and links alike, as they are come by.
using Judge = std::function<Result<void>(const Path& path, const struct stat& info, Place place)>;

/// From the root of the file system to a folder.
class Walk {
 public:
  Walk(Missing missing, Judge judge) : missing_(missing), judge_(std::move(judge)) {}

  /// The open folder; not open when it is not there.
  Result<Descriptor> run(const Path& folder) {
    std::error_code error;
    const auto whole = std::filesystem::absolute(folder, error);
    if (error) return tl::unexpected(system_error("look at", folder, error.value()));
    DW_TRY_VOID(go_to(whole));
    while (!left_.empty()) {
      const auto name = std::move(left_.front());
      left_.pop_front();
      DW_TRY(const bool is_there, step(name));
      if (!is_there) return Descriptor();
    }
    DW_TRY_VOID(look_at_last(Place::kLast));
    return std::move(levels_.back().folder);
  }

 private:
  struct Level {
    std::string name;
    Descriptor folder;
  };

  Result<void> look_at_last(Place place) {
    struct stat info{};
    if (::fstat(levels_.back().folder.get(), &info) != 0) {
      return tl::unexpected(system_error("look at", path(), errno));
    }
    return judge_(path(), info, place);
  }

  [[nodiscard]] Path path() const {
    Path all = "/";
    for (std::size_t i = 1; i < levels_.size(); ++i) all /= levels_[i].name;
    return all;
  }

  /// A path before what is left; an absolute one begins anew.
  Result<void> go_to(const Path& way) {
    std::deque<std::string> names;
    for (const auto& part : way) {
      const auto name = part.string();
      if (!name.empty() && name != "." && name != "/") names.push_back(name);
    }
    left_.insert(left_.begin(), std::make_move_iterator(names.begin()),
                 std::make_move_iterator(names.end()));
    if (!way.is_absolute()) return {};
    levels_.clear();
    auto root = Descriptor(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root.is_open()) return tl::unexpected(system_error("look at", "/", errno));
    levels_.push_back({.name = {}, .folder = std::move(root)});
    return {};
  }

  /// \returns whether it is there.
  Result<bool> step(const std::string& name) {
    if (name == "..") {
      if (levels_.size() > 1) levels_.pop_back();
      return true;
    }
    const int here = levels_.back().folder.get();
    DW_TRY_VOID(look_at_last(Place::kOnTheWay));
    const auto there = path() / name;
    auto next = open_folder_at(here, name.c_str(), O_PATH);
    if (!next.is_open() && errno == ENOENT) {
      if (missing_ == Missing::kIsNothing) return false;
      DW_TRY_VOID(make_at(here, name, there));
      next = open_folder_at(here, name.c_str(), O_PATH);
    }
    if (next.is_open()) {
      levels_.push_back({.name = name, .folder = std::move(next)});
      return true;
    }
    // A link is no folder either.
    if (errno != ENOTDIR && errno != ELOOP) {
      return tl::unexpected(system_error("look at", there, errno));
    }
    DW_TRY_VOID(follow(here, name, there));
    return true;
  }

  Result<void> follow(int here, const std::string& name, const Path& there) {
    struct stat info{};
    if (::fstatat(here, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return tl::unexpected(system_error("look at", there, errno));
    }
    if (!S_ISLNK(info.st_mode)) return tl::unexpected(system_error("look at", there, ENOTDIR));
    DW_TRY_VOID(judge_(there, info, Place::kOnTheWay));
    if (++links_ > kMostLinks) return tl::unexpected(system_error("look at", there, ELOOP));
    DW_TRY(const auto target, read_link_at(here, name, there));
    return go_to(target);
  }

  Missing missing_;
  Judge judge_;
  std::vector<Level> levels_{};  ///< no links among them
  std::deque<std::string> left_{};
  int links_ = 0;
};

}  // namespace

Result<std::optional<GuardedFolder>> GuardedFolder::open(const Path& folder, Missing missing) {
  const Path where = folder.empty() ? Path(".") : folder;
  DW_TRY(auto found, Walk(missing, [](const auto&... seen) { return judge(seen...); }).run(where));
  if (!found.is_open()) return std::optional<GuardedFolder>();
  return std::optional(GuardedFolder(std::move(found), where));
}

Result<std::optional<FolderOwners>> owners_of(const Path& folder) {
  FolderOwners owners;
  const auto note = [&](const Path&, const struct stat& info, Place place) -> Result<void> {
    if (place == Place::kOnTheWay) {
      owners.on_the_way.insert(info.st_uid);
    } else {
      owners.user = info.st_uid;
      owners.group = info.st_gid;
    }
    return {};
  };
  DW_TRY(const auto found, Walk(Missing::kIsNothing, note).run(folder));
  if (!found.is_open()) return std::optional<FolderOwners>();
  return std::optional(std::move(owners));
}

std::vector<Path> open_places(const Path& file) {
  std::vector<Path> places;
  const auto note = [&](const Path& path, const struct stat& info) {
    const bool is_guarded = S_ISLNK(info.st_mode) ||
                            (S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0) ||
                            (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
    if (is_guarded || std::ranges::find(places, path) != places.end()) return;
    places.push_back(path);
  };
  const auto look = [&](const Path& path, const struct stat& info, Place) -> Result<void> {
    note(path, info);
    return {};
  };
  auto at = file;
  for (int links = 0; links <= kMostLinks; ++links) {
    const auto above = at.parent_path().empty() ? Path(".") : at.parent_path();
    const auto folder = Walk(Missing::kIsNothing, look).run(above);
    struct stat info{};
    const auto name = at.filename().string();
    const bool is_there = folder && folder->is_open() &&
                          ::fstatat(folder->get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there) note(at, info);
    if (!is_there || !S_ISLNK(info.st_mode)) break;
    const auto target = read_link_at(folder->get(), name, at);
    if (!target) break;
    at = above / *target;
  }
  return places;
}

Result<std::optional<GuardedFolder>> GuardedFolder::enter(const std::string& name) const {
  auto found = open_folder_at(get(), name.c_str(), O_PATH);
  if (!found.is_open()) {
    if (errno == ENOENT) return std::optional<GuardedFolder>();
    return tl::unexpected(system_error("look at", path_of(name), errno));
  }
  DW_TRY_VOID(judge(found, path_of(name), Place::kLast));
  return std::optional(GuardedFolder(std::move(found), path_of(name)));
}

Result<GuardedFolder> GuardedFolder::make(const std::string& name) const {
  DW_TRY_VOID(make_at(get(), name, path_of(name)));
  DW_TRY(auto made, enter(name));
  if (!made) return tl::unexpected(system_error("make folder", path_of(name), ENOENT));
  return *std::move(made);
}

Result<std::vector<std::string>> GuardedFolder::entries() const {
  const auto failed = [&] { return tl::unexpected(system_error("read", path_, errno)); };
  const int readable = ::openat(get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (readable < 0) return failed();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(readable), ::closedir);
  if (!stream) {
    ::close(readable);
    return failed();
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else has this stream
    const auto* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return failed();
  return names;
}

Result<bool> GuardedFolder::has(const std::string& name) const {
  struct stat info{};
  if (::fstatat(get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT) return false;
  return tl::unexpected(system_error("look at", path_of(name), errno));
}

Result<std::string> GuardedFolder::read_link(const std::string& name) const {
  return read_link_at(get(), name, path_of(name));
}

/// Nothing when it is not there.
Result<std::optional<Descriptor>> GuardedFolder::open_file(const std::string& name) const {
  // A pipe, or a device, would have us wait.
  Descriptor file(
      ::openat(get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info{};
  if (!file.is_open() && errno == ENOENT) return std::optional<Descriptor>();
  if (!file.is_open() || ::fstat(file.get(), &info) != 0) {
    return tl::unexpected(system_error("open", path_of(name), errno));
  }
  if (S_ISREG(info.st_mode)) return std::optional(std::move(file));
  return fail(Errc::kBadInput, fmt::format("'{}' is no regular file", path_of(name).string()));
}

Result<std::optional<Secret>> GuardedFolder::read_secret(const std::string& name,
                                                         std::size_t max_octets) const {
  DW_TRY(const auto file, open_file(name));
  if (!file) return std::optional<Secret>();
  // One buffer of the greatest size: one that grew would leave copies behind.
  Secret buffer{Bytes(max_octets + 1)};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  auto size = read_some(*file, reinterpret_cast<char*>(buffer.writable().data()), max_octets + 1);
  if (!size) return tl::unexpected(std::move(size).error().in(path_of(name).string()));
  if (*size > max_octets) {
    return fail(Errc::kBadInput,
                fmt::format("'{}' is larger than {} octets", path_of(name).string(), max_octets));
  }
  const auto read = buffer.view().first(*size);
  return std::optional(Secret(Bytes(read.begin(), read.end())));
}

Result<std::string> GuardedFolder::read(const std::string& name, std::uint64_t max_octets) const {
  DW_TRY(const auto file, open_file(name));
  if (!file) return tl::unexpected(system_error("open", path_of(name), ENOENT));
  DW_TRY(const auto size, file_size(*file));
  if (size > max_octets) {
    return fail(Errc::kBadInput,
                fmt::format("'{}' is larger than {} octets", path_of(name).string(), max_octets));
  }
  std::string text(size, '\0');
  auto got = read_some(*file, text.data(), text.size());
  if (!got) return tl::unexpected(std::move(got).error().in(path_of(name).string()));
  text.resize(*got);
  return text;
}

Result<void> GuardedFolder::remove(const std::string& name) const {
  const auto failed = [&] { return tl::unexpected(system_error("remove", path_of(name), errno)); };
  if (::unlinkat(get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return failed();
  auto inner = open_folder_at(get(), name.c_str(), O_PATH);
  if (!inner.is_open()) return failed();
  const GuardedFolder folder(std::move(inner), path_of(name));
  DW_TRY(const auto names, folder.entries());
  for (const auto& one : names) DW_TRY_VOID(folder.remove(one));
  if (::unlinkat(get(), name.c_str(), AT_REMOVEDIR) != 0) return failed();
  return {};
}

Result<void> GuardedFolder::sync() const {
  const auto readable = open_folder_at(get(), ".", O_RDONLY);
  if (readable.is_open() && ::fsync(readable.get()) == 0) return {};
  return tl::unexpected(system_error("sync folder", path_, errno));
}

}  // namespace danewerk
