#include "model/key_ring.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::model {

namespace {
constexpr std::array<std::string_view, 4> kRecordNames{"DNSKEY", "KRRSIG", "ZRRSIG", "DS"};
}

std::string_view to_text(KeyRecord record) {
  return kRecordNames.at(static_cast<std::size_t>(record));
}

std::optional<KeyRecord> key_record_from_text(std::string_view text) {
  for (const auto record : kKeyRecords) {
    if (to_text(record) == text) return record;
  }
  return std::nullopt;
}

bool owns(KeyRole role, KeyRecord record) {
  switch (record) {
    case KeyRecord::kDnskey:
      return true;
    case KeyRecord::kKrrsig:
    case KeyRecord::kDs:
      return role != KeyRole::kZsk;
    case KeyRecord::kZrrsig:
      return role != KeyRole::kKsk;
  }
  return false;
}

std::string_view to_text(Goal goal) {
  return goal == Goal::kHidden ? "hidden" : "omnipresent";
}

std::optional<Goal> goal_from_text(std::string_view text) {
  if (text == "hidden") return Goal::kHidden;
  if (text == "omnipresent") return Goal::kOmnipresent;
  return std::nullopt;
}

bool RingKey::is_gone() const {
  return std::ranges::all_of(
      records, [](const RecordState& state) { return state.visibility == Visibility::kHidden; });
}

std::string label(const RingKey& key) {
  if (key.tag == 0 && key.id.starts_with("new ")) return key.id;
  return fmt::format("{} {}", to_upper(to_text(key.role)), key.tag);
}

const RingKey* KeyRing::find(std::string_view id) const {
  const auto found = std::ranges::find(keys, id, &RingKey::id);
  return found == keys.end() ? nullptr : &*found;
}

RingKey* KeyRing::find(std::string_view id) {
  const auto found = std::ranges::find(keys, id, &RingKey::id);
  return found == keys.end() ? nullptr : &*found;
}

const RingKey* KeyRing::successor_of(std::string_view id) const {
  const auto found = std::ranges::find_if(keys, [&](const RingKey& key) {
    return key.predecessor == id && key.goal == Goal::kOmnipresent;
  });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace danewerk::model
