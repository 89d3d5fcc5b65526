#include "engine/zone_wake.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/file_mark.h"
#include "engine/roll_in.h"
#include "engine/zone_look.h"
#include "engine/zone_source.h"
#include "observe/look.h"
#include "observe/tlsa_sight.h"
#include "rollover/ids.h"

namespace danewerk::engine {

namespace {

/// What a long gap held back is looked at again after it.
constexpr seconds kAskAgain = std::chrono::hours(1);

/// Where no parent is asked, only the operator knows of a DS, whoever changes it.
void tell_operator(std::vector<rollover::Wait>& waits) {
  for (auto& wait : waits) {
    const bool comes = wait.rule == rollover::ids::kDsUpload;
    if (!comes && wait.rule != rollover::ids::kDsRemoval) continue;
    wait.is_operators = true;
    wait.reason += comes ? "; when it is there, say so by danewerk key ds-seen"
                         : "; when it is gone, say so by danewerk key ds-gone";
  }
}

}  // namespace

bool is_due(const PassTask& task, const config::ZoneConfig& zone, const store::ZoneSummary* summary,
            std::string_view digest) {
  if (task.restored || summary == nullptr || summary->version == 0 || summary->has_findings)
    return true;
  if (!summary->is_published) return true;
  if (summary->wake && *summary->wake <= task.now) return true;
  if (summary->policy_digest != digest) return true;
  const auto seen_at = summary->last_pass.value_or(sys_seconds{});
  if (!zone.output.empty()) {
    const bool is_behind = summary->output_version != summary->version || !summary->output;
    if (is_behind || compare(*summary->output, seen_at) == Sameness::kChanged) return true;
  }
  return !summary->is_frozen && !are_same(zone, summary->source, seen_at);
}

void foresee(const PassTask& task, const config::ZoneConfig& zone, PreparedZone& prepared) {
  auto& state = prepared.state;
  auto decision = rollover::decide({.ring = state.ring,
                                    .facts = state.facts,
                                    .policy = task.config->policy_of(zone),
                                    .now = task.now,
                                    .next_version = state.version + 1,
                                    .step_released = state.is_step_released,
                                    .is_frozen = state.is_frozen});
  prepared.waits = std::move(decision.waits);
  auto who = who_is_there(zone);
  who.awaits_records = std::ranges::any_of(
      prepared.tlsa_owners,
      [&](const model::TlsaOwner& owner) { return observe::awaits_records(owner, state.facts); });
  if (!who.has_parents) tell_operator(prepared.waits);
  state.wake = prepared.signatures_due;
  const auto sooner = [&](sys_seconds at) {
    if (!state.wake || at < *state.wake) state.wake = at;
  };
  if (decision.wake) sooner(*decision.wake);
  if (prepared.services_wake) sooner(*prepared.services_wake);
  if (!decision.steps.empty() || !decision.wanted.empty()) sooner(task.now);
  if (!state.facts.held.empty()) sooner(task.now + kAskAgain);
  const auto share = roll_in(state.ring, task.config->policy_of(zone), state.facts, task.now);
  if (share.next) sooner(*share.next);
  if (who.has_secondaries || who.has_parents) {
    sooner(observe::wants_look(state, who, task.now).next);
  }
}

}  // namespace danewerk::engine
