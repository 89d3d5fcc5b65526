#include "serve/deploy.h"

#include <fmt/format.h>

#include "base/process.h"

namespace danewerk::serve {

namespace {

Result<void> reload(const DeployTask& task) {
  if (task.reload.empty()) return {};
  DW_TRY(const auto outcome, run_command(task.reload, task.reload_timeout));
  if (outcome.is_good()) return {};
  const auto how = outcome.timed_out
                       ? fmt::format("did not end within {}", to_text(task.reload_timeout))
                       : fmt::format("ended with {}", outcome.exit_code);
  return fail(Errc::kUnavailable, fmt::format("'{}' {}{}{}", to_text(task.reload), how,
                                              outcome.output.empty() ? "" : ": ", outcome.output));
}

Result<void> tell_and_check(const DeployTask& task) {
  DW_TRY_VOID(reload(task));
  return task.check ? task.check() : Result<void>();
}

/// Just these certificates are served. A key that changed came with another certificate.
bool is_served(const ServedFolder& folder, const std::optional<Generation>& current,
               const ServedFiles& files) {
  if (!current) return false;
  std::string wanted;
  for (const auto& certificate : files.certificates) wanted += certificate;
  const auto there = folder.certificates(*current);
  return there && *there == wanted;
}

Result<Deployed> go_back(ServedFolder& folder, const DeployTask& task, Generation before,
                         std::string trouble) {
  DW_TRY_VOID(folder.serve(before));
  if (const auto told = reload(task); !told) {
    trouble += fmt::format("; and going back: {}", told.error().message());
  }
  DW_TRY_VOID(folder.drop_others());
  return Deployed{.outcome = Deployed::Outcome::kRolledBack,
                  .generation = before,
                  .trouble = std::move(trouble)};
}

}  // namespace

Result<Deployed> deploy(const DeployTask& task) {
  DW_TRY(auto folder, ServedFolder::open(task.place));
  DW_TRY(const auto before, folder.current());
  const bool is_there = is_served(folder, before, task.files);
  Generation generation = before.value_or(0);
  const bool was_good = is_there && folder.is_confirmed(generation);
  if (was_good && task.tell == DeployTask::Tell::kOfNews) {
    return Deployed{.outcome = Deployed::Outcome::kNothingNew, .generation = generation};
  }
  if (!is_there) {
    DW_TRY(generation, folder.add(task.files));
    DW_TRY_VOID(folder.serve(generation));
  }
  auto done = tell_and_check(task);
  if (done) {
    DW_TRY_VOID(folder.confirm(generation));
    DW_TRY_VOID(folder.drop_others());
    return Deployed{.outcome = Deployed::Outcome::kDeployed, .generation = generation};
  }
  // What was never confirmed is no better than what is there now.
  DW_TRY(const auto way_back, folder.way_back(generation));
  if (way_back && !was_good) return go_back(folder, task, *way_back, done.error().message());
  return Deployed{.outcome = Deployed::Outcome::kUnconfirmed,
                  .generation = generation,
                  .trouble = done.error().message()};
}

}  // namespace danewerk::serve
