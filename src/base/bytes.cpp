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
std::optional<std::size_t> unpack(std::string_view text, const Reverse& table, unsigned bits,
                                  std::uint8_t* to) {
  const std::uint8_t* start = to;
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int digit = table[static_cast<unsigned char>(c)];
    if (digit < 0) return std::nullopt;
    buffer = (buffer << bits) | static_cast<std::uint32_t>(digit);
    held += bits;
    if (held >= 8) {
      held -= 8;
      *to++ = static_cast<std::uint8_t>(buffer >> held);
      buffer &= (1U << held) - 1U;
    }
  }
  if (held >= bits || buffer != 0) return std::nullopt;
  return static_cast<std::size_t>(to - start);
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

int digit_of(const Reverse& table, char c) {
  return table[static_cast<unsigned char>(c)];
}

template <class Decode>
std::optional<Bytes> to_bytes(std::string_view text, Decode decode) {
  Bytes out(text.size());
  const auto size = decode(text, out.data());
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
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
  append_hex(out, bytes);
  return out;
}

void append_hex(std::string& out, ByteView bytes) {
  const std::size_t start = out.size();
  out.resize(start + bytes.size() * 2);
  char* to = out.data() + start;
  for (const auto octet : bytes) {
    *to++ = kHexDigits[octet >> 4];
    *to++ = kHexDigits[octet & 15U];
  }
}

std::optional<std::size_t> decode_hex(std::string_view text, std::uint8_t* to) {
  if (text.size() % 2 != 0) return std::nullopt;
  int bad = 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_of(kFromHex, text[i]);
    const int low = digit_of(kFromHex, text[i + 1]);
    bad |= high | low;
    *to++ = static_cast<std::uint8_t>((high << 4) | low);
  }
  if (bad < 0) return std::nullopt;
  return text.size() / 2;
}

std::optional<Bytes> from_hex(std::string_view text) {
  return to_bytes(text, decode_hex);
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

std::optional<std::size_t> decode_base64(std::string_view text, std::uint8_t* to) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t digits = text.size();
  while (digits > 0 && text[digits - 1] == '=' && text.size() - digits < 2) --digits;
  const std::size_t whole = digits / 4 * 4;
  const std::uint8_t* start = to;
  int bad = 0;
  for (std::size_t i = 0; i < whole; i += 4) {
    const int a = digit_of(kFromBase64, text[i]);
    const int b = digit_of(kFromBase64, text[i + 1]);
    const int c = digit_of(kFromBase64, text[i + 2]);
    const int d = digit_of(kFromBase64, text[i + 3]);
    bad |= a | b | c | d;
    *to++ = static_cast<std::uint8_t>((a << 2) | (b >> 4));
    *to++ = static_cast<std::uint8_t>((b << 4) | (c >> 2));
    *to++ = static_cast<std::uint8_t>((c << 6) | d);
  }
  if (bad < 0) return std::nullopt;
  const auto rest = unpack(text.substr(whole, digits - whole), kFromBase64, 6, to);
  if (!rest) return std::nullopt;
  return static_cast<std::size_t>(to - start) + *rest;
}

std::optional<Bytes> from_base64(std::string_view text) {
  return to_bytes(text, decode_base64);
}

std::string to_base32hex(ByteView bytes) {
  std::string out;
  append_base32hex(out, bytes);
  return out;
}

void append_base32hex(std::string& out, ByteView bytes) {
  const std::size_t whole = bytes.size() / 5 * 5;
  const std::size_t start = out.size();
  out.resize(start + whole / 5 * 8);
  char* to = out.data() + start;
  for (std::size_t i = 0; i < whole; i += 5) {
    const std::uint64_t five = (std::uint64_t{load_u32(bytes.data() + i)} << 8) | bytes[i + 4];
    for (unsigned shift = 40; shift > 0;) {
      shift -= 5;
      *to++ = kBase32Digits[(five >> shift) & 31U];
    }
  }
  pack(out, bytes.subspan(whole), kBase32Digits, 5);
}

std::optional<std::size_t> decode_base32hex(std::string_view text, std::uint8_t* to) {
  return unpack(text, kFromBase32, 5, to);
}

std::optional<Bytes> from_base32hex(std::string_view text) {
  return to_bytes(text, decode_base32hex);
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return upper;
}

void wipe(std::span<std::uint8_t> memory) {
  // A volatile pointer keeps the writes; explicit_bzero would do too, but is not in the standard.
  volatile std::uint8_t* p = memory.data();
  for (std::size_t i = 0; i < memory.size(); ++i) p[i] = 0;
}

}  // namespace danewerk
