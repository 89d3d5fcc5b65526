#pragma once

/// \file
/// Octets of a packed node. A node is
///
///     length of the cased owner (1 octet), cased owner, RRsets in order of type
///
/// and an RRset is
///
///     type, TTL, number of records, octets of records, number of RRSIGs
///     [TTL of RRSIGs, octets of RRSIGs]            only when there are any
///     records, RRSIGs                              each RDATA after its length (16 bits)
///
/// with numbers in base 128, low groups first: 6 octets of header for the NS RRset of a delegation,
/// because a zone may have ten millions of them.

#include <cstdint>
#include <string>

namespace danewerk::dns {

inline void append_number(std::string& out, std::uint32_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

/// Octets that append_number writes.
inline std::size_t number_size(std::uint32_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7U) ++size;
  return size;
}

/// Reads a number and moves AT behind it. \returns false at the end, or when it has over 32 bits.
inline bool read_number(const char*& at, const char* end, std::uint32_t& value) {
  std::uint32_t result = 0;
  for (unsigned shift = 0; shift < 35 && at != end; shift += 7) {
    const auto octet = static_cast<std::uint8_t>(*at++);
    if (shift == 28 && octet > 0x0f) return false;
    result |= static_cast<std::uint32_t>(octet & 0x7fU) << shift;
    if (octet < 0x80) {
      value = result;
      return true;
    }
  }
  return false;
}

}  // namespace danewerk::dns
