#pragma once

/// \file
/// Who may act on the state folder: an open-file-description lock, held by the daemon for life and
/// by `run` for a pass. Thread-compatible.

#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "base/time.h"

namespace danewerk::store {

/// Who holds the lock, as it wrote into the lock file.
struct LockHolder {
  pid_t pid = 0;
  std::string what;  ///< "danewerk run", "danewerkd"
  sys_seconds since{};
};

class StateLock {
 public:
  /// Tries until WAIT is over. Nothing when another holds it still; `holder` tells who. The file
  /// stays; a holder that died holds nothing.
  static Result<std::optional<StateLock>> take(const Path& folder, std::string_view what,
                                               seconds wait, sys_seconds now);
  /// Who holds it now; nothing when nobody does.
  static Result<std::optional<LockHolder>> holder(const Path& folder);

 private:
  explicit StateLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
};

}  // namespace danewerk::store
