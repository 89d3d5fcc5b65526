#pragma once

/// \file
/// A command's side of the control socket. Thread-compatible.

#include <optional>

#include "config/config.h"
#include "daemon/message.h"
#include "store/state_lock.h"

namespace danewerk::daemon {

/// A daemon that holds the state of a configuration: who wants something changed there asks it.
class ControlClient {
 public:
  /// Nothing when no daemon holds the lock, or when that cannot be seen and no socket is there.
  /// \param who  types the command; for the audit log.
  static Result<std::optional<ControlClient>> find(const config::Config& config, std::string who);

  /// False when the state is not ours to look into: then the daemon is asked what is there, too.
  [[nodiscard]] bool can_look() const { return holder_.has_value(); }

  /// Sends a request and waits for its answer as long as the daemon shows signs of life. The
  /// daemon gives up by itself when it is busy with something else for longer than WAIT.
  ///
  /// \returns what the daemon answers. kUnavailable when it does not, and then nothing was done,
  ///          unless the message says that it went away in the middle.
  [[nodiscard]] Result<Json> ask(const Json& body, seconds wait) const;

 private:
  ControlClient(const config::Config& config, std::string who,
                std::optional<store::LockHolder> holder)
      : config_(&config), who_(std::move(who)), holder_(std::move(holder)) {}
  [[nodiscard]] Error silent() const;

  const config::Config* config_;
  std::string who_;
  std::optional<store::LockHolder> holder_;  ///< none: the lock cannot be seen
};

/// ControlClient::find where there has to be one: else kUnavailable.
Result<ControlClient> require_daemon(const config::Config& config, std::string who);

}  // namespace danewerk::daemon
