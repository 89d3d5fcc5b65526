#pragma once

/// \file
/// RDATA as text (RFC 1035 section 5.1 and each type's own RFC) and as octets, for every type that
/// ldns knows, and for any type in the form of RFC 3597 section 5. One RDATA at a time; types that
/// make up big zones never reach ldns. Thread-safe.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "dns/name.h"
#include "dns/type.h"

namespace danewerk::dns {

/// One blank-separated field as the tokenizer found it, escapes not yet resolved.
struct RdataField {
  std::string_view text;   ///< without the quotes around it when is_quoted
  bool is_quoted = false;  ///< stood wholly between quotes; quotes inside a word stay in the text
};

/// What is wrong with an RDATA text, and where.
struct RdataFault {
  enum class Kind : std::uint8_t {
    kValue,        ///< a field does not say what the type needs
    kName,         ///< a domain name in it; see `name`
    kEscape,       ///< a backslash not followed by a character or by 000 to 255
    kTooLong,      ///< over 65,535 octets (RFC 1035 section 3.2.1)
    kUnknownType,  ///< only the form of RFC 3597 can say it
  };
  Kind kind = Kind::kValue;
  NameFault name = NameFault::kNone;
  /// Index of the field; the number of fields when something is missing at the end.
  std::size_t field = 0;
  std::string message;  ///< lower case, no full stop
  std::string hint;
};

inline constexpr std::size_t kMaxRdataOctets = 0xffff;

/// Replaces `out` by the wire form, names uncompressed and as they were written. Relative names are
/// completed with ORIGIN (nullptr: they are a fault). \returns what is wrong, or nothing.
std::optional<RdataFault> parse_rdata(RrType type, std::span<const RdataField> fields,
                                      const NameView* origin, Bytes& out);

/// The same for one text with blanks between fields; no comments, no parentheses.
Result<Bytes> rdata_from_text(RrType type, std::string_view text, const NameView* origin = nullptr);

/// Appends RDATA as one line, which parse_rdata reads back as the same octets. Octets that are not
/// well-formed for their type are written as RFC 3597 section 5 has it.
void append_rdata_text(std::string& out, RrType type, ByteView rdata);
std::string rdata_to_text(RrType type, ByteView rdata);

/// Octets are what the type demands: whole fields, valid uncompressed names, nothing left over.
/// Always true for a type that neither we nor ldns know.
bool is_well_formed_rdata(RrType type, ByteView rdata);

}  // namespace danewerk::dns
