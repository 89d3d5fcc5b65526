#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/backup_format.h"
#include "store/backup_passphrase.h"
#include "store/state.h"
#include "store/state_folder.h"

namespace danewerk::store {

namespace {

tl::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::kCorrupt, fmt::format("backup is damaged: {}", what));
}

/// A folder beside the one that it becomes; gone with all that is in it when it does not.
class FreshFolder {
 public:
  static Result<FreshFolder> make(Path target) {
    if (target.filename().empty()) target = target.parent_path();
    auto name = target.string() + ".restore-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      return tl::unexpected(system_error("make folder", name, errno));
    }
    return FreshFolder(std::move(target), name);
  }
  FreshFolder(FreshFolder&& other) noexcept
      : target_(std::move(other.target_)), path_(std::exchange(other.path_, {})) {}
  FreshFolder& operator=(FreshFolder&&) = delete;
  FreshFolder(const FreshFolder&) = delete;
  FreshFolder& operator=(const FreshFolder&) = delete;
  ~FreshFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const Path& path() const { return path_; }
  /// An empty folder in its place is replaced; anything else there stays (kUnavailable).
  Result<void> take_place() {
    if (::rename(path_.c_str(), target_.c_str()) != 0) {
      return tl::unexpected(system_error("rename to", target_, errno));
    }
    is_in_place_ = true;
    return sync_folder(target_.parent_path());
  }
  /// Back to where it was made, and away.
  void take_back() {
    if (is_in_place_ && ::rename(target_.c_str(), path_.c_str()) == 0) is_in_place_ = false;
  }
  void keep() { path_.clear(); }

 private:
  FreshFolder(Path target, Path path) : target_(std::move(target)), path_(std::move(path)) {}
  Path target_;
  Path path_;
  bool is_in_place_ = false;
};

Result<void> refuse_present(const Path& folder) {
  DW_TRY(const bool is_there, file_exists(folder));
  if (!is_there) return {};
  std::error_code failed;
  if (std::filesystem::is_directory(folder, failed) && std::filesystem::is_empty(folder, failed)) {
    return {};
  }
  if (failed) return tl::unexpected(system_error("look at", folder, failed.value()));
  return fail(Errc::kRefused, fmt::format("'{}' is there, and not empty", folder.string()),
              fmt::format("mv '{0}' '{0}.old', or restore into other folders", folder.string()));
}

/// "state/state.db": nothing that leads out of its part.
bool is_sound_path(const Path& path) {
  const auto part = path.begin();
  if (part == path.end() || path.is_absolute() || path.lexically_normal() != path) return false;
  return (*part == kStatePart || *part == kKeysPart) &&
         std::ranges::none_of(
             path, [](const Path& name) { return name.empty() || name == "." || name == ".."; });
}

class Extraction {
 public:
  Extraction(crypto::Unsealer& unsealer, const Path& state, const Path& keys)
      : unsealer_(unsealer), state_(state), keys_(keys) {}

  Result<void> run() {
    std::array<std::uint8_t, kBackupMagic.size()> magic{};
    DW_TRY_VOID(unsealer_.read(magic));
    if (!as_text(magic).starts_with(kBackupMagic.substr(0, kBackupMagic.size() - 1))) {
      return corrupt("its head is none of ours");
    }
    if (as_text(magic) != kBackupMagic) return fail(Errc::kRefused, "a newer danewerk made it");
    for (;;) {
      DW_TRY(const auto kind, number(1));
      if (kind == static_cast<std::uint64_t>(BackupEntry::kEnd)) return unsealer_.expect_end();
      DW_TRY(const auto path, read_path());
      if (kind == static_cast<std::uint64_t>(BackupEntry::kFolder)) {
        DW_TRY_VOID(make_folder(path));
      } else if (kind == static_cast<std::uint64_t>(BackupEntry::kFile)) {
        DW_TRY_VOID(write_file(path));
      } else {
        return corrupt("an entry of unknown kind");
      }
    }
  }

 private:
  Result<std::uint64_t> number(std::size_t octets) {
    std::array<std::uint8_t, 8> big_endian{};
    DW_TRY_VOID(unsealer_.read(std::span(big_endian).first(octets)));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets; ++i) value = value << 8U | big_endian.at(i);
    return value;
  }

  /// Where the entry belongs.
  Result<Path> read_path() {
    DW_TRY(const auto size, number(2));
    Bytes text(size);
    DW_TRY_VOID(unsealer_.read(text));
    const Path stated(as_text(text));
    if (!is_sound_path(stated)) return corrupt("a path that leads elsewhere");
    const bool is_state = *stated.begin() == kStatePart;
    Path path = is_state ? state_ : keys_;
    for (auto name = std::next(stated.begin()); name != stated.end(); ++name) path /= *name;
    return path;
  }

  Result<void> make_folder(const Path& path) {
    if (path == state_ || path == keys_) return {};
    if (::mkdir(path.c_str(), S_IRWXU) == 0 && ::chmod(path.c_str(), S_IRWXU) == 0) {
      return sync_folder(path.parent_path());
    }
    return tl::unexpected(system_error("make folder", path, errno));
  }

  Result<void> write_file(const Path& path) {
    DW_TRY(auto left, number(8));
    DW_TRY(auto file, AtomicFile::create(path, S_IRUSR | S_IWUSR));
    Secret block{Bytes(kBackupBlock)};
    while (left != 0) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBackupBlock));
      DW_TRY_VOID(unsealer_.read(block.writable().first(size)));
      DW_TRY_VOID(file.write(as_text(block.view().first(size))));
      left -= size;
    }
    return file.commit();
  }

  crypto::Unsealer& unsealer_;
  const Path& state_;
  const Path& keys_;
};

Result<void> mark_restored(const Path& state_folder, const BackupTask& task) {
  DW_TRY(const bool has_state, file_exists(state_folder / "state.db"));
  if (!has_state) return corrupt("it holds no state");
  DW_TRY(auto state, State::open(state_folder, State::Access::kWrite));
  const bool is_waiting = task.secondaries == BackupTask::Secondaries::kAwaited;
  DW_TRY(auto transaction, state.begin());
  DW_TRY_VOID(transaction.add_event(
      {.at = task.now,
       .who = task.who,
       .what = fmt::format("restored from '{}'{}", task.file.string(),
                           is_waiting ? "" : ", and no secondary is to be asked")}));
  DW_TRY_VOID(transaction.commit());
  // The backup may be of a state that was restored and still waited.
  return is_waiting ? state.set_restored(task.now) : state.clear_restored();
}

Result<void> unpack(const BackupTask& task, const Path& state, const Path& keys) {
  DW_TRY(const auto passphrase, read_passphrase(task.passphrase_file));
  DW_TRY(const auto file, open_for_reading(task.file));
  DW_TRY(auto unsealer, crypto::Unsealer::begin(passphrase.view(), [&](std::span<std::uint8_t> to) {
           // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): chars may alias
           return read_some(file, reinterpret_cast<char*>(to.data()), to.size());
         }));
  return Extraction(unsealer, state, keys).run();
}

}  // namespace

Result<void> restore_backup(const BackupTask& task) {
  DW_TRY_VOID(refuse_present(task.state));
  DW_TRY_VOID(refuse_present(task.keys));
  DW_TRY(auto state, FreshFolder::make(task.state));
  DW_TRY(auto keys, FreshFolder::make(task.keys));
  auto unpacked = unpack(task, state.path(), keys.path());
  if (!unpacked) return tl::unexpected(std::move(unpacked).error().in(task.file.string()));
  DW_TRY_VOID(mark_restored(state.path(), task));
  // The state comes first. A pass that finds it without the keys it speaks of refuses; one that
  // finds keys without state would begin anew with them, and with serials of long ago (promise P4).
  DW_TRY_VOID(state.take_place());
  auto placed = keys.take_place();
  if (!placed) {
    state.take_back();
    return placed;
  }
  keys.keep();
  state.keep();
  return {};
}

}  // namespace danewerk::store
