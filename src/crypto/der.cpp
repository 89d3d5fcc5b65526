#include "crypto/der.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace danewerk::crypto {

namespace {

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kVersion = 0xa0;  // [0] EXPLICIT in a certificate

std::optional<std::size_t> take_length(ByteView& octets) {
  if (octets.empty()) return std::nullopt;
  std::size_t length = octets[0];
  octets = octets.subspan(1);
  if (length < 0x80) return length;
  const std::size_t count = length & 0x7fU;
  // 4 GiB are more than any certificate; none at all would be the indefinite form of BER.
  if (count == 0 || count > 4 || octets.size() < count || octets[0] == 0) return std::nullopt;
  length = 0;
  for (std::size_t i = 0; i < count; ++i) length = (length << 8) | octets[i];
  octets = octets.subspan(count);
  if (length < 0x80) return std::nullopt;
  return length;
}

Error no_structure(std::string_view what) {
  return {Errc::kBadInput, fmt::format("the octets are no {}", what)};
}

/// The content of the one SEQUENCE that the octets are, and of the first one within it.
std::optional<ByteView> inner_sequence(ByteView octets) {
  const auto outer = take_element(octets);
  if (!outer || outer->tag != kSequence || !octets.empty()) return std::nullopt;
  ByteView content = outer->content;
  const auto inner = take_element(content);
  if (!inner || inner->tag != kSequence) return std::nullopt;
  return inner->content;
}

/// Takes elements with these tags off the front; false when another one comes.
bool skip(ByteView& octets, std::initializer_list<std::uint8_t> tags) {
  for (const auto tag : tags) {
    const auto element = take_element(octets);
    if (!element || element->tag != tag) return false;
  }
  return true;
}

void append_element(Bytes& out, std::uint8_t tag, ByteView content) {
  out.push_back(tag);
  const auto size = static_cast<std::uint32_t>(content.size());
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else if (size < 0x100) {
    out.push_back(0x81);
    out.push_back(static_cast<std::uint8_t>(size));
  } else {
    out.push_back(0x82);  // below 64 KiB: no key is longer
    append_u16(out, static_cast<std::uint16_t>(size));
  }
  out.insert(out.end(), content.begin(), content.end());
}

/// An unsigned number: one with its highest bit set needs a zero octet before it.
void append_number(Bytes& out, ByteView number) {
  const bool needs_zero = !number.empty() && number[0] >= 0x80;
  Bytes content(number.size() + (needs_zero ? 1 : 0));
  std::copy(number.begin(), number.end(), content.begin() + (needs_zero ? 1 : 0));
  append_element(out, kInteger, content);
}

/// The whole AlgorithmIdentifier.
ByteView algorithm_of(KeyNumbers::Type type) {
  static constexpr std::array<std::uint8_t, 15> kRsa{0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                     0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
  static constexpr std::array<std::uint8_t, 21> kP256{0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
                                                      0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
  static constexpr std::array<std::uint8_t, 18> kP384{0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                                      0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                                      0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
  static constexpr std::array<std::uint8_t, 18> kP521{0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                                      0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                                      0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
  static constexpr std::array<std::uint8_t, 7> kEd25519{0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
  static constexpr std::array<std::uint8_t, 7> kEd448{0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x71};
  switch (type) {
    case KeyNumbers::Type::kRsa:
      return kRsa;
    case KeyNumbers::Type::kP256:
      return kP256;
    case KeyNumbers::Type::kP384:
      return kP384;
    case KeyNumbers::Type::kP521:
      return kP521;
    case KeyNumbers::Type::kEd25519:
      return kEd25519;
    case KeyNumbers::Type::kEd448:
      break;
  }
  return kEd448;
}

}  // namespace

std::optional<DerElement> take_element(ByteView& octets) {
  ByteView rest = octets;
  if (rest.empty() || (rest[0] & 0x1fU) == 0x1f) return std::nullopt;
  DerElement element;
  element.tag = rest[0];
  rest = rest.subspan(1);
  const auto length = take_length(rest);
  if (!length || rest.size() < *length) return std::nullopt;
  element.content = rest.first(*length);
  const auto head = octets.size() - rest.size();
  element.whole = octets.first(head + *length);
  octets = octets.subspan(head + *length);
  return element;
}

Result<ByteView> slice_certificate_key(ByteView certificate) {
  auto fields = inner_sequence(certificate);
  if (!fields || fields->empty()) return tl::unexpected(no_structure("certificate"));
  if (fields->front() == kVersion && !skip(*fields, {kVersion})) {
    return tl::unexpected(no_structure("certificate"));
  }
  // serialNumber, signature, issuer, validity, subject
  if (!skip(*fields, {kInteger, kSequence, kSequence, kSequence, kSequence})) {
    return tl::unexpected(no_structure("certificate"));
  }
  const auto key = take_element(*fields);
  if (!key || key->tag != kSequence) return tl::unexpected(no_structure("certificate"));
  return key->whole;
}

Result<ByteView> slice_request_key(ByteView request) {
  auto fields = inner_sequence(request);
  // version, subject
  if (!fields || !skip(*fields, {kInteger, kSequence})) {
    return tl::unexpected(no_structure("certificate request"));
  }
  const auto key = take_element(*fields);
  if (!key || key->tag != kSequence) return tl::unexpected(no_structure("certificate request"));
  return key->whole;
}

Bytes write_key_info(const KeyNumbers& numbers) {
  Bytes key = numbers.point;
  if (numbers.type == KeyNumbers::Type::kRsa) {
    Bytes both;
    append_number(both, numbers.modulus);
    append_number(both, numbers.exponent);
    key.clear();
    append_element(key, kSequence, both);
  }
  Bytes bits(key.size() + 1);  // first of all, no unused bits in the last octet
  std::copy(key.begin(), key.end(), bits.begin() + 1);
  const auto algorithm = algorithm_of(numbers.type);
  Bytes content(algorithm.begin(), algorithm.end());
  append_element(content, kBitString, bits);
  Bytes out;
  append_element(out, kSequence, content);
  return out;
}

}  // namespace danewerk::crypto
