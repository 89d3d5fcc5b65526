#pragma once

/// \file
/// Which keys a zone needs and when one makes room for the next: lifetimes, policy changes,
/// requests, emergencies, keys in reserve. Changes goals only; how records follow, the methods say.

#include <vector>

#include "rollover/moment.h"
#include "rollover/rollover.h"

namespace danewerk::rollover {

struct KeyPlan {
  model::KeyRing ring;  ///< with new goals
  std::vector<WantedKey> wanted;
  std::vector<Wait> waits;
  std::vector<sys_seconds> dates;  ///< when to plan again
};

KeyPlan plan_keys(const model::KeyRing& ring, const Outside& outside);

/// What of a role's keys is still on the move, as a sentence; empty: nothing.
std::string under_way(const model::KeyRing& ring, model::KeyRole role);
/// The key that a roll of that role would replace. Null: none.
const model::RingKey* head_of(const model::KeyRing& ring, model::KeyRole role);

/// The policy has a place for such a key, and nothing against its algorithm and size.
bool suits(const model::RingKey& key, const model::Policy& policy);

/// After so long a KSK roll that still goes on does not hold back ZSK rolls any more.
inline constexpr seconds kLongRoll = std::chrono::days(7);

}  // namespace danewerk::rollover
