#pragma once

/// \file
/// A command that the configuration names. Value type.

#include <string>
#include <vector>

#include "base/time.h"

namespace danewerk::config {

/// Run as it stands, without a shell.
struct Command {
  std::vector<std::string> words{};  ///< empty: none
  seconds timeout = std::chrono::minutes(1);
  bool operator==(const Command&) const = default;
};

}  // namespace danewerk::config
