#pragma once

/// \file
/// What the rollover engine decides for a zone in one pass, with the keys made that it asks for. No
/// state.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/zone_keys.h"
#include "rollover/rollover.h"

namespace danewerk::engine {

struct KeyMoves {
  rollover::Decision decision{};        ///< the last one; its ring has the keys that were made
  std::vector<rollover::Step> steps{};  ///< of all rounds
  /// What happened, for the audit log: a sentence and the rule that allowed it.
  struct Note {
    std::string what;
    std::string_view rule;
  };
  std::vector<Note> notes{};
  /// No key may be made, and one is needed: what follows from it cannot be said.
  bool is_unfinished = false;
};

enum class NewKeys : std::uint8_t { kMake, kForetell };

/// Fails when a key cannot be made.
Result<KeyMoves> move_keys(rollover::Situation situation, ZoneKeys& keys, NewKeys new_keys);

}  // namespace danewerk::engine
