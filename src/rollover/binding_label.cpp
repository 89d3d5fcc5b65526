#include <algorithm>

#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"

namespace danewerk::rollover {

namespace {

using model::BindingKeyUse;
using model::RdataSet;

/// What is announced for keys and issuers that are not served yet.
RdataSet announced(const BindingSituation& situation) {
  RdataSet out;
  const auto& binding = situation.binding;
  if (const auto* next = binding.key_of(BindingKeyUse::kNext)) out = next->records;
  for (const auto& chain : binding.staged) {
    out = model::together(std::move(out), needs_of(chain, binding));
  }
  return binding.served ? model::without(out, needs_of(*binding.served, binding)) : out;
}

bool is_rolling(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  const bool is_next_wanted =
      binding.is_roll_wanted || situation.policy.mode == model::BindingMode::kNext;
  return binding.key_of(BindingKeyUse::kNext) != nullptr || is_next_wanted ||
         !announced(situation).empty();
}

BindingLabel label_of_roll(const BindingSituation& situation) {
  const auto coming = announced(situation);
  const bool is_known = situation.binding.key_of(BindingKeyUse::kNext) != nullptr ||
                        !situation.binding.staged.empty();
  if (!is_known || !are_published(coming, situation)) return BindingLabel::kPrepare;
  if (are_omnipresent(coming, situation)) return BindingLabel::kReady;
  return is_everywhere(situation) ? BindingLabel::kAging : BindingLabel::kPublished;
}

/// Records are withdrawn in a version that some server has not got yet.
bool is_withdrawing(const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [](const OwnerSituation& owner) {
    const auto& versions = owner.view.owner.versions;
    return !versions.back().everywhere &&
           std::ranges::any_of(versions, [&](const model::TlsaVersion& version) {
             return !std::ranges::includes(versions.back().records, version.records);
           });
  });
}

}  // namespace

BindingLabel label_of(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  if (has_foreign(situation) || !situation.held.empty()) return BindingLabel::kHold;
  if (binding.is_stopping) {
    return has_records(situation) ? BindingLabel::kStopping : BindingLabel::kOff;
  }
  if (!binding.served || !has_records(situation)) return BindingLabel::kInit;
  const bool is_new = !binding.previous.empty() || binding.is_exchange;
  if (is_new && !binding.confirmed) return BindingLabel::kLiveCheck;
  if (!binding.previous.empty()) return BindingLabel::kSettle;
  if (is_rolling(situation)) return label_of_roll(situation);
  return is_withdrawing(situation) ? BindingLabel::kRetired : BindingLabel::kStable;
}

std::string_view name_of(BindingLabel label) {
  switch (label) {
    case BindingLabel::kInit:
      return "init";
    case BindingLabel::kStable:
      return "stable";
    case BindingLabel::kPrepare:
      return "prepare";
    case BindingLabel::kPublished:
      return "published";
    case BindingLabel::kAging:
      return "aging";
    case BindingLabel::kReady:
      return "ready";
    case BindingLabel::kLiveCheck:
      return "live-check";
    case BindingLabel::kSettle:
      return "settle";
    case BindingLabel::kRetired:
      return "retired";
    case BindingLabel::kHold:
      return "hold";
    case BindingLabel::kStopping:
      return "stopping";
    case BindingLabel::kOff:
      break;
  }
  return "off";
}

}  // namespace danewerk::rollover
