#pragma once

/// \file
/// Type bit maps of NSEC and NSEC3 (RFC 4034 section 4.1.2, RFC 5155 section 3.2.1): what has to
/// stand there, octet by octet, and in words what differs. Belongs to one thread: keeps its memory.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace danewerk::verify {

class BitmapCheck {
 public:
  void clear() { types_.clear(); }
  void add(std::uint16_t type) { types_.push_back(type); }
  [[nodiscard]] bool empty() const { return types_.empty(); }
  /// Whether FOUND is exactly the bit map of the types added, in the one encoding that the RFC
  /// allows (windows ascending, no empty ones, no zero octets at the end).
  bool matches(ByteView found);
  /// What differs, for people: "A is missing, TXT is too many".
  std::string difference(ByteView found) const;

 private:
  void encode();
  std::vector<std::uint16_t> types_;
  Bytes encoded_;
};

}  // namespace danewerk::verify
