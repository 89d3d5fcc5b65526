#include "crypto/ecdsa_form.h"

#include <algorithm>

namespace danewerk::crypto {

namespace {

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;

/// Appends a non-negative INTEGER in its shortest form (X.690 section 8.3.2).
void append_integer(EcdsaSequence& out, ByteView number) {
  while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
  const bool needs_sign = (number[0] & 0x80U) != 0;
  out.octets.at(out.size++) = kInteger;
  out.octets.at(out.size++) = static_cast<std::uint8_t>(number.size() + (needs_sign ? 1 : 0));
  if (needs_sign) out.octets.at(out.size++) = 0;
  std::copy(number.begin(), number.end(), out.octets.begin() + static_cast<long>(out.size));
  out.size += number.size();
}

/// Takes one INTEGER off the front, right-aligned into `to`.
bool take_integer(ByteView& octets, std::span<std::uint8_t> to) {
  if (octets.size() < 3 || octets[0] != kInteger) return false;
  const std::size_t size = octets[1];
  if (size == 0 || size >= 0x80 || octets.size() < 2 + size) return false;
  ByteView number = octets.subspan(2, size);
  octets = octets.subspan(2 + size);
  while (number.size() > to.size() && number[0] == 0) number = number.subspan(1);
  if (number.size() > to.size()) return false;
  const auto end = std::fill_n(to.begin(), to.size() - number.size(), std::uint8_t{0});
  std::copy(number.begin(), number.end(), end);
  return true;
}

}  // namespace

EcdsaSequence ecdsa_sequence(ByteView raw) {
  EcdsaSequence out;
  out.octets[0] = kSequence;
  out.size = 2;
  const std::size_t half = raw.size() / 2;
  append_integer(out, raw.first(half));
  append_integer(out, raw.subspan(half));
  // At most 102 octets of content: the length always fits into one octet.
  out.octets[1] = static_cast<std::uint8_t>(out.size - 2);
  return out;
}

bool ecdsa_raw(ByteView sequence, std::span<std::uint8_t> raw) {
  if (sequence.size() < 2 || sequence[0] != kSequence || sequence[1] >= 0x80 ||
      sequence.size() != 2U + sequence[1]) {
    return false;
  }
  ByteView rest = sequence.subspan(2);
  const std::size_t half = raw.size() / 2;
  return take_integer(rest, raw.first(half)) && take_integer(rest, raw.subspan(half)) &&
         rest.empty();
}

}  // namespace danewerk::crypto
