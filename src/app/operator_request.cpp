#include "app/operator_request.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/output.h"
#include "app/user.h"
#include "app/zone_names.h"
#include "daemon/control_client.h"
#include "engine/request.h"

namespace danewerk::app {

namespace {

using nlohmann::ordered_json;

/// By the daemon, if one holds the state, else here: the same words come back.
ordered_json answer_to(const config::Config& config, const OperatorCommand& command,
                       const ordered_json& request) {
  const engine::RequestTask task{.config = &config, .now = command.now, .who = user_name()};
  const auto daemon = daemon::ControlClient::find(config, task.who);
  if (!daemon) return daemon::error_body(daemon.error());
  const bool changes = engine::changes_state(request.value("request", std::string()));
  if (!*daemon || (!changes && (*daemon)->can_look())) return engine::dispatch(task, request);
  auto answer = (*daemon)->ask(request, task.wait);
  return answer ? *std::move(answer) : daemon::error_body(answer.error());
}

ExitCode code_of(const ordered_json& reply) {
  const auto code = reply.value("code", std::string());
  if (code == "bad-input") return ExitCode::kUsage;
  if (code == "operator") return ExitCode::kOperator;
  return ExitCode::kFailed;
}

}  // namespace

ExitCode ask(const OperatorCommand& command, const ordered_json& request, const Voice& voice,
             const PrintReply& print, const ActOnReply& act) {
  const auto config = read_checked_config(command.config, voice);
  if (!config) return ExitCode::kUsage;
  const auto reply = answer_to(*config, command, request);
  const bool is_error = reply.contains("error");
  if (act && !is_error) {
    if (const auto done = act(reply); !done) {
      print_error(done.error(), voice);
      return exit_code(done.error());
    }
  }
  if (voice.form == Voice::Form::kJson) {
    print_line(reply.dump(2, ' ', false, ordered_json::error_handler_t::replace));
  } else if (is_error) {
    // What the reply says beside the error comes first: it is why.
    if (voice.detail != Voice::Detail::kQuiet) print_done(reply);
    print_error(Error(Errc::kRefused, field_text(reply, "error"), reply.value("hint", "")), voice);
  } else if (voice.detail != Voice::Detail::kQuiet) {
    print(reply);
  }
  return is_error ? code_of(reply) : ExitCode::kDone;
}

void print_done(const ordered_json& reply) {
  for (const auto* list : {"done", "notes"}) {
    const auto found = reply.find(list);
    if (found == reply.end()) continue;
    const bool is_note = std::string_view(list) == "notes";
    for (const auto& line : *found) {
      const auto name = field_text(reply, reply.contains("binding") ? "binding" : "zone");
      print_line(fmt::format("{}{}", is_note ? "  " : name + ": ", line.get<std::string>()));
    }
  }
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool is_last = i + 1 == row.size();
      line += is_last ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    print_line(line);
  }
}

std::string field_text(const ordered_json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return "-";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  return found->dump();
}

}  // namespace danewerk::app
