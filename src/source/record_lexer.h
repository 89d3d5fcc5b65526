#pragma once

/// \file
/// Text of a master file into entries (RFC 1035 section 5.1): records and directives as fields,
/// each with its place. Knows nothing of what the fields mean. Thread-compatible.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "dns/rdata_text.h"

namespace danewerk::source {

enum class LexFault : std::uint8_t {
  kNone,
  kOpenQuote,        ///< a quote is not closed on its line
  kOpenParenthesis,  ///< a parenthesis is not closed before the end
  kStrayParenthesis,
  kControlOctet,
};

/// Where something stands in a text; both count from 1.
struct LinePlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// A record or a directive: all of one line, or of several within parentheses.
struct Entry {
  std::string_view text;   ///< from the start of its first line
  std::uint32_t line = 0;  ///< its first line
  bool has_owner = false;  ///< does not begin with a blank
  bool is_directive = false;
  LexFault fault = LexFault::kNone;  ///< the first one
  const char* fault_at = nullptr;
  std::span<const dns::RdataField> fields;  ///< never empty without a fault

  /// REQUIRES: at points into text.
  [[nodiscard]] LinePlace place_of(const char* at) const;
  /// Of a field, its quote included; of the last one when there is no such field.
  [[nodiscard]] LinePlace place_of_field(std::size_t index) const;
};

class RecordLexer {
 public:
  /// REQUIRES: text ends with a newline or is empty; it begins outside parentheses and quotes.
  RecordLexer(std::string_view text, std::uint32_t first_line)
      : at_(text.data()), end_(text.data() + text.size()), line_(first_line) {}

  /// The next entry; false at the end. Lines without one are skipped. The entry is valid until the
  /// next call.
  bool next(Entry& entry);

 private:
  void lex(Entry& entry);
  const char* lex_quoted(const char* p, Entry& entry);
  const char* lex_word(const char* p, Entry& entry);
  const char* skip_quoted(const char* p, Entry& entry) const;

  const char* at_;
  const char* end_;
  std::uint32_t line_;
  std::vector<dns::RdataField> fields_;
};

}  // namespace danewerk::source
