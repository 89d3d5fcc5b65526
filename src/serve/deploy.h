#pragma once

/// \file
/// Puts files into a served folder, tells the services, sees whether it went well, and goes back
/// to what was served before when it did not. Whether the chain may be served at all is the
/// caller's to know (gate G).

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "serve/served_folder.h"

namespace danewerk::serve {

struct DeployTask {
  ServedPlace place{};
  ServedFiles files{};
  std::vector<std::string> reload{};  ///< a command; empty: none
  seconds reload_timeout = std::chrono::minutes(1);
  enum class Tell : std::uint8_t {
    kOfNews,
    kAgain,  ///< services are told of what is served already, too: they present something else
  };
  Tell tell = Tell::kOfNews;
  /// Looks at the live service; an error says what it saw. Empty: nobody looks.
  std::function<Result<void>()> check{};
};

struct Deployed {
  enum class Outcome : std::uint8_t {
    kNothingNew,  ///< just these files are served, and were confirmed before
    kDeployed,
    kRolledBack,   ///< what was served before is served again
    kUnconfirmed,  ///< trouble, and there is nothing to go back to: the new files stay
  };
  Outcome outcome = Outcome::kDeployed;
  Generation generation = 0;  ///< that is served now
  std::string trouble{};      ///< of the last two; a sentence
};

/// An error leaves what is served as it was.
Result<Deployed> deploy(const DeployTask& task);

}  // namespace danewerk::serve
