#pragma once

/// \file
/// What root does beside the owner of state and keys (promise P7). Before any thread is started.

#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/exit_code.h"
#include "config/config.h"

namespace danewerk::app {

/// The configuration as `read_checked_config` gives it, without becoming the owner of anything.
std::optional<config::Config> read_roots_config(const std::string& option, const Voice& voice);

/// Certificates with `serve: {by: deploy}`.
std::vector<std::string> served_by_root(const config::Config& config);

/// Who tells the operator of what root found.
enum class Teller : std::uint8_t {
  kRoot,
  kPass,  ///< the next one, which is told of it; root tells of what it could not tell the owner
};

/// Certificates that root serves now.
struct DeployTask {
  const config::Config& config;
  std::vector<std::string> names{};
  sys_seconds now{};
  Teller teller = Teller::kRoot;
};
/// Hands over and serves these. kFailed when one of them could not be.
ExitCode deploy(const DeployTask& task, const Voice& voice);

}  // namespace danewerk::app
