#pragma once

/// \file
/// What an octet of a master file means to the tokenizer (RFC 1035 section 5.1). Splitter and lexer
/// must agree on it, or records would be cut in two.

#include <array>
#include <cstdint>

namespace danewerk::source {

enum class OctetClass : std::uint8_t {
  kPlain,
  kBlank,  ///< blank, tab, and CR, so that CRLF ends a line, too
  kNewline,
  kOpen,
  kClose,
  kComment,
  kQuote,
  kEscape,
  kControl,  ///< does not belong into a text
};

constexpr std::array<OctetClass, 256> make_octet_classes() {
  std::array<OctetClass, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = OctetClass::kControl;
  table['\t'] = table['\r'] = table[' '] = OctetClass::kBlank;
  table['\n'] = OctetClass::kNewline;
  table['('] = OctetClass::kOpen;
  table[')'] = OctetClass::kClose;
  table[';'] = OctetClass::kComment;
  table['"'] = OctetClass::kQuote;
  table['\\'] = OctetClass::kEscape;
  table[0x7f] = OctetClass::kControl;
  return table;
}
inline constexpr auto kOctetClasses = make_octet_classes();

inline OctetClass octet_class(char c) {
  return kOctetClasses[static_cast<unsigned char>(c)];
}

}  // namespace danewerk::source
