#pragma once

/// \file
/// What is known of a zone of which the state knows nothing: a new zone, or one whose state was
/// lost. The first keys are made only for a new one, and never others than those in use are taken
/// (promise P4).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "dns/name.h"
#include "model/key.h"
#include "observe/look.h"

namespace danewerk::engine {

struct PastTask {
  const config::ZoneConfig* zone = nullptr;
  const model::Policy* policy = nullptr;
  Path keys_folder{};  ///< for messages
  dns::Name apex{};
  const std::vector<model::Key>* held = nullptr;  ///< all key files of the zone
  const observe::Look* look = nullptr;            ///< null: there is nobody to ask
  bool is_new = false;                            ///< the operator's word: nobody ever signed it
  unsigned jobs = 1;
};

struct Past {
  std::optional<std::uint32_t> serial{};  ///< of the output file that is there
  /// Identities of the keys that the first version may take. A role that has none gets a new key.
  std::vector<std::string> usable{};
};

/// kRefused when the present output, a secondary or a parent shows keys that are not held, when
/// they could not be asked and no key is there, and when it is not known which of several keys were
/// in use.
Result<Past> judge_past(const PastTask& task);

struct RestoredTask {
  const config::ZoneConfig& zone;
  const observe::Look* look = nullptr;  ///< null: nobody was asked
  const std::vector<model::Key>& held;
  sys_seconds restored{};
};
/// A backup may be older than what is served: kUnavailable until every secondary said which serial
/// and which keys it serves, kRefused when it serves a key that the backup does not have.
Result<void> judge_restored(const RestoredTask& task);

}  // namespace danewerk::engine
