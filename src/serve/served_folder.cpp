#include "serve/served_folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace danewerk::serve {

namespace {

constexpr mode_t kFolderMode = 0755;  // who may read which file is each file's mode
constexpr mode_t kPublicMode = 0644;  // certificates are shown to every client
constexpr std::uint64_t kMostOctets = 1U << 20;
constexpr const char* kUnfinished = ".new";
constexpr const char* kConfirmed = "confirmed";

std::optional<Generation> generation_from(std::string_view name) {
  Generation number = 0;
  const auto* end = std::to_address(name.end());
  const auto read = std::from_chars(std::to_address(name.begin()), end, number);
  if (read.ec != std::errc() || read.ptr != end || number == 0) return std::nullopt;
  return number;
}

std::string_view text_of(const Secret& secret) {
  const auto octets = secret.view();
  // The key is PEM: text, in memory that is wiped.
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};  // NOLINT
}

/// A file that is not there yet.
class NewFile {
 public:
  static Result<NewFile> create(Path path) {
    Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return tl::unexpected(system_error("create", path, errno));
    return NewFile(std::move(path), std::move(file));
  }
  Result<void> write(std::string_view text) {
    while (!text.empty()) {
      const auto n = ::write(file_.get(), text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return tl::unexpected(system_error("write", path_, errno));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
  }
  Result<void> give(uid_t owner, gid_t group) {
    if (::fchown(file_.get(), owner, group) == 0) return {};
    return tl::unexpected(system_error("change the owner of", path_, errno));
  }
  /// From here on others may read it, and it is on disk.
  Result<void> finish(mode_t mode) {
    if (::fchmod(file_.get(), mode) != 0) {
      return tl::unexpected(system_error("set mode of", path_, errno));
    }
    if (::fsync(file_.get()) != 0) return tl::unexpected(system_error("sync", path_, errno));
    return {};
  }

 private:
  NewFile(Path path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  Path path_;
  Descriptor file_;
};

Result<void> write_public(const Path& path, std::string_view text) {
  DW_TRY(auto file, NewFile::create(path));
  DW_TRY_VOID(file.write(text));
  return file.finish(kPublicMode);
}

std::string joined(const std::vector<std::string>& blocks, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < blocks.size(); ++i) text += blocks[i];
  return text;
}

/// Services have to get in, whatever the umask of who called us.
Result<void> make_open_folder(const Path& path) {
  DW_TRY_VOID(make_folder(path, kFolderMode));
  if (::chmod(path.c_str(), kFolderMode) == 0) return {};
  return tl::unexpected(system_error("set mode of", path, errno));
}

/// Who else may write where the link lies could make services read another key.
Result<void> judge_parent(const Path& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0) {
    return tl::unexpected(system_error("look at", folder, errno));
  }
  // Who owns the folder may write there whatever its mode says.
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return fail(
        Errc::kRefused,
        fmt::format("'{}', where keys are to be served, belongs to another user", folder.string()),
        fmt::format("chown root '{}'", folder.string()));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return fail(
      Errc::kRefused,
      fmt::format("others may write into '{}', where keys are to be served", folder.string()),
      fmt::format("chmod go-w '{}'", folder.string()));
}

}  // namespace

ServedFolder::ServedFolder(ServedPlace place) : place_(std::move(place)) {
  auto& directory = place_.directory;
  if (!directory.has_filename()) directory = directory.parent_path();  // "served/mail/"
  store_ = directory.parent_path() / ("." + directory.filename().string());
}

Path ServedFolder::path_of(Generation generation) const {
  return store_ / std::to_string(generation);
}

Result<std::optional<Generation>> ServedFolder::current() const {
  const auto& link = place_.directory;
  std::error_code error;
  const auto status = std::filesystem::symlink_status(link, error);
  if (status.type() == std::filesystem::file_type::not_found) return std::nullopt;
  if (error) return tl::unexpected(system_error("look at", link, error.value()));
  const std::string hint = "services read from a link that danewerk makes: move what is there away";
  if (status.type() != std::filesystem::file_type::symlink) {
    return fail(Errc::kRefused, fmt::format("'{}' is there, and is no link", link.string()), hint);
  }
  const auto target = std::filesystem::read_symlink(link, error);
  if (error) return tl::unexpected(system_error("read link", link, error.value()));
  const auto generation = generation_from(target.filename().string());
  if (generation && target.parent_path() == store_.filename()) return generation;
  return fail(Errc::kRefused, fmt::format("'{}' leads to '{}'", link.string(), target.string()),
              hint);
}

Result<std::vector<Generation>> ServedFolder::generations() const {
  std::vector<Generation> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(store_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto one = generation_from(entry->path().filename().string())) found.push_back(*one);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return tl::unexpected(system_error("read", store_, error.value()));
  }
  std::ranges::sort(found);
  return found;
}

Result<void> ServedFolder::write_key_files(const Path& folder, const ServedFiles& files) const {
  if (!files.key) return {};
  for (const auto* name : {"privkey.pem", "combined.pem"}) {
    DW_TRY(auto file, NewFile::create(folder / name));
    DW_TRY_VOID(file.write(text_of(*files.key)));
    if (std::string_view(name) == "combined.pem") {
      DW_TRY_VOID(file.write(joined(files.certificates, 0)));
    }
    if (place_.owner || place_.group) {
      constexpr auto kKept = static_cast<uid_t>(-1);
      DW_TRY_VOID(file.give(place_.owner.value_or(kKept), place_.group.value_or(kKept)));
    }
    DW_TRY_VOID(file.finish(place_.key_mode));
  }
  return {};
}

Result<void> ServedFolder::write(const Path& folder, const ServedFiles& files) const {
  DW_TRY_VOID(write_public(folder / "fullchain.pem", joined(files.certificates, 0)));
  DW_TRY_VOID(write_public(folder / "cert.pem", files.certificates.front()));
  DW_TRY_VOID(write_public(folder / "chain.pem", joined(files.certificates, 1)));
  DW_TRY_VOID(write_key_files(folder, files));
  return sync_folder(folder);
}

Result<Generation> ServedFolder::add(const ServedFiles& files) {
  DW_CHECK(!files.certificates.empty(), "a chain has the server's certificate");
  DW_TRY_VOID(current());  // refused before anything is written
  DW_TRY_VOID(judge_parent(
      place_.directory.parent_path().empty() ? Path(".") : place_.directory.parent_path()));
  DW_TRY_VOID(make_open_folder(store_));
  const auto unfinished = store_ / kUnfinished;
  std::error_code error;
  std::filesystem::remove_all(unfinished, error);  // of a try that was cut short
  DW_TRY_VOID(make_open_folder(unfinished));
  auto written = write(unfinished, files);
  if (!written) {
    std::filesystem::remove_all(unfinished, error);
    return tl::unexpected(std::move(written).error());
  }
  DW_TRY(const auto all, generations());
  const Generation next = all.empty() ? 1 : all.back() + 1;
  if (::rename(unfinished.c_str(), path_of(next).c_str()) != 0) {
    return tl::unexpected(system_error("rename to", path_of(next), errno));
  }
  DW_TRY_VOID(sync_folder(store_));
  return next;
}

Result<void> ServedFolder::serve(Generation generation) {
  const auto& link = place_.directory;
  const auto target = store_.filename() / std::to_string(generation);
  const auto aside = store_ / kUnfinished;
  // A link's target counts from where the link lies: it is made for its final place.
  std::error_code error;
  std::filesystem::remove_all(aside, error);
  if (::symlink(target.c_str(), aside.c_str()) != 0) {
    return tl::unexpected(system_error("create", aside, errno));
  }
  if (::rename(aside.c_str(), link.c_str()) != 0) {
    return tl::unexpected(system_error("rename to", link, errno));
  }
  return sync_folder(link.parent_path());
}

Result<std::optional<Generation>> ServedFolder::way_back(Generation from) const {
  DW_TRY(const auto all, generations());
  std::optional<Generation> newest;
  for (const auto one : all) {
    if (one < from && is_confirmed(one)) newest = one;
  }
  return newest;
}

Result<void> ServedFolder::drop_others() {
  DW_TRY(const auto now, current());
  if (!now) return {};
  DW_TRY(const auto kept, way_back(*now));
  DW_TRY(const auto all, generations());
  std::error_code error;
  for (const auto one : all) {
    if (one == *now || one == kept) continue;
    std::filesystem::remove_all(path_of(one), error);
    if (error) return tl::unexpected(system_error("remove", path_of(one), error.value()));
  }
  std::filesystem::remove_all(store_ / kUnfinished, error);
  return {};
}

Result<std::string> ServedFolder::certificates(Generation generation) const {
  return read_file(path_of(generation) / "fullchain.pem", kMostOctets);
}

Path ServedFolder::key_of(Generation generation) const {
  return path_of(generation) / "privkey.pem";
}

Result<void> ServedFolder::confirm(Generation generation) {
  const auto path = path_of(generation) / kConfirmed;
  DW_TRY(const bool is_there, file_exists(path));
  if (is_there) return {};
  DW_TRY_VOID(write_public(path, ""));
  return sync_folder(path.parent_path());
}

bool ServedFolder::is_confirmed(Generation generation) const {
  return file_exists(path_of(generation) / kConfirmed).value_or(false);
}

}  // namespace danewerk::serve
