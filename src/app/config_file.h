#pragma once

/// \file
/// The configuration that a command works with.

#include <string>

#include "base/result.h"
#include "config/config.h"

namespace danewerk::app {

/// Where the configuration is: OPTION, else $DANEWERK_CONFIG, else where it usually lies. Reads the
/// environment and asks who runs the command.
Result<Path> find_config(const std::string& option);

/// The secret of a TSIG key. kRefused when group or others can reach the file; kBadInput when it is
/// not base64 of at least 16 octets (RFC 8945 section 8 asks for as many as the digest has).
Result<Secret> read_tsig_secret(const config::TsigKey& key);

}  // namespace danewerk::app
