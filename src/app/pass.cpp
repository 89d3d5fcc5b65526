#include "app/pass.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/user.h"
#include "daemon/control_client.h"
#include "daemon/run_request.h"

namespace danewerk::app {

Result<engine::RunReport> run_by_whoever_holds(const engine::RunTask& task) {
  // Only to say what it would do takes no lock: it may look beside whoever acts.
  if (task.mode == engine::RunTask::Mode::kDryRun) return engine::run_pass(task);
  DW_TRY(const auto daemon, daemon::ControlClient::find(*task.config, user_name()));
  if (!daemon) return engine::run_pass(task);
  DW_TRY(const auto answer, daemon->ask(daemon::run_request(task), task.wait));
  const auto report = answer.find("report");
  if (report == answer.end()) return tl::unexpected(daemon::error_from(answer));
  return daemon::report_from(*report);
}

std::string wait_text(const rollover::BindingWait& wait) {
  // A key stands there by its identity, of which the first digits tell it from others.
  constexpr std::size_t kWholeId = 64;
  constexpr std::size_t kShownId = 16;
  const auto subject =
      wait.subject.size() == kWholeId ? "key " + wait.subject.substr(0, kShownId) : wait.subject;
  // Some reasons begin with what they are about.
  const bool is_said = wait.reason.starts_with(subject);
  auto text = is_said ? wait.reason : fmt::format("{}: {}", subject, wait.reason);
  if (wait.until) {
    text += fmt::format(", until {}", to_text(*wait.until));
  } else if (wait.expected) {
    text += fmt::format(", until about {}", to_text(*wait.expected));
  }
  return fmt::format("{} [{}]", text, wait.rule);
}

}  // namespace danewerk::app
