#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "app/user.h"
#include "app/zone_names.h"
#include "daemon/control_client.h"

namespace danewerk::app {

namespace {

constexpr seconds kWait = std::chrono::minutes(1);

Result<nlohmann::ordered_json> ask_to_reload(const config::Config& config) {
  DW_TRY(const auto daemon, daemon::require_daemon(config, user_name()));
  DW_TRY(auto answer, daemon.ask({{"request", "reload"}}, kWait));
  if (answer.contains("error")) return tl::unexpected(daemon::error_from(answer));
  return answer;
}

}  // namespace

ExitCode reload(const OperatorCommand& command, const Voice& voice) {
  const auto config = read_checked_config(command.config, voice);
  if (!config) return ExitCode::kUsage;
  const auto answer = ask_to_reload(*config);
  if (!answer) {
    print_error(answer.error(), voice);
    return ExitCode::kFailed;
  }
  if (voice.form == Voice::Form::kJson) {
    print_line(answer->dump(2));
    return ExitCode::kDone;
  }
  if (voice.detail == Voice::Detail::kQuiet) return ExitCode::kDone;
  for (const auto* list : {"done", "notes"}) {
    const auto lines = answer->find(list);
    if (lines == answer->end()) continue;
    for (const auto& line : *lines) {
      print_line((std::string_view(list) == "notes" ? "  " : "") + line.get<std::string>());
    }
  }
  return ExitCode::kDone;
}

}  // namespace danewerk::app
