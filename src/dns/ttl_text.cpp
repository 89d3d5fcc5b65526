#include "dns/ttl_text.h"

namespace danewerk::dns {

namespace {

std::uint32_t unit_of(char letter) {
  switch (letter) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 3600;
    case 'd':
    case 'D':
      return 86'400;
    case 'w':
    case 'W':
      return 604'800;
    default:
      return 0;
  }
}

}  // namespace

std::optional<std::uint32_t> period_from_text(std::string_view text) {
  constexpr std::uint64_t kMax = 0xffffffffU;
  std::uint64_t total = 0;
  std::uint64_t number = 0;
  bool has_digit = false;
  bool has_unit = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<unsigned>(c - '0');
      if (number > kMax) return std::nullopt;
      has_digit = true;
      continue;
    }
    const std::uint32_t unit = unit_of(c);
    if (unit == 0 || !has_digit) return std::nullopt;
    total += number * unit;
    if (total > kMax) return std::nullopt;
    number = 0;
    has_digit = false;
    has_unit = true;
  }
  // "1h30" leaves open what 30 is.
  if (has_digit == has_unit) return std::nullopt;
  total += number;
  return total <= kMax ? std::optional(static_cast<std::uint32_t>(total)) : std::nullopt;
}

}  // namespace danewerk::dns
