#pragma once

/// \file
/// Work in the name of the owner of state and keys, in a process of its own, while this one stays
/// root: what root needs it is told, and root opens nothing in the owner's folders (promise P7).
/// Before any thread is started; not for several threads.

#include <functional>
#include <vector>

#include <sys/types.h>

#include "app/exit_code.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "base/time.h"
#include "config/config.h"

namespace danewerk::app {

/// Longer than one side waits for the other (engine::kHandoverWait).
inline constexpr seconds kOwnersSilence = std::chrono::minutes(1);

class OwnerProcess {
 public:
  /// What it says, in as many pieces as it likes. What it holds, such as a lock, it holds until the
  /// OwnerProcess is destroyed.
  using Work = std::function<Result<std::vector<Secret>>()>;
  /// kUnavailable when it says nothing for as long as SILENCE: then it is killed. The owner may
  /// stop it, or have it wait, and root is not to wait for ever.
  static Result<OwnerProcess> start(const config::Config& config, const Work& work,
                                    seconds silence = kOwnersSilence);
  OwnerProcess(OwnerProcess&& other) noexcept;
  OwnerProcess& operator=(OwnerProcess&&) = delete;
  OwnerProcess(const OwnerProcess&) = delete;
  OwnerProcess& operator=(const OwnerProcess&) = delete;
  ~OwnerProcess();

  [[nodiscard]] std::vector<Secret>& said() { return said_; }

 private:
  OwnerProcess(pid_t child, Descriptor stop) : child_(child), stop_(std::move(stop)) {}
  pid_t child_ = -1;
  Descriptor stop_;  ///< closed: the process ends
  std::vector<Secret> said_{};
};

/// Runs a whole command in a process of its own, which may become another user.
ExitCode in_other_process(const std::function<ExitCode()>& command);

}  // namespace danewerk::app
