#include "store/key_file_name.h"

#include <charconv>

#include <fmt/format.h>

namespace danewerk::store {

namespace {

/// Room for what follows the zone's name, and for the suffix of an unfinished file: NAME_MAX is
/// 255.
constexpr std::size_t kMaxZoneText = 180;
constexpr std::size_t kCutZoneText = 120;
constexpr std::size_t kIdDigits = 16;

bool is_plain(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

/// Labels, each followed by a dot; a lone dot for the root.
std::string escaped(dns::NameView zone) {
  std::string out;
  Bytes wire(zone.wire().begin(), zone.wire().end());
  dns::lower_case(wire);
  for (dns::NameView name(wire); !name.is_root(); name = name.parent()) {
    for (const auto c : name.first_label()) {
      if (is_plain(c)) {
        out.push_back(static_cast<char>(c));
      } else {
        out += fmt::format("%{:02X}", c);
      }
    }
    out.push_back('.');
  }
  return out.empty() ? "." : out;
}

template <class Number>
std::optional<Number> number_from(std::string_view digits) {
  Number value{};
  const auto* end = digits.data() + digits.size();
  const auto [stop, fault] = std::from_chars(digits.data(), end, value);
  if (fault != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string own_prefix(dns::NameView zone) {
  if (zone.is_root()) return "@+";
  auto text = escaped(zone);
  text.pop_back();
  if (text.size() > kMaxZoneText) {
    const auto hash = crypto::digest(crypto::DigestType::kSha256, as_bytes(text));
    text = text.substr(0, kCutZoneText) + "~" + to_hex(hash.view().first(16));
  }
  return text + "+";
}

std::string own_stem(dns::NameView zone, const model::Key& key) {
  return fmt::format("{}{:03}+{:05}+{}", own_prefix(zone), key.dnskey.algorithm, key.dnskey.tag(),
                     key.id().substr(0, kIdDigits));
}

std::string bind_prefix(dns::NameView zone) {
  return "K" + escaped(zone) + "+";
}

std::string bind_stem(dns::NameView zone, const model::Dnskey& key) {
  return fmt::format("{}{:03}+{:05}", bind_prefix(zone), key.algorithm, key.tag());
}

std::optional<StemNumbers> numbers_of(std::string_view rest) {
  constexpr std::size_t kBindSize = 3 + 1 + 5;
  const bool is_bind = rest.size() == kBindSize;
  const bool is_own = rest.size() == kBindSize + 1 + kIdDigits && rest[kBindSize] == '+' &&
                      is_hex(rest.substr(kBindSize + 1));
  if ((!is_bind && !is_own) || rest[3] != '+') return std::nullopt;
  const auto algorithm = number_from<std::uint8_t>(rest.substr(0, 3));
  const auto tag = number_from<model::KeyTag>(rest.substr(4, 5));
  if (!algorithm || !tag) return std::nullopt;
  return StemNumbers{*algorithm, *tag};
}

}  // namespace danewerk::store
