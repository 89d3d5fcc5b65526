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

constexpr mode_t kPublicMode = 0644;  // certificates are shown to every client
constexpr std::uint64_t kMostOctets = 1U << 20;
constexpr const char* kUnfinished = ".new";
constexpr const char* kConfirmed = "confirmed";
constexpr const char* kChainFile = "fullchain.pem";
constexpr const char* kLeafFile = "cert.pem";
constexpr const char* kIssuersFile = "chain.pem";
constexpr const char* kKeyFile = "privkey.pem";
constexpr const char* kCombinedFile = "combined.pem";

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
  static Result<NewFile> create(const GuardedFolder& folder, const char* name) {
    constexpr int kAnew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Descriptor file(::openat(folder.get(), name, kAnew, 0600));
    if (!file.is_open()) {
      return tl::unexpected(system_error("create", folder.path_of(name), errno));
    }
    return NewFile(folder.path_of(name), std::move(file));
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

Result<void> write_public(const GuardedFolder& folder, const char* name, std::string_view text) {
  DW_TRY(auto file, NewFile::create(folder, name));
  DW_TRY_VOID(file.write(text));
  return file.finish(kPublicMode);
}

std::string joined(const std::vector<std::string>& blocks, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < blocks.size(); ++i) text += blocks[i];
  return text;
}

/// Nothing when it is not there, or can be nothing that we wrote.
Result<std::optional<std::string>> read_if_sound(const GuardedFolder& folder, const char* name) {
  DW_TRY(const bool is_there, folder.has(name));
  if (!is_there) return std::optional<std::string>();
  auto text = folder.read(name, kMostOctets);
  if (text) return std::optional(*std::move(text));
  if (text.error().code() == Errc::kBadInput) return std::optional<std::string>();
  return tl::unexpected(std::move(text).error());
}

/// The same for files with a key.
Result<std::optional<Secret>> read_key(const GuardedFolder& folder, const char* name) {
  auto key = folder.read_secret(name, kMostOctets);
  if (key || key.error().code() != Errc::kBadInput) return key;
  return std::optional<Secret>();
}

bool is_together(ByteView combined, ByteView key, std::string_view certificates) {
  return combined.size() == key.size() + certificates.size() &&
         std::ranges::equal(combined.first(key.size()), key) &&
         as_text(combined.subspan(key.size())) == certificates;
}

Result<void> rename(const GuardedFolder& from, const char* name, const GuardedFolder& to,
                    const std::string& target) {
  if (::renameat(from.get(), name, to.get(), target.c_str()) == 0) return {};
  return tl::unexpected(system_error("rename to", to.path_of(target), errno));
}

}  // namespace

ServedFolder::ServedFolder(ServedPlace place) : place_(std::move(place)) {
  auto& directory = place_.directory;
  if (!directory.has_filename()) directory = directory.parent_path();  // "served/mail/"
  link_ = directory.filename().string();
  store_ = "." + link_;
}

Result<ServedFolder> ServedFolder::open(ServedPlace place) {
  ServedFolder folder(std::move(place));
  DW_TRY(folder.parent_,
         GuardedFolder::open(folder.place_.directory.parent_path(), Missing::kIsNothing));
  return folder;
}

Result<std::optional<GuardedFolder>> ServedFolder::store() const {
  return parent_ ? parent_->enter(store_) : std::optional<GuardedFolder>();
}

Result<std::optional<GuardedFolder>> ServedFolder::files_of(Generation generation) const {
  DW_TRY(const auto all, store());
  return all ? all->enter(std::to_string(generation)) : std::optional<GuardedFolder>();
}

/// Somebody removes it while we work there.
tl::unexpected<Error> ServedFolder::gone() const {
  return fail(Errc::kUnavailable,
              fmt::format("what lies beside '{}' is gone", place_.directory.string()));
}

Result<std::optional<Generation>> ServedFolder::current() const {
  struct stat info{};
  if (!parent_) return std::nullopt;
  const auto& link = place_.directory;
  if (::fstatat(parent_->get(), link_.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return tl::unexpected(system_error("look at", link, errno));
  }
  const std::string hint = "services read from a link that danewerk makes: move what is there away";
  if (!S_ISLNK(info.st_mode)) {
    return fail(Errc::kRefused, fmt::format("'{}' is there, and is no link", link.string()), hint);
  }
  DW_TRY(const Path target, parent_->read_link(link_));
  const auto generation = generation_from(target.filename().string());
  if (generation && target.parent_path() == store_) return generation;
  return fail(Errc::kRefused, fmt::format("'{}' leads to '{}'", link.string(), target.string()),
              hint);
}

Result<std::vector<Generation>> ServedFolder::generations() const {
  std::vector<Generation> found;
  DW_TRY(const auto all, store());
  if (!all) return found;
  DW_TRY(const auto names, all->entries());
  for (const auto& name : names) {
    if (const auto one = generation_from(name)) found.push_back(*one);
  }
  std::ranges::sort(found);
  return found;
}

Result<void> ServedFolder::write_key_files(const GuardedFolder& folder,
                                           const ServedFiles& files) const {
  if (!files.key) return {};
  for (const auto* name : {kKeyFile, kCombinedFile}) {
    DW_TRY(auto file, NewFile::create(folder, name));
    DW_TRY_VOID(file.write(text_of(*files.key)));
    if (name == kCombinedFile) DW_TRY_VOID(file.write(joined(files.certificates, 0)));
    if (place_.owner || place_.group) {
      constexpr auto kKept = static_cast<uid_t>(-1);
      DW_TRY_VOID(file.give(place_.owner.value_or(kKept), place_.group.value_or(kKept)));
    }
    DW_TRY_VOID(file.finish(place_.key_mode));
  }
  return {};
}

Result<void> ServedFolder::write(const GuardedFolder& folder, const ServedFiles& files) const {
  DW_TRY_VOID(write_public(folder, kChainFile, joined(files.certificates, 0)));
  DW_TRY_VOID(write_public(folder, kLeafFile, files.certificates.front()));
  DW_TRY_VOID(write_public(folder, kIssuersFile, joined(files.certificates, 1)));
  DW_TRY_VOID(write_key_files(folder, files));
  return folder.sync();
}

Result<Generation> ServedFolder::add(const ServedFiles& files) {
  DW_CHECK(!files.certificates.empty(), "a chain has the server's certificate");
  DW_TRY_VOID(current());  // refused before anything is written
  DW_TRY(auto parent, GuardedFolder::open(place_.directory.parent_path(), Missing::kIsMade));
  if (!parent) return gone();
  DW_TRY(const auto store, parent->make(store_));
  parent_ = std::move(parent);
  DW_TRY_VOID(store.remove(kUnfinished));  // of a try that was cut short
  DW_TRY(const auto unfinished, store.make(kUnfinished));
  if (auto written = write(unfinished, files); !written) {
    static_cast<void>(store.remove(kUnfinished));
    return tl::unexpected(std::move(written).error());
  }
  DW_TRY(const auto all, generations());
  const Generation next = all.empty() ? 1 : all.back() + 1;
  DW_TRY_VOID(rename(store, kUnfinished, store, std::to_string(next)));
  DW_TRY_VOID(store.sync());
  return next;
}

Result<void> ServedFolder::serve(Generation generation) {
  DW_TRY(const auto all, store());
  if (!all || !parent_) return gone();
  // A link's target counts from where the link lies: it is made for its final place.
  const auto target = Path(store_) / std::to_string(generation);
  DW_TRY_VOID(all->remove(kUnfinished));
  if (::symlinkat(target.c_str(), all->get(), kUnfinished) != 0) {
    return tl::unexpected(system_error("create", all->path_of(kUnfinished), errno));
  }
  DW_TRY_VOID(rename(*all, kUnfinished, *parent_, link_));
  return parent_->sync();
}

Result<std::optional<Generation>> ServedFolder::way_back(Generation from) const {
  DW_TRY(const auto all, generations());
  std::optional<Generation> newest;
  for (const auto one : all) {
    if (one < from && is_confirmed(one)) newest = one;
  }
  if (!newest) return newest;
  DW_TRY(const auto content, look(*newest, Depth::kAll));
  const bool is_sound = content.fault.empty() && content.key_fault.empty();
  return is_sound ? newest : std::nullopt;
}

Result<void> ServedFolder::drop_others() {
  DW_TRY(const auto now, current());
  DW_TRY(const auto there, store());
  if (!now || !there) return {};
  DW_TRY(const auto kept, way_back(*now));
  DW_TRY(const auto all, generations());
  for (const auto one : all) {
    if (one == *now || one == kept) continue;
    DW_TRY_VOID(there->remove(std::to_string(one)));
  }
  return there->remove(kUnfinished);
}

Result<bool> ServedFolder::is_among(Generation generation, std::string_view kept) const {
  DW_TRY(const auto content, look(generation, Depth::kPublic));
  const bool has_some = !content.certificates.empty();
  return has_some && kept.find(content.certificates) != std::string_view::npos;
}

Result<void> ServedFolder::drop_but(std::string_view kept) {
  DW_TRY(const auto now, current());
  DW_TRY(const auto there, store());
  if (!now || !there) return {};
  DW_TRY(const auto all, generations());
  for (const auto one : all) {
    DW_TRY(const bool is_kept, is_among(one, kept));
    if (one != *now && !is_kept) DW_TRY_VOID(there->remove(std::to_string(one)));
  }
  return {};
}

std::string ServedFolder::changed(const char* name) const {
  return fmt::format("'{}' is gone, or is not what was put there",
                     (place_.directory / name).string());
}

/// Which of them was changed, they do not tell.
std::string ServedFolder::not_together() const {
  return fmt::format(
      "'{}' is not what '{}' and '{}' beside it are together: one of them was changed",
      (place_.directory / kChainFile).string(), kLeafFile, kIssuersFile);
}

Result<ServedContent> ServedFolder::look(Generation generation, Depth depth) const {
  ServedContent content;
  DW_TRY(const auto files, files_of(generation));
  if (!files) {
    content.fault = fmt::format("'{}' leads nowhere", place_.directory.string());
    return content;
  }
  DW_TRY(auto all, read_if_sound(*files, kChainFile));
  DW_TRY(const auto first, read_if_sound(*files, kLeafFile));
  DW_TRY(const auto others, read_if_sound(*files, kIssuersFile));
  if (!all || all->empty()) content.fault = changed(kChainFile);
  content.certificates = std::move(all).value_or("");
  const bool is_divided = first && others && *first + *others == content.certificates;
  if (content.fault.empty() && !is_divided) {
    content.fault = !first ? changed(kLeafFile) : !others ? changed(kIssuersFile) : not_together();
  }
  if (depth == Depth::kPublic) return content;
  DW_TRY(content.key, read_key(*files, kKeyFile));
  DW_TRY(const auto combined, read_key(*files, kCombinedFile));
  const bool is_whole =
      content.key.has_value() == combined.has_value() &&
      (!combined || is_together(combined->view(), content.key->view(), content.certificates));
  if (!is_whole) content.key_fault = changed(content.key ? kCombinedFile : kKeyFile);
  return content;
}

Result<std::optional<Secret>> ServedFolder::key(Generation generation) const {
  DW_TRY(const auto files, files_of(generation));
  return files ? read_key(*files, kKeyFile) : std::optional<Secret>();
}

Result<void> ServedFolder::confirm(Generation generation) {
  DW_TRY(const auto files, files_of(generation));
  if (!files) return gone();
  DW_TRY(const bool is_there, files->has(kConfirmed));
  if (is_there) return {};
  DW_TRY_VOID(write_public(*files, kConfirmed, ""));
  return files->sync();
}

bool ServedFolder::is_confirmed(Generation generation) const {
  const auto files = files_of(generation).value_or(std::optional<GuardedFolder>());
  return files && files->has(kConfirmed).value_or(false);
}

}  // namespace danewerk::serve
