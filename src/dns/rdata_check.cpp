#include <algorithm>

#include "dns/rdata_fast.h"

namespace danewerk::dns {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool is_letter_or_digit(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Windows in ascending order, 1 to 32 octets each, the last octet not zero (RFC 4034
/// section 4.1.2).
bool is_bitmap(ByteView octets) {
  int last_window = -1;
  while (!octets.empty()) {
    if (octets.size() < 3) return false;
    const std::size_t size = octets[1];
    if (octets[0] <= last_window || size == 0 || size > 32 || octets.size() < 2 + size)
      return false;
    if (octets[1 + size] == 0) return false;
    last_window = octets[0];
    octets = octets.subspan(2 + size);
  }
  return true;
}

bool are_strings(ByteView octets) {
  if (octets.empty()) return false;
  while (!octets.empty()) {
    if (octets[0] >= octets.size()) return false;
    octets = octets.subspan(1U + octets[0]);
  }
  return true;
}

/// A part that begins with its length. \returns its size with that octet, or kNone.
std::size_t counted_size(RdataPart part, ByteView octets) {
  if (octets.empty() || octets[0] >= octets.size()) return kNone;
  const ByteView content = octets.subspan(1, octets[0]);
  if (part == RdataPart::kHash && content.empty()) return kNone;
  if (part == RdataPart::kTag &&
      (content.empty() || !std::ranges::all_of(content, is_letter_or_digit))) {
    return kNone;
  }
  return 1U + content.size();
}

/// \returns octets that the part takes from the front, or kNone.
std::size_t part_size(RdataPart part, ByteView octets) {
  switch (part) {
    case RdataPart::kEnd:
      return kNone;
    case RdataPart::kU8:
      return 1;
    case RdataPart::kU16:
    case RdataPart::kType:
      return 2;
    case RdataPart::kU32:
    case RdataPart::kPeriod:
    case RdataPart::kTime:
    case RdataPart::kIpv4:
      return 4;
    case RdataPart::kIpv6:
      return 16;
    case RdataPart::kName: {
      const std::size_t size = wire_name_length(octets);
      return size == 0 ? kNone : size;
    }
    case RdataPart::kString:
    case RdataPart::kSalt:
    case RdataPart::kHash:
    case RdataPart::kTag:
      return counted_size(part, octets);
    case RdataPart::kHexRest:
    case RdataPart::kBase64Rest:
      return octets.empty() ? kNone : octets.size();
    case RdataPart::kStringsRest:
      return are_strings(octets) ? octets.size() : kNone;
    case RdataPart::kTextRest:
      return octets.size();
    case RdataPart::kBitmapRest:
      return is_bitmap(octets) ? octets.size() : kNone;
  }
  return kNone;
}

}  // namespace

bool fits_layout(const RdataLayout& layout, ByteView rdata) {
  for (const RdataPart* part = layout.begin(); *part != RdataPart::kEnd; ++part) {
    const std::size_t size = part_size(*part, rdata);
    if (size > rdata.size()) return false;
    rdata = rdata.subspan(size);
  }
  return rdata.empty();
}

}  // namespace danewerk::dns
