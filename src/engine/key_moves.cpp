#include "engine/key_moves.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace danewerk::engine {

namespace {

/// decide() asks for keys, and is asked again when they are there; more rounds would be a circle.
constexpr int kRounds = 8;

std::string sentence(const rollover::Step& step, const model::KeyRing& ring) {
  const auto* key = ring.find(step.key);
  return fmt::format("{} of {}: {} -> {}: {}", to_text(step.record),
                     key != nullptr ? label(*key) : step.key, to_text(step.from), to_text(step.to),
                     step.reason);
}

/// Keys that nothing needs any more. Their files go out of sight before the state forgets them: one
/// that came back would be taken for a new key.
Result<void> forget(KeyMoves& moves, ZoneKeys& keys, NewKeys new_keys) {
  auto& ring = moves.decision.ring;
  for (const auto& id : moves.decision.purge) {
    if (new_keys == NewKeys::kMake) DW_TRY_VOID(keys.set_aside(id));
    std::erase_if(ring.keys, [&](const model::RingKey& key) { return key.id == id; });
    moves.notes.push_back(
        {fmt::format("key {} is forgotten; its files now end in .removed", id), {}});
  }
  return {};
}

Result<void> make_keys(KeyMoves& moves, ZoneKeys& keys, sys_seconds now) {
  auto& ring = moves.decision.ring;
  for (const auto& wanted : moves.decision.wanted) {
    DW_TRY(auto made, keys.take_or_make(wanted, ring, now));
    rollover::add_made_key(ring, wanted, std::move(made));
    moves.notes.push_back(
        {fmt::format("{} joins: {}", label(ring.keys.back()), wanted.reason), wanted.rule});
  }
  return {};
}

void foretell_keys(KeyMoves& moves) {
  for (const auto& wanted : moves.decision.wanted) {
    moves.notes.push_back({"a key would be made: " + wanted.reason, wanted.rule});
  }
  moves.is_unfinished = true;
}

void note_steps(KeyMoves& moves) {
  for (const auto& step : moves.decision.steps) {
    moves.notes.push_back({sentence(step, moves.decision.ring), step.rule});
    moves.steps.push_back(step);
  }
}

}  // namespace

Result<KeyMoves> move_keys(rollover::Situation situation, ZoneKeys& keys, NewKeys new_keys) {
  KeyMoves moves;
  for (int round = 0; round < kRounds; ++round) {
    moves.decision = rollover::decide(situation);
    note_steps(moves);
    DW_TRY_VOID(forget(moves, keys, new_keys));
    if (moves.decision.wanted.empty()) break;
    if (new_keys == NewKeys::kForetell) {
      foretell_keys(moves);
      break;
    }
    DW_TRY_VOID(make_keys(moves, keys, situation.now));
    situation.ring = moves.decision.ring;
  }
  return moves;
}

}  // namespace danewerk::engine
