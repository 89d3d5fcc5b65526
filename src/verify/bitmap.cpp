#include "verify/bitmap.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "dns/type.h"

namespace danewerk::verify {

namespace {

/// The types in a bit map; nothing when it is not well-formed.
std::optional<std::vector<std::uint16_t>> decode(ByteView bitmap) {
  std::vector<std::uint16_t> types;
  int last_window = -1;
  while (!bitmap.empty()) {
    if (bitmap.size() < 2) return std::nullopt;
    const unsigned window = bitmap[0];
    const std::size_t length = bitmap[1];
    if (static_cast<int>(window) <= last_window || length == 0 || length > 32 ||
        bitmap.size() < 2 + length || bitmap[1 + length] == 0) {
      return std::nullopt;
    }
    for (unsigned bit = 0; bit < length * 8; ++bit) {
      if ((bitmap[2 + bit / 8] & (0x80U >> (bit % 8))) != 0) {
        types.push_back(static_cast<std::uint16_t>(window * 256 + bit));
      }
    }
    last_window = static_cast<int>(window);
    bitmap = bitmap.subspan(2 + length);
  }
  return types;
}

void append_types(std::string& text, const std::vector<std::uint16_t>& types,
                  std::string_view verb) {
  if (types.empty()) return;
  if (!text.empty()) text += ", ";
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (i != 0) text += ' ';
    text += dns::to_text(static_cast<dns::RrType>(types[i]));
  }
  text += verb;
}

}  // namespace

void BitmapCheck::encode() {
  if (!std::is_sorted(types_.begin(), types_.end())) std::sort(types_.begin(), types_.end());
  encoded_.clear();
  std::size_t i = 0;
  while (i < types_.size()) {
    const unsigned window = types_[i] / 256U;
    std::array<std::uint8_t, 32> bits{};
    std::size_t length = 0;
    for (; i < types_.size() && types_[i] / 256U == window; ++i) {
      const unsigned low = types_[i] % 256U;
      bits.at(low / 8) |= static_cast<std::uint8_t>(0x80U >> (low % 8));
      length = low / 8 + 1;
    }
    encoded_.push_back(static_cast<std::uint8_t>(window));
    encoded_.push_back(static_cast<std::uint8_t>(length));
    encoded_.insert(encoded_.end(), bits.begin(),
                    bits.begin() + static_cast<std::ptrdiff_t>(length));
  }
}

bool BitmapCheck::matches(ByteView found) {
  encode();
  return std::equal(found.begin(), found.end(), encoded_.begin(), encoded_.end());
}

std::string BitmapCheck::difference(ByteView found) const {
  const auto types = decode(found);
  if (!types) return "the type bit map is not well-formed";
  std::vector<std::uint16_t> missing;
  std::vector<std::uint16_t> surplus;
  std::set_difference(types_.begin(), types_.end(), types->begin(), types->end(),
                      std::back_inserter(missing));
  std::set_difference(types->begin(), types->end(), types_.begin(), types_.end(),
                      std::back_inserter(surplus));
  std::string text;
  append_types(text, missing, missing.size() == 1 ? " is missing" : " are missing");
  append_types(text, surplus, surplus.size() == 1 ? " is too many" : " are too many");
  return "type bit map: " + text;
}

}  // namespace danewerk::verify
