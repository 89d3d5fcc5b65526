#include "serve/handover.h"

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace danewerk::serve {

namespace {

constexpr std::uint64_t kMostOctets = 1U << 20;
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;
constexpr std::uint64_t kMostFindings = 1U << 16;
constexpr std::string_view kVerdictFile = ".verdict.pem";
constexpr std::string_view kAgain = "tell services again\n";
constexpr std::chrono::milliseconds kPoll{50};

Result<std::optional<std::string>> read_if_there(const Path& file,
                                                 std::uint64_t max_octets = kMostOctets) {
  DW_TRY(const bool is_there, file_exists(file));
  if (!is_there) return std::nullopt;
  DW_TRY(auto text, read_file(file, max_octets));
  return std::optional(std::move(text));
}

Path findings_file(const Path& folder, std::string_view binding) {
  return folder / fmt::format("{}.findings", binding);
}

}  // namespace

Result<std::vector<std::string>> standing_verdicts(const Path& folder) {
  std::vector<std::string> bindings;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    std::error_code unknown;
    const bool is_empty = std::filesystem::file_size(entry->path(), unknown) == 0;
    if (!name.ends_with(kVerdictFile) || is_empty) continue;
    bindings.push_back(name.substr(0, name.size() - kVerdictFile.size()));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return tl::unexpected(system_error("read", folder, error.value()));
  }
  return bindings;
}

Path given_file(const Path& folder, std::string_view binding) {
  return folder / fmt::format("{}.given.pem", binding);
}

Path Handover::verdict_file() const {
  return folder_ / fmt::format("{}{}", binding_, kVerdictFile);
}

Result<Handover> Handover::open(const Path& folder, std::string binding, seconds wait) {
  DW_TRY_VOID(make_folder(folder, kFolderMode));
  const auto path = folder / fmt::format("{}.lock", binding);
  // Not for writing: closing it would wake who watches the folder.
  constexpr int kNoWaiting = O_NONBLOCK | O_NOCTTY;
  constexpr int kOwnFile = O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
  Descriptor lock(::open(path.c_str(), kOwnFile | kNoWaiting, kFileMode));
  struct stat info{};
  if (!lock.is_open() || ::fstat(lock.get(), &info) != 0) {
    return tl::unexpected(system_error("open", path, errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no regular file", path.string()),
                fmt::format("rm '{}'", path.string()));
  }
  const auto end = std::chrono::steady_clock::now() + wait;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return tl::unexpected(system_error("lock", path, errno));
    }
    if (std::chrono::steady_clock::now() >= end) {
      return fail(
          Errc::kUnavailable,
          fmt::format("certificate {}: a pass and danewerk deploy are at it together", binding),
          "the next one goes on");
    }
    std::this_thread::sleep_for(kPoll);
  }
  return Handover(folder, std::move(binding), std::move(lock));
}

Result<std::optional<std::string>> Handover::given() const {
  return read_if_there(given_file(folder_, binding_));
}

Result<void> Handover::give(std::string_view pem) {
  DW_TRY(const auto before, given());
  if (before == pem) return {};
  return replace_file(given_file(folder_, binding_), pem, kFileMode);
}

Path Handover::kept_file() const {
  return folder_ / fmt::format("{}.kept.pem", binding_);
}

Result<std::optional<std::string>> Handover::kept() const {
  return read_if_there(kept_file());
}

Result<void> Handover::keep(std::string_view pems) {
  DW_TRY(const auto before, kept());
  if (before == pems) return {};
  return replace_file(kept_file(), pems, kFileMode);
}

Result<std::string> read_findings(const Path& folder, std::string_view binding) {
  DW_TRY(auto text, read_if_there(findings_file(folder, binding), kMostFindings));
  return std::move(text).value_or("");
}

Result<void> Handover::tell(std::string_view findings) {
  DW_TRY(const auto before, read_findings(folder_, binding_));
  if (before == findings) return {};
  return replace_file(findings_file(folder_, binding_), findings, kFileMode);
}

Result<std::optional<Verdict>> Handover::verdict() const {
  DW_TRY(auto text, read_if_there(verdict_file()));
  if (!text || text->empty()) return std::nullopt;
  Verdict verdict{.pem = *std::move(text)};
  verdict.is_restore = verdict.pem.starts_with(kAgain);
  if (verdict.is_restore) verdict.pem.erase(0, kAgain.size());
  return verdict;
}

Result<void> Handover::decide(const std::optional<Verdict>& wanted) {
  DW_TRY(const auto before, verdict());
  if (before == wanted) return {};
  // Empty rather than gone: who watches the folder sees a file that changes.
  std::string text;
  if (wanted) text = std::string(wanted->is_restore ? kAgain : "") + wanted->pem;
  return replace_file(verdict_file(), text, kFileMode);
}

}  // namespace danewerk::serve
