#include "engine/client_archive.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "store/key_access.h"
#include "tlsa/block.h"

namespace danewerk::engine {

namespace {

namespace fs = std::filesystem;

/// certbot keeps six generations, dehydrated all of them.
constexpr std::size_t kMostFiles = 16;
/// Of folders with a date for a name.
constexpr std::size_t kMostFolders = 8;
/// A folder of others may have anything in it.
constexpr std::size_t kMostEntries = 4096;
constexpr std::string_view kDigits = "0123456789";

struct Entry {
  Path path;
  fs::file_time_type written{};
};

void keep_newest(std::vector<Entry>& entries, std::size_t most) {
  std::ranges::sort(entries, [](const Entry& one, const Entry& other) {
    return one.written != other.written ? one.written > other.written : one.path > other.path;
  });
  if (entries.size() > most) entries.resize(most);
}

enum class Kind : std::uint8_t { kFile, kFolder };

/// What a folder has of this kind; nothing when it cannot be read.
std::vector<Entry> entries_of(const Path& folder, Kind kind) {
  std::vector<Entry> entries;
  std::error_code failed;
  std::size_t seen = 0;
  for (auto it = fs::directory_iterator(folder, failed); !failed && it != fs::directory_iterator();
       it.increment(failed)) {
    if (++seen > kMostEntries) break;
    std::error_code unknown;
    const auto is_it =
        kind == Kind::kFile ? it->is_regular_file(unknown) : it->is_directory(unknown);
    if (!is_it || unknown) continue;
    const auto written = it->last_write_time(unknown);
    if (!unknown) entries.push_back({it->path(), written});
  }
  return entries;
}

/// Where the number stands in "fullchain7.pem" and "fullchain-1712345678.pem".
struct Series {
  std::string before;
  std::string after;

  [[nodiscard]] bool has(const std::string& name) const {
    if (!name.starts_with(before) || !name.ends_with(after)) return false;
    if (name.size() <= before.size() + after.size()) return false;
    const auto number = name.substr(before.size(), name.size() - before.size() - after.size());
    return number.find_first_not_of(kDigits) == std::string::npos;
  }
};

std::optional<Series> series_of(const std::string& name) {
  const auto end = name.find_last_of(kDigits);
  if (end == std::string::npos) return std::nullopt;
  const auto before = name.find_last_not_of(kDigits, end);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  return Series{.before = name.substr(0, begin), .after = name.substr(end + 1)};
}

/// Files that a link of the client's led to before.
std::vector<Entry> in_series_of(const Path& file) {
  std::error_code failed;
  if (!fs::is_symlink(file, failed)) return {};
  const auto target = fs::canonical(file, failed);
  if (failed) return {};
  const auto series = series_of(target.filename().string());
  if (!series) return {};
  auto entries = entries_of(target.parent_path(), Kind::kFile);
  std::erase_if(entries, [&](const Entry& entry) { return !series->has(entry.path.filename()); });
  keep_newest(entries, kMostFiles);
  return entries;
}

/// Of folders that clients make beside the file.
std::vector<Entry> beside(const Path& file) {
  auto folders = entries_of(file.parent_path() / "archive", Kind::kFolder);
  keep_newest(folders, kMostFolders);
  folders.push_back({.path = file.parent_path() / "backup"});
  std::vector<Entry> all;
  for (const auto& folder : folders) {
    auto entries = entries_of(folder.path, Kind::kFile);
    keep_newest(entries, kMostFiles);
    std::ranges::move(entries, std::back_inserter(all));
  }
  return all;
}

bool has_private_key(const Secret& octets) {
  return as_text(octets.view()).find("PRIVATE KEY-----") != std::string_view::npos;
}

void take_key(const Path& file, ClientArchive& archive) {
  // Read anew: now as what others may not read.
  auto pem = store::read_key_file(file, store::FolderKind::kForeign, store::Content::kPrivate);
  if (!pem) return;
  const auto blocks = tlsa::read_blocks(pem->view());
  if (!blocks) return;
  archive.keys.push_back(
      {.file = file, .pem = *std::move(pem), .digest = tlsa::key_digest(blocks->front())});
}

void take_file(const Path& file, ClientArchive& archive) {
  const auto octets =
      store::read_key_file(file, store::FolderKind::kForeign, store::Content::kPublic);
  if (!octets) return;
  if (has_private_key(*octets)) {
    take_key(file, archive);
    return;
  }
  auto read =
      tlsa::read_chain({.certificates = {{.name = file.string(), .octets = octets->view()}}});
  if (read.chain) archive.chains.push_back({.file = file, .chain = *std::move(read.chain)});
}

}  // namespace

const ArchivedKey* ClientArchive::key_of(const tlsa::Chain& chain) const {
  const auto found = std::ranges::find(keys, tlsa::key_digest(chain.leaf()), &ArchivedKey::digest);
  return found == keys.end() ? nullptr : &*found;
}

ClientArchive read_client_archive(const config::Certificate& certificate) {
  ClientArchive archive;
  if (!certificate.key) return archive;
  // The key that is there now may be an older certificate's, too.
  take_key(*certificate.key, archive);
  for (const auto& file : {certificate.certificate, *certificate.key}) {
    for (const auto& entry : in_series_of(file)) take_file(entry.path, archive);
  }
  for (const auto& entry : beside(certificate.certificate)) take_file(entry.path, archive);
  return archive;
}

std::optional<ArchivedKey> archived_key(const config::Certificate& certificate,
                                        const tlsa::Chain& chain) {
  auto archive = read_client_archive(certificate);
  const auto digest = tlsa::key_digest(chain.leaf());
  const auto found = std::ranges::find(archive.keys, digest, &ArchivedKey::digest);
  if (found == archive.keys.end()) return std::nullopt;
  return std::move(*found);
}

}  // namespace danewerk::engine
