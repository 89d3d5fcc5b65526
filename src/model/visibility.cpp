#include "model/visibility.h"

#include <array>

namespace danewerk::model {

namespace {
constexpr std::array<std::string_view, 4> kNames{"hidden", "rumoured", "omnipresent",
                                                 "unretentive"};
}

std::string_view to_text(Visibility visibility) {
  return kNames.at(static_cast<std::size_t>(visibility));
}

std::optional<Visibility> visibility_from_text(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames.at(i) == text) return static_cast<Visibility>(i);
  }
  return std::nullopt;
}

}  // namespace danewerk::model
