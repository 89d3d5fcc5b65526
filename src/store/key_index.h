#pragma once

/// \file
/// Which key files a folder has, read once for many zones: a pass over ten thousand zones would
/// else read the folder for each. Thread-safe.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace danewerk::store {

class KeyIndex {
 public:
  /// Names of all files in the folder as it is now.
  static Result<std::shared_ptr<KeyIndex>> read(const Path& folder);

  /// Names that begin with PREFIX, which ends with "+" and has no other, whatever the case.
  [[nodiscard]] std::vector<std::string> files(std::string_view prefix) const;
  /// A file that was made since.
  void add(std::string name);
  /// One that is not there any more.
  void remove(std::string_view name);

 private:
  void enter(std::string name);
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::string>> files_;  ///< by prefix in lower case
};

}  // namespace danewerk::store
