#include "model/binding.h"

#include <algorithm>
#include <array>

namespace danewerk::model {

namespace {

constexpr std::array<std::string_view, 3> kModes{"stable", "next", "any"};
constexpr std::array<std::string_view, 4> kUses{"current", "next", "retired", "compromised"};
constexpr std::array<std::string_view, 3> kKinds{"key-stolen", "key-lost", "issuer-compromised"};
constexpr std::array<std::string_view, 4> kChoices{"next-key", "availability", "security",
                                                   "records"};
constexpr std::array<std::string_view, 3> kStandings{"listed", "verified", "unknown"};

template <class Enum, std::size_t count>
std::optional<Enum> from_text(const std::array<std::string_view, count>& names,
                              std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

template <class Enum, std::size_t count>
std::string_view name_of(const std::array<std::string_view, count>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace

const BindingKey* Binding::key(std::string_view id) const {
  const auto found = std::ranges::find(keys, id, &BindingKey::id);
  return found == keys.end() ? nullptr : &*found;
}

BindingKey* Binding::key(std::string_view id) {
  const auto found = std::ranges::find(keys, id, &BindingKey::id);
  return found == keys.end() ? nullptr : &*found;
}

const BindingKey* Binding::key_of(BindingKeyUse use) const {
  const auto found = std::ranges::find(keys, use, &BindingKey::use);
  return found == keys.end() ? nullptr : &*found;
}

const Chain* Binding::staged_for(std::string_view key) const {
  const auto found = std::ranges::find(staged, key, &Chain::key);
  return found == staged.end() ? nullptr : &*found;
}

bool Binding::is_compromised(std::string_view key) const {
  const auto* known = this->key(key);
  return known != nullptr && known->use == BindingKeyUse::kCompromised;
}

std::string_view to_text(BindingMode mode) {
  return name_of(kModes, mode);
}
std::string_view to_text(BindingKeyUse use) {
  return name_of(kUses, use);
}
std::string_view to_text(EmergencyKind kind) {
  return name_of(kKinds, kind);
}
std::string_view to_text(EmergencyChoice choice) {
  return name_of(kChoices, choice);
}
std::string_view to_text(IssuerStanding standing) {
  return name_of(kStandings, standing);
}
std::optional<BindingMode> binding_mode_from_text(std::string_view text) {
  return from_text<BindingMode>(kModes, text);
}
std::optional<BindingKeyUse> binding_key_use_from_text(std::string_view text) {
  return from_text<BindingKeyUse>(kUses, text);
}
std::optional<EmergencyKind> emergency_kind_from_text(std::string_view text) {
  return from_text<EmergencyKind>(kKinds, text);
}
std::optional<EmergencyChoice> emergency_choice_from_text(std::string_view text) {
  return from_text<EmergencyChoice>(kChoices, text);
}
std::optional<IssuerStanding> issuer_standing_from_text(std::string_view text) {
  return from_text<IssuerStanding>(kStandings, text);
}

}  // namespace danewerk::model
