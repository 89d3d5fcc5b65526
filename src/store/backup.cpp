#include "store/backup.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup_format.h"
#include "store/backup_passphrase.h"
#include "store/key_access.h"
#include "store/state.h"
#include "store/state_folder.h"

namespace danewerk::store {

namespace {

constexpr std::string_view kCopyName = "state.db.backup";

/// A file that goes when this does.
class Temporary {
 public:
  explicit Temporary(Path path) : path_(std::move(path)) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() { ::unlink(path_.c_str()); }
  [[nodiscard]] const Path& path() const { return path_; }

 private:
  Path path_;
};

/// Of this process alone, and made again where it is missing.
bool is_left_out(std::string_view name) {
  return name.starts_with("state.db") || name == "lock" || name.ends_with(".tmp");
}

/// The only good backup may be the one before.
Result<void> refuse_present(const Path& file) {
  DW_TRY(const bool is_there, file_exists(file));
  if (!is_there) return {};
  return fail(Errc::kRefused, fmt::format("'{}' is there already", file.string()),
              "a backup overwrites nothing: name another file");
}

Result<void> refuse_within(const Path& file, const Path& folder) {
  std::error_code failed;
  const auto here = std::filesystem::weakly_canonical(file, failed);
  const auto there = std::filesystem::weakly_canonical(folder, failed);
  const auto [rest, unused] = std::ranges::mismatch(there, here);
  if (failed || rest != there.end()) return {};
  return fail(Errc::kRefused,
              fmt::format("'{}' lies in '{}', which it is to hold", file.string(), folder.string()),
              "keep it elsewhere, best on another machine");
}

class Archive {
 public:
  explicit Archive(crypto::Sealer& sealer) : sealer_(sealer) {}

  Result<void> begin() { return sealer_.add(as_bytes(kBackupMagic)); }
  Result<void> end() {
    DW_TRY_VOID(add_number(static_cast<std::uint64_t>(BackupEntry::kEnd), 1));
    return sealer_.finish();
  }

  Result<void> add_file(const Path& from, const Path& name) {
    DW_TRY(const auto file, open_for_reading(from));
    DW_TRY(const auto size, file_size(file));
    DW_TRY_VOID(add_head(BackupEntry::kFile, name));
    DW_TRY_VOID(add_number(size, 8));
    Secret block{Bytes(kBackupBlock)};
    for (std::uint64_t left = size; left != 0;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBackupBlock));
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
      DW_TRY(const auto got,
             read_some(file, reinterpret_cast<char*>(block.writable().data()), wanted));
      if (got != wanted) {
        return fail(Errc::kUnavailable,
                    fmt::format("'{}' changed while it was read", from.string()),
                    "try again while nothing else works on the state");
      }
      DW_TRY_VOID(sealer_.add(block.view().first(got)));
      left -= got;
    }
    return {};
  }

  Result<void> add_folder(const Path& from, const Path& name) {
    DW_TRY_VOID(add_head(BackupEntry::kFolder, name));
    std::error_code failed;
    std::vector<std::filesystem::directory_entry> entries;
    for (std::filesystem::directory_iterator at(from, failed), end; !failed && at != end;
         at.increment(failed)) {
      entries.push_back(*at);
    }
    if (failed) return tl::unexpected(system_error("read folder", from, failed.value()));
    std::ranges::sort(entries);
    for (const auto& entry : entries) DW_TRY_VOID(add(entry, name));
    return {};
  }

 private:
  Result<void> add(const std::filesystem::directory_entry& entry, const Path& folder) {
    const auto name = entry.path().filename();
    if (folder == kStatePart && is_left_out(name.string())) return {};
    std::error_code failed;
    const auto type = entry.symlink_status(failed).type();
    if (type == std::filesystem::file_type::directory) {
      return add_folder(entry.path(), folder / name);
    }
    if (type == std::filesystem::file_type::regular) return add_file(entry.path(), folder / name);
    // What a link leads to would come back as a file of its own, or not at all.
    return fail(Errc::kBadInput,
                fmt::format("'{}' is neither a file nor a folder", entry.path().string()),
                "move it out of the folder");
  }

  Result<void> add_head(BackupEntry kind, const Path& name) {
    const auto text = name.string();
    DW_TRY_VOID(add_number(static_cast<std::uint64_t>(kind), 1));
    DW_TRY_VOID(add_number(text.size(), 2));
    return sealer_.add(as_bytes(text));
  }

  Result<void> add_number(std::uint64_t number, std::size_t octets) {
    std::array<std::uint8_t, 8> big_endian{};
    for (std::size_t i = 0; i < octets; ++i) {
      big_endian.at(octets - 1 - i) = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return sealer_.add(ByteView(big_endian).first(octets));
  }

  crypto::Sealer& sealer_;
};

}  // namespace

Result<void> write_backup(const BackupTask& task) {
  DW_TRY_VOID(refuse_present(task.file));
  for (const auto& folder : {task.state, task.keys}) {
    DW_TRY_VOID(refuse_within(task.file, folder));
  }
  DW_TRY(const auto passphrase, read_passphrase(task.passphrase_file));
  DW_TRY_VOID(check_folder({task.keys, FolderKind::kOurs}));
  const Temporary copy(task.state / kCopyName);
  {
    DW_TRY(const auto state, State::open(task.state, State::Access::kRead));
    DW_TRY_VOID(state.copy_to(copy.path()));
  }
  auto made = AtomicFile::create(task.file, S_IRUSR | S_IWUSR);
  if (!made) {
    return fail(made.error().code(), made.error().message(),
                fmt::format("its folder has to be there, and user {}, the owner of the state, has "
                            "to be able to write into it",
                            ::geteuid()));
  }
  auto file = *std::move(made);
  DW_TRY(auto sealer, crypto::Sealer::begin(passphrase.view(), task.cost, [&](ByteView octets) {
           return file.write(as_text(octets));
         }));
  Archive archive(sealer);
  DW_TRY_VOID(archive.begin());
  DW_TRY_VOID(archive.add_folder(task.state, Path(kStatePart)));
  DW_TRY_VOID(archive.add_file(copy.path(), Path(kStatePart) / "state.db"));
  DW_TRY_VOID(archive.add_folder(task.keys, Path(kKeysPart)));
  DW_TRY_VOID(archive.end());
  DW_TRY_VOID(refuse_present(task.file));
  return file.commit();
}

Result<Secret> read_passphrase(const Path& file) {
  DW_TRY(const auto read, read_key_file(file, FolderKind::kOurs, Content::kPrivate));
  auto octets = read.view();
  while (!octets.empty() && (octets.back() == '\n' || octets.back() == '\r')) {
    octets = octets.first(octets.size() - 1);
  }
  if (octets.empty()) {
    return fail(Errc::kBadInput, fmt::format("'{}' holds no passphrase", file.string()));
  }
  return Secret(Bytes(octets.begin(), octets.end()));
}

}  // namespace danewerk::store
