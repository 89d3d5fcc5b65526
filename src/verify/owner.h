#pragma once

/// \file
/// Owner names as verify sees them: lower case, with the places of their labels. Canonical order
/// (RFC 4034 section 6.1) and label counts are its own. No heap. Thread-compatible.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace danewerk::verify {

/// Octets of the uncompressed name at the front of DATA, 0 when there is none (RFC 1035
/// section 3.1).
std::size_t name_length(ByteView data);
/// ASCII upper case to lower case, in place (RFC 4034 section 6.2).
void fold_case(std::span<std::uint8_t> octets);

class Owner {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): only size_ octets have a meaning
  Owner() { wire_[0] = 0; }  ///< the root

  /// REQUIRES: one whole uncompressed name.
  void assign_wire(ByteView wire);
  /// Reads a key of the zone's tree: labels from the apex downwards, each ended by a zero octet, in
  /// which 1,1 stands for 0 and 1,2 for 1.
  void assign_key(std::string_view key, const Owner& apex);
  /// The hashed owner name of an NSEC3 (RFC 5155 section 3): base 32 of HASH, then the apex.
  void assign_hash(std::string_view hash, const Owner& apex);
  /// The ancestor with COUNT labels. REQUIRES: no more than this one has.
  [[nodiscard]] Owner ancestor(unsigned count) const;

  [[nodiscard]] ByteView wire() const { return ByteView(wire_).first(size_); }
  /// Labels without the root.
  [[nodiscard]] unsigned labels() const { return labels_; }
  /// What RRSIG counts: labels without root and without a leading asterisk (RFC 4034
  /// section 3.1.3).
  [[nodiscard]] unsigned signed_labels() const;
  [[nodiscard]] bool is_below(const Owner& other) const;  ///< strictly
  [[nodiscard]] ByteView label(unsigned from_left) const;
  bool operator==(const Owner& other) const;

 private:
  void find_labels();
  std::array<std::uint8_t, 255> wire_;  // only size_ octets have a meaning
  std::uint8_t size_ = 1;
  std::uint8_t labels_ = 0;
  std::array<std::uint8_t, 128> starts_;  // only labels_ entries have a meaning
};

/// Below zero, zero or above zero, in canonical order (RFC 4034 section 6.1).
int compare(const Owner& a, const Owner& b);
/// Labels that both have in common, counted from the root.
unsigned common_labels(const Owner& a, const Owner& b);
std::string to_text(const Owner& owner);

/// The first COUNT labels of a key: the key of an ancestor. REQUIRES: it has as many.
std::string_view key_prefix(std::string_view key, unsigned count);
/// The least key that is greater than all keys at or below KEY. REQUIRES: not the apex.
std::string key_after_subtree(std::string_view key);

}  // namespace danewerk::verify
