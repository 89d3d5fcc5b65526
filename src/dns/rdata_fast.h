#pragma once

/// \file
/// Parsing, printing and checking by rdata_layout, without the heap. For rdata_text.cpp only;
/// everybody else uses rdata_text.h. Thread-safe.

#include "dns/rdata_layout.h"
#include "dns/rdata_text.h"

namespace danewerk::dns {

enum class FastParse : std::uint8_t {
  kDone,
  kFault,    ///< the fault says what
  kUnusual,  ///< perhaps right, in a spelling that only ldns knows, such as an algorithm's mnemonic
};

/// Appends the wire form to `out`. The caller checks its length.
FastParse parse_by_layout(const RdataLayout& layout, std::span<const RdataField> fields,
                          const NameView* origin, Bytes& out, RdataFault& fault);

/// REQUIRES: fits_layout(layout, rdata).
void append_by_layout(std::string& out, const RdataLayout& layout, ByteView rdata);

/// Whole parts, valid names, ordered bitmaps without needless octets, nothing left over.
bool fits_layout(const RdataLayout& layout, ByteView rdata);

/// Octets of a character-string's text, escapes resolved, appended to `out`. False for a bad
/// escape.
bool append_unescaped(Bytes& out, std::string_view text);
/// The other way, with quotes around it.
void append_quoted(std::string& out, ByteView octets);

}  // namespace danewerk::dns
