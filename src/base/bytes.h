#pragma once

/// \file
/// Octets and their text forms (RFC 4648), and memory that is wiped. Thread-compatible.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace danewerk {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The octets of a text.
inline ByteView as_bytes(std::string_view text) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// The same octets as a text view, for comparing and hashing.
inline std::string_view as_text(ByteView bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Big-endian numbers, as DNS has them. REQUIRES: enough octets at p.
inline std::uint16_t load_u16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[0] << 8) | p[1]);
}
inline std::uint32_t load_u32(const std::uint8_t* p) {
  return (std::uint32_t{p[0]} << 24) | (std::uint32_t{p[1]} << 16) | (std::uint32_t{p[2]} << 8) |
         p[3];
}
void append_u16(Bytes& out, std::uint16_t value);
void append_u32(Bytes& out, std::uint32_t value);

/// Lower-case hexadecimal (RFC 4648 section 8, but lower case).
std::string to_hex(ByteView bytes);
void append_hex(std::string& out, ByteView bytes);
/// Upper or lower case; nothing for an odd count or a foreign character.
std::optional<Bytes> from_hex(std::string_view text);

/// Base 64 with padding (RFC 4648 section 4).
std::string to_base64(ByteView bytes);
void append_base64(std::string& out, ByteView bytes);
/// Nothing for a foreign character, wrong padding, or bits set beyond the last octet.
std::optional<Bytes> from_base64(std::string_view text);

/// Base 32 with extended hex alphabet, lower case, no padding (RFC 5155 section 3.3).
std::string to_base32hex(ByteView bytes);
void append_base32hex(std::string& out, ByteView bytes);
/// Upper or lower case, without padding; nothing for what is not one.
std::optional<Bytes> from_base32hex(std::string_view text);

// The same decoders without the heap: they write to memory that the caller has, which may be the
// text's own, for the octets never overtake the digits. \returns octets written; nothing for what
// the functions above refuse, and then `to` holds garbage.
// REQUIRES: room for size/2, size/4*3 and size*5/8 octets.
std::optional<std::size_t> decode_hex(std::string_view text, std::uint8_t* to);
std::optional<std::size_t> decode_base64(std::string_view text, std::uint8_t* to);
std::optional<std::size_t> decode_base32hex(std::string_view text, std::uint8_t* to);

/// ASCII letters alone, whatever the locale.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

/// Overwrites memory in a way that the optimiser keeps.
void wipe(std::span<std::uint8_t> memory);

/// Octets that are wiped when dropped. Movable, not copyable, never printed.
class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe(bytes_);
      bytes_ = std::move(other.bytes_);
      other.bytes_.clear();
    }
    return *this;
  }
  ~Secret() { wipe(bytes_); }

  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t> writable() { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace danewerk
