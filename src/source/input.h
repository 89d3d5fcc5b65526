#pragma once

/// \file
/// Where text comes from: a file, read in blocks, or memory. Thread-compatible.

#include <string>
#include <string_view>

#include "base/file.h"

namespace danewerk::source {

class Input {
 public:
  explicit Input(Descriptor file) : file_(std::move(file)) {}
  /// TEXT must outlive it.
  explicit Input(std::string_view text) : text_(text) {}

  /// Appends at most `size` octets; fewer only at the end. \returns how many.
  Result<std::size_t> read(std::string& to, std::size_t size);

 private:
  Descriptor file_;
  std::string_view text_;
};

}  // namespace danewerk::source
