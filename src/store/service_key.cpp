#include "store/service_key.h"

#include <system_error>

#include <fmt/format.h>

namespace danewerk::store {

namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kShownDigits = 16;

/// No name leaves the folder, and two names never share a file.
std::string in_file_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                          c == '-' || (c == '.' && !out.empty());
    if (is_plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

Path service_key_file(const KeyFolder& folder, const ServiceKeyName& name) {
  return folder.path /
         fmt::format("tls-{}-{}.pem", in_file_name(name.binding), name.id.substr(0, kShownDigits));
}

Result<Path> write_service_key(const KeyFolder& folder, const ServiceKeyName& name,
                               const Secret& pem) {
  DW_TRY_VOID(make_key_folder(folder.path));
  DW_TRY_VOID(check_folder(folder));
  auto file = service_key_file(folder, name);
  DW_TRY(const bool is_there, file_exists(file));
  if (is_there) return fail(Errc::kRefused, fmt::format("'{}' is there already", file.string()));
  DW_TRY_VOID(replace_file(file, as_text(pem.view()), kOwnerOnly));
  return file;
}

Result<std::optional<Secret>> read_service_key(const KeyFolder& folder,
                                               const ServiceKeyName& name) {
  const auto file = service_key_file(folder, name);
  DW_TRY(const bool is_there, file_exists(file));
  if (!is_there) return std::optional<Secret>();
  DW_TRY_VOID(check_folder(folder));
  DW_TRY(auto pem, read_key_file(file, folder.kind, Content::kPrivate));
  return std::optional(std::move(pem));
}

Result<void> set_aside_service_key(const KeyFolder& folder, const ServiceKeyName& name) {
  const auto file = service_key_file(folder, name);
  std::error_code error;
  std::filesystem::rename(file, file.string() + ".removed", error);
  if (error == std::errc::no_such_file_or_directory) return {};
  if (error) return tl::unexpected(system_error("rename", file, error.value()));
  return sync_folder(folder.path);
}

}  // namespace danewerk::store
