#pragma once

/// \file
/// Commands after a certificate was renewed. Value types; each `run` is one command.

#include <string>
#include <vector>

#include "app/commands.h"

namespace danewerk::app {

/// What an ACME client calls after it renewed.
struct HookCommand {
  std::string config;  ///< --config; may be empty
  enum class Client : std::uint8_t { kGeneric, kCertbot, kAcmeSh, kLego, kDehydrated, kGetssl };
  Client client = Client::kGeneric;
  std::vector<std::string> words{};  ///< that it hands over
  bool is_exit_raw = false;          ///< the codes of `generic` for all of them
  seconds wait = std::chrono::minutes(1);
  unsigned jobs = 1;
  sys_seconds now{};
};
/// A pass, and what became of the certificates that the client speaks of.
ExitCode run(const HookCommand& command, const Voice& voice);

/// Root's side of serving.
struct DeployCommand {
  std::string config;                       ///< --config; may be empty
  std::vector<std::string> certificates{};  ///< empty: all that are for root to serve
  sys_seconds now{};
};
ExitCode run(const DeployCommand& command, const Voice& voice);

}  // namespace danewerk::app
