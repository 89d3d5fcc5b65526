#include "base/left_over.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace danewerk {

namespace {

/// Cuts ".NUMBER" off the end.
std::optional<long> cut_number(std::string_view& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto digits = name.substr(dot + 1);
  long number = 0;
  const auto* end = std::to_address(digits.end());
  const auto read = std::from_chars(std::to_address(digits.begin()), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 0) return std::nullopt;
  name = name.substr(0, dot);
  return number;
}

/// NAME.PID.N.tmp.
struct Unfinished {
  std::string_view target;
  pid_t writer = 0;
};

std::optional<Unfinished> unfinished(std::string_view name) {
  constexpr std::string_view kSuffix = ".tmp";
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  if (!cut_number(name)) return std::nullopt;
  const auto writer = cut_number(name);
  if (!writer || *writer == 0) return std::nullopt;
  return Unfinished{.target = name, .writer = static_cast<pid_t>(*writer)};
}

/// In a container, a process often has the number of the one before it.
bool is_gone(pid_t process) {
  return process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH);
}

}  // namespace

std::size_t remove_left_over(const Path& folder,
                             const std::function<bool(std::string_view)>& is_ours) {
  std::vector<Path> found;
  std::error_code error;
  const Path where = folder.empty() ? Path(".") : folder;
  for (std::filesystem::directory_iterator entry(where, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto name = entry->path().filename().string();
    const auto file = unfinished(name);
    if (!file || !is_ours(file->target) || !is_gone(file->writer)) continue;
    found.push_back(entry->path());
  }
  std::size_t removed = 0;
  for (const auto& path : found) removed += std::filesystem::remove(path, error) ? 1U : 0U;
  return removed;
}

}  // namespace danewerk
