#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/operator_request.h"
#include "app/output.h"
#include "app/user.h"
#include "app/zone_names.h"
#include "engine/zone_look.h"
#include "store/backup.h"
#include "store/state.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;

std::string zones_text(std::size_t zones) {
  return fmt::format("state and keys of {} zone{}", zones, zones == 1 ? "" : "s");
}

void print_backup(const ordered_json& reply) {
  print_rows({{"backup", fmt::format("{}, {} octets", field_text(reply, "file"),
                                     field_text(reply, "octets"))},
              {"holds", zones_text(reply.value("zones", std::size_t{0}))}});
}

/// The engine may work in another folder than who asks it.
std::string absolute(const std::string& path) {
  std::error_code error;
  auto whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal().string();
}

Result<std::size_t> count_zones(const config::Config& config) {
  DW_TRY(const auto state, store::State::open(config.state, store::State::Access::kRead));
  DW_TRY(const auto zones, state.zones());
  return zones.size();
}

/// Zones of which nobody can tell what was published after the backup.
std::vector<std::string> unobserved(const config::Config& config) {
  std::vector<std::string> zones;
  for (const auto& [name, zone] : config.zones) {
    if (engine::observed_secondaries(zone).empty()) zones.push_back(name);
  }
  return zones;
}

void print_restored(const config::Config& config, const RestoreCommand& command, std::size_t zones,
                    const Voice& voice) {
  const auto alone =
      command.is_without_secondaries ? std::vector<std::string>{} : unobserved(config);
  const bool is_waiting = !command.is_without_secondaries && alone.size() < config.zones.size();
  if (voice.form == Voice::Form::kJson) {
    const ordered_json json{{"file", command.file},
                            {"zones", zones},
                            {"state", config.state.string()},
                            {"keys", config.keys.string()},
                            {"waits_for_secondaries", is_waiting},
                            {"without_secondaries", alone}};
    print_line(json.dump(2, ' ', false, ordered_json::error_handler_t::replace));
    return;
  }
  if (voice.detail == Voice::Detail::kQuiet) return;
  std::vector<Row> rows{{"restored", fmt::format("{} from {}", zones_text(zones), command.file)},
                        {"state", config.state.string()},
                        {"keys", config.keys.string()}};
  rows.push_back({"next", is_waiting ? "danewerk run asks the secondaries what they serve, and "
                                       "publishes nothing before they answered"
                                     : "danewerk run publishes at once: no secondary is asked"});
  print_rows(rows);
  if (alone.empty()) return;
  print_line(
      fmt::format("\nno secondary of {} is observed. Was a newer version published after the "
                  "backup? Then, before the next run:\n  danewerk zone serial {} --at-least "
                  "SERIAL",
                  fmt::join(alone, ", "), alone.front()));
}

}  // namespace

ExitCode run(const BackupCommand& command, const Voice& voice) {
  return ask(command,
             {{"request", "backup"},
              {"file", absolute(command.file)},
              {"passphrase_file", absolute(command.passphrase_file)}},
             voice, print_backup);
}

ExitCode run(const RestoreCommand& command, const Voice& voice) {
  const auto config = read_checked_config(command.config, voice);
  if (!config) return ExitCode::kUsage;
  store::BackupTask task{.file = command.file,
                         .state = config->state,
                         .keys = config->keys,
                         .passphrase_file = command.passphrase_file,
                         .now = command.now,
                         .who = user_name()};
  if (command.is_without_secondaries) task.secondaries = store::BackupTask::Secondaries::kNotAsked;
  const auto restored = store::restore_backup(task);
  if (!restored) {
    print_error(restored.error(), voice);
    return exit_code(restored.error());
  }
  const auto zones = count_zones(*config);
  if (!zones) {
    print_error(zones.error(), voice);
    return exit_code(zones.error());
  }
  print_restored(*config, command, *zones, voice);
  return ExitCode::kDone;
}

}  // namespace danewerk::app
