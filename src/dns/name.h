#pragma once

/// \file
/// Domain names: uncompressed wire form, presentation form, canonical order (RFC 4034 section 6.1).
/// Case is kept; comparing and sort keys fold ASCII upper case to lower case (RFC 4034
/// section 6.2). Thread-compatible. A NameView points into somebody else's octets.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk::dns {

/// A well-formed uncompressed wire name, root label included, that somebody else owns.
class NameView {
 public:
  /// REQUIRES: octets are a whole, valid, uncompressed name. See `wire_name` for octets not
  /// trusted.
  explicit NameView(ByteView wire) : wire_(wire) {}

  [[nodiscard]] ByteView wire() const { return wire_; }
  /// Octets, root label included: 1 to 255.
  [[nodiscard]] std::size_t size() const { return wire_.size(); }
  [[nodiscard]] bool is_root() const { return wire_.size() == 1; }
  /// Labels without the root label; what RRSIG counts, but for the asterisk (RFC 4034
  /// section 3.1.3).
  [[nodiscard]] unsigned label_count() const;
  /// The name without its first label. REQUIRES: not the root.
  [[nodiscard]] NameView parent() const { return NameView(wire_.subspan(1U + wire_[0])); }
  /// The first label's octets, without its length; empty for the root.
  [[nodiscard]] ByteView first_label() const { return wire_.subspan(1, wire_[0]); }
  /// First label is an asterisk alone (RFC 4592 section 2.1.1).
  [[nodiscard]] bool is_wildcard() const {
    return wire_.size() > 2 && wire_[0] == 1 && wire_[1] == '*';
  }

 private:
  ByteView wire_;
};

/// A name that owns its octets.
class Name {
 public:
  Name() : wire_(1, 0) {}  ///< the root
  explicit Name(NameView view) : wire_(view.wire().begin(), view.wire().end()) {}

  [[nodiscard]] NameView view() const { return NameView(wire_); }
  // NOLINTNEXTLINE(google-explicit-constructor): a Name is usable wherever a view is
  operator NameView() const { return view(); }

 private:
  Bytes wire_;
};

/// A name of at most 255 octets under construction, without heap. Used by parsers.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): octets count up to size only
struct NameBuffer {
  std::uint8_t octets[255];
  std::uint8_t size = 0;
  [[nodiscard]] NameView view() const { return NameView(ByteView(octets, size)); }
};

inline constexpr std::size_t kMaxNameOctets = 255;  ///< RFC 1035 section 2.3.4
inline constexpr std::size_t kMaxLabelOctets = 63;  ///< RFC 1035 section 2.3.4

/// What is wrong with a name's text.
enum class NameFault : std::uint8_t {
  kNone,
  kEmpty,
  kEmptyLabel,    ///< two dots in a row, or a leading dot
  kLabelTooLong,  ///< over 63 octets
  kNameTooLong,   ///< over 255 octets
  kBadEscape,     ///< a backslash not followed by a character or by 000 to 255
  kNoOrigin,      ///< relative name where no origin is known
};

/// A sentence for a fault, lower case, no full stop.
std::string_view to_text(NameFault fault);

/// Presentation form into wire form: dots, `\.`, `\DDD`, `@`; relative names are completed with
/// ORIGIN (nullptr: relative names are a fault). Nothing is allocated: the master-file reader calls
/// this once a name. \returns kNone when `out` holds the name.
NameFault parse_name(std::string_view text, const NameView* origin, NameBuffer& out);

/// The same with an owned result and an error for people; relative names are taken as absolute.
Result<Name> name_from_text(std::string_view text);

/// Checks octets that are not trusted: one whole uncompressed name at the front of `octets`.
/// \returns its length in octets, or 0 when there is none.
std::size_t wire_name_length(ByteView octets);

/// Presentation form with final dot; special characters escaped (RFC 1035 section 5.1,
/// RFC 4343 section 2.1).
std::string to_text(NameView name);
void append_text(std::string& out, NameView name);
/// The same in lower case: one text for names that are equal.
std::string to_canonical_text(NameView name);

/// Equal but for ASCII case (RFC 4343 section 3).
bool equal(NameView a, NameView b);
/// NAME is ANCESTOR or stands below it.
bool is_at_or_below(NameView name, NameView ancestor);
/// ASCII upper case to lower case, in place, label lengths untouched.
void lower_case(std::span<std::uint8_t> wire);
bool has_upper_case(NameView name);

// --- sort keys -------------------------------------------------------------------------------
// A sort key is a string whose plain octet order is the canonical order of names (RFC 4034
// section 6.1): labels from the apex downwards, folded to lower case, each ended by a zero octet,
// with octets 0 and 1 inside a label written as 1,1 and 1,2. The key of the apex is empty, and
// NAME is below ANCESTOR exactly when ANCESTOR's key is a prefix of NAME's.

/// Appends the key of NAME relative to a zone whose apex has APEX_SIZE octets of wire form.
/// REQUIRES: name is at or below that apex.
void append_sort_key(std::string& out, NameView name, std::size_t apex_size);
std::string sort_key(NameView name, NameView apex);
/// The (lower-case) name of a key.
/// REQUIRES: key was made by append_sort_key for this apex.
NameBuffer name_from_sort_key(std::string_view key, NameView apex);
/// The key without its last label: the parent's key. REQUIRES: not empty.
std::string_view parent_key(std::string_view key);
/// Labels in the key.
unsigned label_count(std::string_view key);
/// KEY is of a name strictly below the name of ANCESTOR.
inline bool is_below(std::string_view key, std::string_view ancestor) {
  return key.size() > ancestor.size() && key.starts_with(ancestor);
}
/// KEY is of a wildcard: its last label is an asterisk (RFC 4592 section 2.1.1).
bool is_wildcard_key(std::string_view key);

}  // namespace danewerk::dns
