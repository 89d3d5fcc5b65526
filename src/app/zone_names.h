#pragma once

/// \file
/// What commands about managed zones have in common: their configuration, and zones as typed.

#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "config/config.h"

namespace danewerk::app {

/// The configuration, or nothing after all that is wrong with it was printed. Its warnings and
/// infos are `danewerk check`'s to tell. From here on the command works as the owner of its
/// folders.
std::optional<config::Config> read_checked_config(const std::string& option, const Voice& voice);

/// Names as the configuration has them. kBadInput for what is no name or no zone of it.
Result<std::vector<std::string>> zone_names(const std::vector<std::string>& typed,
                                            const config::Config& config);

}  // namespace danewerk::app
