#include "config/access.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace danewerk::config {

namespace {

bool is_root_or_us(uid_t owner) {
  return owner == 0 || owner == ::geteuid();
}

Error refusal(std::string_view kind, const Path& path, std::string_view why, std::string hint) {
  return {Errc::kRefused, fmt::format("{} '{}' {}", kind, path.string(), why), std::move(hint)};
}

Result<void> check_folder(const Path& folder) {
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) {
    return tl::unexpected(system_error("look at", folder, errno));
  }
  if (!is_root_or_us(status.st_uid)) {
    return tl::unexpected(refusal(
        "folder", folder, "belongs to somebody else, who could exchange the configuration in it",
        fmt::format("sudo -u '#{}' danewerk ..., or chown root '{}'", status.st_uid,
                    folder.string())));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0) {
    return tl::unexpected(refusal(
        "folder", folder, "can be written by others, who could exchange the configuration in it",
        fmt::format("chmod go-w {}", folder.string())));
  }
  return {};
}

Result<void> check_file(const Descriptor& open, const Path& file) {
  struct stat status{};
  if (::fstat(open.get(), &status) != 0) {
    return tl::unexpected(system_error("look at", file, errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::kBadInput, fmt::format("'{}' is no regular file", file.string()));
  }
  if (!is_root_or_us(status.st_uid)) {
    return tl::unexpected(refusal("file", file, "belongs to somebody else, and names commands",
                                  fmt::format("sudo -u '#{}' danewerk ..., or chown root '{}'",
                                              status.st_uid, file.string())));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return tl::unexpected(refusal("file", file, "can be written by others, and names commands",
                                  fmt::format("chmod go-w {}", file.string())));
  }
  return {};
}

Path folder_of(const Path& file) {
  return file.has_parent_path() ? file.parent_path() : Path(".");
}

}  // namespace

Result<std::string> read_trusted_file(const Path& file, std::uint64_t max_octets) {
  DW_TRY(const auto open, open_for_reading(file));
  DW_TRY_VOID(check_file(open, file));
  DW_TRY_VOID(check_folder(folder_of(file)));
  std::error_code error;
  const auto target = std::filesystem::canonical(file, error);
  if (error) return tl::unexpected(system_error("look at", file, error.value()));
  DW_TRY_VOID(check_folder(folder_of(target)));

  DW_TRY(const auto size, file_size(open));
  if (size > max_octets) {
    return fail(Errc::kBadInput,
                fmt::format("'{}' has more than {} octets", file.string(), max_octets),
                "divide it and use `include`");
  }
  std::string text(size, '\0');
  DW_TRY(const auto read, read_some(open, text.data(), text.size()));
  text.resize(read);
  return text;
}

}  // namespace danewerk::config
