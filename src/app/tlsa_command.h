#pragma once

/// \file
/// The commands about certificates of the configuration: `tlsa list`, `show`, `roll` and so on.

#include <string>

#include "app/commands.h"

namespace danewerk::app {

/// What is typed; OperatorCommand::verb says which command it is. What is empty was not given.
struct TlsaCommand : OperatorCommand {
  std::string binding{};
  std::string kind{};    ///< of an emergency: "key-stolen", "key-lost", "issuer-compromised"
  std::string choose{};  ///< the way out of it
  std::string what{};    ///< of `what-if`
  std::string key{};     ///< "current", "next"
  std::string type{};    ///< of a key that is made
  std::string file{};    ///< with a public half, or an issuer
  std::string output{};
  seconds span = std::chrono::days(90);
  bool is_aborted = false;
  bool is_lost = false;
  bool drops_stale = false;
  bool confirms_issuer = false;
};
ExitCode run(const TlsaCommand& command, const Voice& voice);

}  // namespace danewerk::app
