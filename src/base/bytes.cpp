#include "base/bytes.h"

#include <array>

namespace danewerk {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32Digits = "0123456789abcdefghijklmnopqrstuv";

using Reverse = std::array<std::int8_t, 256>;

constexpr Reverse reverse_of(std::string_view digits, bool fold_case) {
  Reverse table{};
  for (auto& entry : table) entry = -1;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto c = static_cast<unsigned char>(digits[i]);
    table.at(c) = static_cast<std::int8_t>(i);
    if (fold_case && c >= 'a' && c <= 'z') table.at(c - 32U) = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr Reverse kFromHex = reverse_of(kHexDigits, true);
constexpr Reverse kFromBase64 = reverse_of(kBase64Digits, false);
constexpr Reverse kFromBase32 = reverse_of(kBase32Digits, true);

/// Digits of BITS bits each into octets; nothing for a foreign digit, a surplus digit, or set bits
/// beyond the last octet.
std::optional<Bytes> unpack(std::string_view text, const Reverse& table, unsigned bits) {
  Bytes out;
  out.reserve(text.size() * bits / 8);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int digit = table.at(static_cast<unsigned char>(c));
    if (digit < 0) return std::nullopt;
    buffer = (buffer << bits) | static_cast<std::uint32_t>(digit);
    held += bits;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(buffer >> held));
      buffer &= (1U << held) - 1U;
    }
  }
  if (held >= bits || buffer != 0) return std::nullopt;
  return out;
}

/// Octets into digits of BITS bits each, the last one filled with zero bits.
void pack(std::string& out, ByteView bytes, std::string_view digits, unsigned bits) {
  std::uint32_t buffer = 0;
  unsigned held = 0;
  const std::uint32_t mask = (1U << bits) - 1U;
  for (const auto octet : bytes) {
    buffer = (buffer << 8) | octet;
    held += 8;
    while (held >= bits) {
      held -= bits;
      out.push_back(digits[(buffer >> held) & mask]);
    }
    buffer &= (1U << held) - 1U;
  }
  if (held > 0) out.push_back(digits[(buffer << (bits - held)) & mask]);
}

}  // namespace

void append_u16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void append_u32(Bytes& out, std::uint32_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 16));
  append_u16(out, static_cast<std::uint16_t>(value));
}

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  pack(out, bytes, kHexDigits, 4);
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  return unpack(text, kFromHex, 4);
}

std::string to_base64(ByteView bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

void append_base64(std::string& out, ByteView bytes) {
  const std::size_t whole = bytes.size() / 3 * 3;
  const std::size_t start = out.size();
  out.resize(start + whole / 3 * 4);
  char* to = out.data() + start;
  for (std::size_t i = 0; i < whole; i += 3) {
    const std::uint32_t three =
        (std::uint32_t{bytes[i]} << 16) | (std::uint32_t{bytes[i + 1]} << 8) | bytes[i + 2];
    *to++ = kBase64Digits[three >> 18];
    *to++ = kBase64Digits[(three >> 12) & 63U];
    *to++ = kBase64Digits[(three >> 6) & 63U];
    *to++ = kBase64Digits[three & 63U];
  }
  pack(out, bytes.subspan(whole), kBase64Digits, 6);
  while ((out.size() - start) % 4 != 0) out.push_back('=');
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t digits = text.size();
  while (digits > 0 && text[digits - 1] == '=' && text.size() - digits < 2) --digits;
  return unpack(text.substr(0, digits), kFromBase64, 6);
}

std::string to_base32hex(ByteView bytes) {
  std::string out;
  append_base32hex(out, bytes);
  return out;
}

void append_base32hex(std::string& out, ByteView bytes) {
  pack(out, bytes, kBase32Digits, 5);
}

std::optional<Bytes> from_base32hex(std::string_view text) {
  return unpack(text, kFromBase32, 5);
}

void wipe(std::span<std::uint8_t> memory) {
  // A volatile pointer keeps the writes; explicit_bzero would do too, but is not in the standard.
  volatile std::uint8_t* p = memory.data();
  for (std::size_t i = 0; i < memory.size(); ++i) p[i] = 0;
}

}  // namespace danewerk
