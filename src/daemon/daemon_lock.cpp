#include "daemon/daemon_lock.h"

#include <fmt/format.h>

#include "daemon/message.h"

namespace danewerk::daemon {

namespace {

/// For `danewerk run` to end that was there before.
constexpr seconds kLockWait = std::chrono::minutes(1);

}  // namespace

Result<store::StateLock> take_daemon_lock(const Path& folder) {
  // A daemon stays for long, a pass ends soon.
  auto wait = seconds(0);
  DW_TRY(auto holder, store::StateLock::holder(folder));
  if (holder && holder->what != kDaemonName) wait = kLockWait;
  DW_TRY(auto lock, store::StateLock::take(folder, kDaemonName, wait, system_clock().now()));
  if (lock) return *std::move(lock);
  DW_TRY(holder, store::StateLock::holder(folder));
  return fail(Errc::kUnavailable,
              holder ? fmt::format("{} (process {}) works on '{}' since {}", holder->what,
                                   holder->pid, folder.string(), to_text(holder->since))
                     : fmt::format("somebody else works on '{}'", folder.string()));
}

}  // namespace danewerk::daemon
