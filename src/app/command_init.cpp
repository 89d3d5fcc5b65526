#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/output.h"
#include "config/example.h"

namespace danewerk::app {

namespace {

/// What was made, and what was there.
struct Outcome {
  std::vector<Path> made;
  std::vector<Path> kept;
};

/// MODE whatever the umask says.
Result<void> make_folder(const Path& folder, mode_t mode, Outcome& outcome) {
  if (::mkdir(folder.c_str(), mode) == 0) {
    if (::chmod(folder.c_str(), mode) != 0) {
      return tl::unexpected(system_error("make folder", folder, errno));
    }
    outcome.made.push_back(folder);
    return {};
  }
  if (errno != EEXIST) return tl::unexpected(system_error("make folder", folder, errno));
  outcome.kept.push_back(folder);
  return {};
}

Result<void> write_all(const Descriptor& file, const Path& path, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return tl::unexpected(system_error("write", path, errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return tl::unexpected(system_error("write", path, errno));
  return {};
}

/// Only where there is none: two at once cannot overwrite each other either.
Result<void> write_new(const Path& path, std::string_view text, Outcome& outcome) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.is_open()) {
    if (errno != EEXIST) return tl::unexpected(system_error("make", path, errno));
    outcome.kept.push_back(path);
    return {};
  }
  if (auto written = write_all(file, path, text); !written) {
    ::unlink(path.c_str());
    return written;
  }
  // The umask may have left it writable for the group, and then nobody would read it.
  if (::fchmod(file.get(), 0644) != 0) return tl::unexpected(system_error("make", path, errno));
  outcome.made.push_back(path);
  return {};
}

Result<Outcome> initialise(const Path& folder) {
  Outcome outcome;
  if (folder != ".") DW_TRY_VOID(make_folder(folder, 0755, outcome));
  outcome.kept.clear();  // a folder to write into is what was asked for
  const std::pair<const char*, mode_t> folders[] = {
      {"zones", 0755}, {"signed", 0755}, {"keys", 0700}, {"state", 0700}};
  for (const auto& [name, mode] : folders) {
    DW_TRY_VOID(make_folder(folder / name, mode, outcome));
  }
  DW_TRY_VOID(write_new(folder / "danewerk.yaml", config::example_text(), outcome));
  return outcome;
}

void print(const Outcome& outcome, const Voice& voice) {
  if (voice.form == Voice::Form::kJson) {
    nlohmann::ordered_json json{{"made", nlohmann::ordered_json::array()},
                                {"kept", nlohmann::ordered_json::array()}};
    for (const auto& path : outcome.made) json["made"].push_back(path.string());
    for (const auto& path : outcome.kept) json["kept"].push_back(path.string());
    print_line(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  if (voice.detail == Voice::Detail::kQuiet) return;
  std::vector<Row> rows;
  rows.reserve(outcome.made.size() + outcome.kept.size());
  for (const auto& path : outcome.made) rows.push_back({"made", path.string()});
  for (const auto& path : outcome.kept) rows.push_back({"kept", path.string() + ", as it was"});
  print_rows(rows);
}

}  // namespace

ExitCode run(const InitCommand& command, const Voice& voice) {
  const auto outcome = initialise(command.folder);
  if (!outcome) {
    print_error(outcome.error(), voice);
    return exit_code(outcome.error());
  }
  print(*outcome, voice);
  const auto file = command.folder / "danewerk.yaml";
  const bool is_new = !outcome->made.empty() && outcome->made.back() == file;
  if (!is_new) {
    if (voice.form == Voice::Form::kText) {
      print_error(Error(Errc::kRefused, fmt::format("'{}' is there already", file.string()),
                        fmt::format("danewerk --config '{}' check", file.string())),
                  voice);
    }
    return ExitCode::kFailed;
  }
  if (voice.form == Voice::Form::kText && voice.detail != Voice::Detail::kQuiet) {
    print_line(fmt::format("\nName your zones in {}, then type:\n  danewerk --config '{}' check",
                           file.string(), file.string()));
  }
  return ExitCode::kDone;
}

}  // namespace danewerk::app
