#include <algorithm>

#include <fmt/format.h>

#include "rollover/ring_view.h"
#include "rollover/rollover.h"
#include "rollover/successors.h"

namespace danewerk::rollover {

namespace {

using model::Goal;
using model::KeyRecord;
using model::KeyRing;
using model::KeyRole;
using model::RingKey;
using model::Visibility;

/// The newest key of that role in service whose predecessor is still there.
RingKey* newest_successor(KeyRing& ring, KeyRole role) {
  RingKey* newest = nullptr;
  for (auto& key : ring.keys) {
    if (key.role == role && is_in_service(ring, key) && ring.find(key.predecessor) != nullptr) {
      newest = &key;
    }
  }
  return newest;
}

/// Algorithm, or CSK against KSK and ZSK: the roles change together, and turn back together.
bool is_rebuild(const RingKey& key, const RingKey& predecessor) {
  return key.algorithm != predecessor.algorithm || key.role != predecessor.role;
}

void turn_back(RingKey& key, RingKey& predecessor, sys_seconds now) {
  key.goal = Goal::kHidden;
  predecessor.goal = Goal::kOmnipresent;
  // Its lifetime starts again: else the roll that was just given up would begin anew.
  predecessor.active = now;
}

/// The key from which KEY descends over a change of kind; null: none that is still there.
RingKey* origin_of(KeyRing& ring, const RingKey& key) {
  const auto* present = &key;
  for (std::size_t i = 0; i < ring.keys.size(); ++i) {
    auto* predecessor = ring.find(present->predecessor);
    if (predecessor == nullptr) return nullptr;
    if (is_rebuild(*present, *predecessor)) return predecessor;
    present = predecessor;
  }
  return nullptr;
}

bool can_sign(const KeyRing& ring, std::uint8_t algorithm, KeyRecord record) {
  return std::ranges::any_of(ring.keys, [&](const RingKey& key) {
    return key.algorithm == algorithm && key.owns(record) && is_in_service(ring, key);
  });
}

/// The ring with all keys of the old kind in use and all of the new kind on their way out.
Result<KeyRing> rebuilt_back(KeyRing ring, const RingKey& successor, const RingKey& predecessor,
                             sys_seconds now) {
  for (auto& key : ring.keys) {
    auto* origin = origin_of(ring, key);
    const bool is_same_change = origin != nullptr && origin->algorithm == predecessor.algorithm &&
                                key.algorithm == successor.algorithm;
    if (is_same_change && !origin->is_compromised) turn_back(key, *origin, now);
    // ZSKs that a CSK replaced have no successor of their own.
    const bool is_orphan = key.role == KeyRole::kZsk && successor.role == KeyRole::kCsk &&
                           key.algorithm == predecessor.algorithm &&
                           key.visibility(KeyRecord::kZrrsig) != Visibility::kHidden;
    if (is_orphan && !key.is_compromised) key.goal = Goal::kOmnipresent;
  }
  if (!can_sign(ring, predecessor.algorithm, KeyRecord::kKrrsig) ||
      !can_sign(ring, predecessor.algorithm, KeyRecord::kZrrsig)) {
    return fail(Errc::kRefused, "the zone has not all keys of the old kind any more");
  }
  return ring;
}

std::vector<std::string> needs_of(const RingKey& key, const RingKey& predecessor) {
  std::vector<std::string> needs;
  if (predecessor.owns(KeyRecord::kDs) && !is_out(predecessor, KeyRecord::kDs) &&
      key.visibility(KeyRecord::kDs) != Visibility::kHidden) {
    needs.push_back(
        fmt::format("the DS of {} has to stand at the parent again", label(predecessor)));
  }
  if (is_out(key, KeyRecord::kDs)) {
    needs.push_back(fmt::format("the DS of {} has to go from the parent", label(key)));
  }
  if (!is_omnipresent(predecessor, KeyRecord::kDnskey)) {
    needs.push_back(fmt::format("{} is published again, and waits until it is in every cache",
                                label(predecessor)));
  }
  return needs;
}

bool can_replace(const KeyRing& ring, const RingKey& key, KeyRecord record) {
  return !key.owns(record) || std::ranges::any_of(ring.keys, [&](const RingKey& other) {
    return &other != &key && other.owns(record) && other.algorithm == key.algorithm &&
           is_in_service(ring, other);
  });
}

}  // namespace

Result<void> request_roll(Situation& situation, KeyRole role) {
  auto& ring = situation.ring;
  if (ring.going_insecure || situation.policy.is_unsigned) {
    return fail(Errc::kRefused, "the zone is on its way to be insecure",
                "danewerk key abort turns that back");
  }
  const auto* head = head_of(ring, role);
  if (head == nullptr) {
    return fail(Errc::kRefused, fmt::format("the zone has no {} to replace", to_text(role)));
  }
  if (std::ranges::count(ring.requests, role, &KeyRing::Request::role) != 0) {
    return fail(Errc::kRefused, "such a roll was asked for already",
                "danewerk status says what it waits for");
  }
  if (auto obstacle = under_way(ring, role); !obstacle.empty()) {
    return fail(Errc::kRefused, "a roll is under way: " + obstacle,
                "danewerk key abort turns it back");
  }
  ring.requests.push_back({role});
  return {};
}

Result<std::vector<std::string>> abort_roll(Situation& situation, KeyRole role) {
  auto& ring = situation.ring;
  if (ring.going_insecure) {
    ring.going_insecure = false;
    return std::vector<std::string>{
        "the zone stays signed; a DS that has gone from the parent has "
        "to be uploaded again"};
  }
  if (std::erase(ring.requests, KeyRing::Request{role}) != 0) return std::vector<std::string>{};
  auto* key = newest_successor(ring, role);
  if (key == nullptr) {
    return fail(Errc::kRefused, fmt::format("no roll of a {} can be turned back: its predecessor "
                                            "is not there any more",
                                            to_text(role)));
  }
  auto* predecessor = ring.find(key->predecessor);
  if (predecessor->is_compromised) {
    return fail(Errc::kRefused, label(*predecessor) + " is compromised and must not come back");
  }
  if (!suits(*predecessor, situation.policy)) {
    return fail(Errc::kRefused,
                fmt::format("the policy asks for another kind of key than {}: the roll would begin "
                            "again at once",
                            label(*predecessor)),
                "change the policy back first");
  }
  auto needs = needs_of(*key, *predecessor);
  if (!is_rebuild(*key, *predecessor)) {
    turn_back(*key, *predecessor, situation.now);
    return needs;
  }
  DW_TRY(ring, rebuilt_back(ring, *key, *predecessor, situation.now));
  return needs;
}

Result<void> retire(Situation& situation, std::string_view id) {
  auto& ring = situation.ring;
  auto* key = ring.find(id);
  if (key == nullptr) return fail(Errc::kBadInput, "the zone has no such key");
  if (key->goal == Goal::kHidden) return fail(Errc::kRefused, label(*key) + " is on its way out");
  const bool is_last = !key->is_standby && (!can_replace(ring, *key, KeyRecord::kKrrsig) ||
                                            !can_replace(ring, *key, KeyRecord::kZrrsig));
  if (is_last) {
    return fail(Errc::kRefused,
                fmt::format("without {} the zone has no chain of trust", label(*key)),
                "danewerk key roll replaces it");
  }
  key->goal = Goal::kHidden;
  return {};
}

Result<void> go_insecure(Situation& situation) {
  if (situation.ring.going_insecure || situation.policy.is_unsigned) {
    return fail(Errc::kRefused, "the zone is on its way to be insecure already");
  }
  situation.ring.requests.clear();
  situation.ring.going_insecure = true;
  return {};
}

}  // namespace danewerk::rollover
