#include "engine/file_mark.h"

#include <array>
#include <cerrno>
#include <chrono>

#include <sys/stat.h>

#include "crypto/signature.h"

namespace danewerk::engine {

namespace {

/// Coarser than the clock of any file system that keeps moments at all (FAT: 2 s).
constexpr std::int64_t kGrain = 3'000'000'000;
constexpr std::size_t kBlock = std::size_t{1} << 16;

std::optional<model::FileMark> look_at(const Path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  model::FileMark mark{.path = path.string()};
  mark.size = static_cast<std::uint64_t>(info.st_size);
  mark.inode = info.st_ino;
  mark.modified = info.st_mtim.tv_sec * std::int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  return mark;
}

}  // namespace

Result<model::FileMark> mark_file(const Path& path) {
  DW_TRY(const auto file, open_for_reading(path));
  auto mark = look_at(path);
  if (!mark) return tl::unexpected(system_error("look at", path, errno));
  crypto::DigestStream stream(crypto::DigestType::kSha256);
  std::vector<char> block(kBlock);
  for (;;) {
    DW_TRY(const auto got, read_some(file, block.data(), block.size()));
    if (got == 0) break;
    stream.update(as_bytes(std::string_view(block.data(), got)));
    if (got < block.size()) break;
  }
  const auto digest = stream.finish();
  mark->digest.assign(digest.view().begin(), digest.view().end());
  return *std::move(mark);
}

Sameness compare(const model::FileMark& mark, sys_seconds read_at) {
  const auto now = look_at(mark.path);
  if (!now || now->size != mark.size) return Sameness::kChanged;
  const auto read = std::chrono::nanoseconds(read_at.time_since_epoch()).count();
  const bool old_enough = mark.modified + kGrain < read;
  if (old_enough && now->modified == mark.modified && now->inode == mark.inode) {
    return Sameness::kSame;
  }
  const auto fresh = mark_file(mark.path);
  return fresh && fresh->digest == mark.digest ? Sameness::kSame : Sameness::kChanged;
}

}  // namespace danewerk::engine
