#include "source/input.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "source/zone_file.h"

namespace danewerk::source {

Result<std::size_t> Input::read(std::string& to, std::size_t size) {
  if (!file_.is_open()) {
    const std::string_view part = text_.substr(0, size);
    to += part;
    text_.remove_prefix(part.size());
    return part.size();
  }
  const std::size_t before = to.size();
  to.resize(before + size);
  auto n = read_some(file_, to.data() + before, size);
  to.resize(before + (n ? *n : 0));
  return n;
}

Result<std::string> last_line(const Path& path) {
  constexpr std::uint64_t kMax = 1U << 16;
  DW_TRY(const auto file, open_for_reading(path));
  DW_TRY(const auto size, file_size(file));
  std::string tail(std::min<std::uint64_t>(size, kMax + 1), '\0');
  if (::lseek(file.get(), static_cast<off_t>(size - tail.size()), SEEK_SET) < 0) {
    return tl::unexpected(system_error("read", path, errno));
  }
  DW_TRY(const auto got, read_some(file, tail.data(), tail.size()));
  tail.resize(got);
  if (tail.ends_with('\n')) tail.pop_back();
  const std::size_t newline = tail.rfind('\n');
  if (newline == std::string::npos && size > kMax) {
    return fail(Errc::kBadInput, fmt::format("the last line of '{}' is too long", path.string()));
  }
  return newline == std::string::npos ? tail : tail.substr(newline + 1);
}

}  // namespace danewerk::source
