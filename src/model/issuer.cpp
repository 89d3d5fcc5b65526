#include "model/issuer.h"

#include <array>

namespace danewerk::model {

namespace {

/// The words of an enumeration, in its order.
constexpr std::array<std::string_view, 2> kFamilies{"rsa", "ecdsa"};
constexpr std::array<std::string_view, 3> kRoles{"issuer", "root", "cross"};
constexpr std::array<std::string_view, 6> kStates{"active",  "backup",  "retired",
                                                  "expired", "staging", "revoked"};

template <class T, std::size_t N>
std::optional<T> from_words(const std::array<std::string_view, N>& words, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words.at(i) == text) return static_cast<T>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_text(KeyFamily family) {
  return kFamilies.at(static_cast<std::size_t>(family));
}
std::optional<KeyFamily> key_family_from_text(std::string_view text) {
  return from_words<KeyFamily>(kFamilies, text);
}

std::string_view to_text(IssuerRole role) {
  return kRoles.at(static_cast<std::size_t>(role));
}
std::optional<IssuerRole> issuer_role_from_text(std::string_view text) {
  return from_words<IssuerRole>(kRoles, text);
}

std::string_view to_text(IssuerState state) {
  return kStates.at(static_cast<std::size_t>(state));
}
std::optional<IssuerState> issuer_state_from_text(std::string_view text) {
  return from_words<IssuerState>(kStates, text);
}

}  // namespace danewerk::model
