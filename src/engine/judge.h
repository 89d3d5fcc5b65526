#pragma once

/// \file
/// Verification of the bytes of a file: read back, then judged.

#include <optional>

#include "base/file.h"
#include "dns/name.h"
#include "dns/zone.h"
#include "verify/verify.h"

namespace danewerk::engine {

struct JudgeTask {
  Path file;
  std::optional<dns::Name> origin;
  verify::VerifyOptions options;
  /// A version that was found good before: only what differs from it is judged.
  std::optional<dns::Zone> known{};
};

/// Findings of reading come first; a file that cannot be read is not verified.
verify::Report judge_file(JudgeTask task);

}  // namespace danewerk::engine
