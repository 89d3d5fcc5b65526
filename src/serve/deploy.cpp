#include "serve/deploy.h"

#include <algorithm>

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
  const auto said = in_one_line(outcome.output);
  return fail(Errc::kUnavailable, fmt::format("'{}' {}{}{}", in_one_line(to_text(task.reload)), how,
                                              said.empty() ? "" : ": ", said));
}

Result<void> tell_and_check(const DeployTask& task) {
  DW_TRY_VOID(reload(task));
  return task.check ? task.check() : Result<void>();
}

/// What is served now, before anything is done.
struct Before {
  std::optional<Generation> generation{};
  ServedContent content{};

  [[nodiscard]] bool is_sound() const { return content.fault.empty() && content.key_fault.empty(); }
  /// Just these files.
  [[nodiscard]] bool has(const ServedFiles& files) const {
    std::string wanted;
    for (const auto& certificate : files.certificates) wanted += certificate;
    const auto& key = content.key;
    const bool is_key = key.has_value() == files.key.has_value() &&
                        (!key || std::ranges::equal(key->view(), files.key->view()));
    return generation && is_sound() && content.certificates == wanted && is_key;
  }
};

Result<Before> look_before(const ServedFolder& folder) {
  Before before;
  DW_TRY(before.generation, folder.current());
  if (before.generation) {
    DW_TRY(before.content, folder.look(*before.generation, ServedFolder::Depth::kAll));
  }
  return before;
}

Result<Deployed> go_back(ServedFolder& folder, const DeployTask& task, Generation before,
                         std::string trouble) {
  DW_TRY_VOID(folder.serve(before));
  if (const auto told = reload(task); !told) {
    const auto again = told.error().message();
    trouble += again == trouble ? std::string("; and again on the way back")
                                : fmt::format("; and going back: {}", again);
  }
  DW_TRY_VOID(folder.drop_others());
  return Deployed{.outcome = Deployed::Outcome::kRolledBack,
                  .generation = before,
                  .trouble = std::move(trouble)};
}

}  // namespace

Result<Deployed> deploy(const DeployTask& task) {
  DW_TRY(auto folder, ServedFolder::open(task.place));
  DW_TRY(const auto before, look_before(folder));
  const bool is_there = before.has(task.files);
  Generation generation = before.generation.value_or(0);
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
  // Of what was changed behind our back, nobody knows what came before it.
  if (way_back && !was_good && before.is_sound())
    return go_back(folder, task, *way_back, done.error().message());
  return Deployed{.outcome = Deployed::Outcome::kUnconfirmed,
                  .generation = generation,
                  .trouble = done.error().message()};
}

}  // namespace danewerk::serve
