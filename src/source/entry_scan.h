#pragma once

/// \file
/// Where an entry of a master file ends, and nothing else: what the splitter does to every octet.
/// Thread-safe.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace danewerk::source {

struct EntryEnd {
  std::size_t size = 0;  ///< octets with the newline; 0 when the text ends before it
  std::uint32_t newlines = 0;
  std::size_t open_at = 0;  ///< of the outermost parenthesis that is open, when size is 0
  bool is_open = false;
};

/// REQUIRES: text begins at the start of a line, outside parentheses.
EntryEnd find_entry_end(std::string_view text);

}  // namespace danewerk::source
