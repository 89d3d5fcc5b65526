#pragma once

/// \file
/// $GENERATE (BIND 9 Administrator Reference Manual, "BIND Primary File Extension: the $GENERATE
/// Directive"): a line for each number of a range. Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "source/directive.h"

namespace danewerk::source {

class Generator {
 public:
  /// REQUIRES: directive_of(entry) is kGenerate.
  /// \returns what is wrong, or nothing; then `append_line` may be called.
  std::optional<EntryFault> open(const Entry& entry);

  /// Lines that are left.
  [[nodiscard]] std::uint64_t left() const { return left_; }

  /// Appends the next line. \returns what is wrong with it. REQUIRES: left() > 0.
  std::optional<std::string> append_line(std::string& out);

 private:
  std::uint64_t left_ = 0;
  std::uint64_t value_ = 0;
  std::uint64_t step_ = 1;
  std::string line_;  ///< left-hand side, blank, and the rest
};

}  // namespace danewerk::source
