#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rollover/binding.h"
#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"

namespace danewerk::rollover {

namespace {

using model::BindingKeyUse;

/// The client's folder may have it still: it is not to come again from there.
template <class Predicate>
void turn_back(model::Binding& binding, Predicate is_unwanted) {
  std::erase_if(binding.staged, [&](const model::Chain& chain) {
    if (!is_unwanted(chain)) return false;
    binding.turned_back.insert(chain.id);
    return true;
  });
}

constexpr std::size_t kShownOfKey = 16;

std::string what_stays(const model::Binding& binding) {
  return binding.served ? fmt::format("; {} is served as before", name_of(*binding.served))
                        : std::string();
}

void take_over(model::Binding& binding, const model::RdataSet& records) {
  binding.adopted = model::together(std::move(binding.adopted), records);
  binding.dropped = model::without(binding.dropped, records);
}

/// The operator turned back from what is served still.
bool is_going_back(const model::Binding& binding) {
  return binding.served && binding.turned_back.contains(binding.served->id) &&
         !binding.staged.empty();
}

/// To what was served before, and not to what the operator turned back from himself.
Result<std::string> go_back(BindingSituation& situation) {
  auto& binding = situation.binding;
  if (binding.previous.empty()) {
    return fail(Errc::kRefused, "nothing that was served before can be served again",
                fmt::format("danewerk tlsa roll {} begins anew", binding.name));
  }
  const auto back = std::ranges::find_if(
      binding.previous.rbegin(), binding.previous.rend(), [&](const model::Chain& chain) {
        const bool is_served = binding.served && binding.served->id == chain.id;
        return !is_served && !binding.turned_back.contains(chain.id);
      });
  if (back == binding.previous.rend()) {
    return fail(
        Errc::kRefused,
        fmt::format("the way back was taken: what was served before, {}, is what was "
                    "turned back from",
                    name_of(binding.previous.back())),
        fmt::format("another certificate of that key in the client's folder goes on; danewerk "
                    "tlsa show {} says until when its record stays",
                    binding.name));
  }
  auto what = fmt::format("{} is to be served again", name_of(*back));
  if (binding.served) {
    what += fmt::format(" in place of {}", name_of(*binding.served));
    binding.turned_back.insert(binding.served->id);
  }
  binding.staged.push_back(*back);
  binding.staged.back().arrived = situation.now;
  return what;
}

}  // namespace

Result<void> request_tlsa_roll(BindingSituation& situation) {
  auto& binding = situation.binding;
  if (!binding.served) return fail(Errc::kRefused, "the binding has no key yet");
  if (wants_no_records(situation)) {
    return fail(Errc::kRefused, "the binding has no TLSA records: any key will do");
  }
  if (binding.is_roll_wanted) return fail(Errc::kRefused, "such a roll was asked for already");
  if (!binding.previous.empty()) {
    return fail(Errc::kRefused, "the last roll is not over: the way back is still open",
                fmt::format("danewerk tlsa show {} says until when", binding.name));
  }
  binding.is_roll_wanted = true;
  binding.turned_back.clear();
  return {};
}

Result<void> add_next_key(BindingSituation& situation, model::BindingKey key) {
  auto& binding = situation.binding;
  if (binding.served && binding.served->key == key.id) {
    return fail(Errc::kRefused, "that is the current key");
  }
  if (const auto* known = binding.key(key.id)) {
    if (known->use == BindingKeyUse::kNext) return {};
    if (known->use == BindingKeyUse::kCurrent) {
      return fail(Errc::kRefused, "that is the current key");
    }
    return fail(Errc::kRefused, known->use == BindingKeyUse::kRetired
                                    ? "that key was in use before and is retired"
                                    : "that key is compromised");
  }
  if (binding.key_of(BindingKeyUse::kNext) != nullptr) {
    return fail(Errc::kRefused, "there is a next key already",
                fmt::format("danewerk tlsa roll {} --abort lets go of it", binding.name));
  }
  key.use = BindingKeyUse::kNext;
  key.since = situation.now;
  binding.keys.push_back(std::move(key));
  return {};
}

Result<void> lose_next_key(BindingSituation& situation) {
  auto& binding = situation.binding;
  const auto* next = binding.key_of(BindingKeyUse::kNext);
  if (next == nullptr) return fail(Errc::kRefused, "there is no next key");
  const auto id = next->id;
  std::erase_if(binding.staged, [&](const model::Chain& chain) { return chain.key == id; });
  for (auto& key : binding.keys) {
    if (key.id == id) key.use = BindingKeyUse::kCompromised;
  }
  return {};
}

Result<std::string> abort_tlsa_roll(BindingSituation& situation) {
  auto& binding = situation.binding;
  if (const auto* next = binding.key_of(BindingKeyUse::kNext)) {
    const auto id = next->id;
    turn_back(binding, [&](const model::Chain& chain) { return chain.key == id; });
    std::erase_if(binding.keys, [&](const model::BindingKey& key) { return key.id == id; });
    binding.is_roll_wanted = false;
    return fmt::format("the next key {} is given up{}", id.substr(0, kShownOfKey),
                       what_stays(binding));
  }
  if (binding.is_roll_wanted) {
    binding.is_roll_wanted = false;
    return fmt::format("the roll is given up{}", what_stays(binding));
  }
  if (is_going_back(binding)) {
    return fail(Errc::kRefused,
                fmt::format("the way back is taken already: {} is to be served",
                            name_of(binding.staged.back())),
                fmt::format("danewerk tlsa show {} tells what it waits for", binding.name));
  }
  // A renewal with the present key is no roll, nor is the first certificate.
  const auto is_new = [&](const model::Chain& chain) {
    return binding.served && chain.key != binding.served->key;
  };
  if (const auto newest =
          std::ranges::find_if(binding.staged.rbegin(), binding.staged.rend(), is_new);
      newest != binding.staged.rend()) {
    auto what = fmt::format("{}, which waited, is given up", name_of(*newest));
    turn_back(binding, is_new);
    return what + what_stays(binding);
  }
  return go_back(situation);
}

Result<void> adopt(BindingSituation& situation) {
  if (!has_foreign(situation)) return fail(Errc::kRefused, "no owner has records of its author");
  for (auto& owner : situation.owners) {
    take_over(situation.binding, std::exchange(owner.view.owner.foreign, {}));
  }
  return {};
}

Result<std::vector<std::string>> adopt_unclaimed(BindingSituation& situation) {
  std::vector<std::string> done;
  for (auto& owner : situation.owners) {
    auto& elsewhere = owner.view.owner.elsewhere;
    if (!elsewhere) continue;
    const auto left = unclaimed(owner);
    take_over(situation.binding, left);
    for (const auto& rdata : left) {
      elsewhere->ours.insert(rdata);
      owner.neighbours.erase(rdata);
      done.push_back(
          fmt::format("{} at {} is ours now", model::label(rdata), owner.view.owner.name));
    }
  }
  if (!done.empty()) return done;
  return fail(Errc::kRefused, "every record at its owners is of a certificate here",
              fmt::format("danewerk tlsa show {} lists the records", situation.binding.name));
}

Result<void> drop_stale(BindingSituation& situation) {
  auto& binding = situation.binding;
  if (binding.adopted.empty()) {
    return fail(Errc::kRefused,
                "no adopted records are kept: what matches nothing is on its way "
                "out, if it is there still",
                fmt::format("danewerk tlsa show {} lists the records", binding.name));
  }
  bool is_any = false;
  for (const auto& owner : situation.owners) {
    const auto stale = stale_records(owner, situation);
    is_any |= !stale.empty();
    binding.adopted = model::without(binding.adopted, stale);
    binding.dropped = model::together(std::move(binding.dropped), stale);
  }
  if (!is_any)
    return fail(Errc::kRefused, "every adopted record that is kept matches something we know");
  return {};
}

Result<void> confirm_issuer(BindingSituation& situation) {
  auto& binding = situation.binding;
  model::RdataSet unknown;
  for (const auto& chain : binding.staged) {
    unknown = model::together(std::move(unknown), unvouched(chain, situation));
  }
  if (binding.served) {
    unknown = model::together(std::move(unknown), unvouched(*binding.served, situation));
  }
  if (unknown.empty()) return fail(Errc::kRefused, "every issuer is known");
  binding.confirmed_issuers = model::together(std::move(binding.confirmed_issuers), unknown);
  return {};
}

Result<void> stop_dane(BindingSituation& situation) {
  if (situation.binding.is_stopping) {
    return fail(Errc::kRefused, "the records are on their way out already");
  }
  situation.binding.is_stopping = true;
  situation.binding.is_roll_wanted = false;
  return {};
}

Result<void> resume_dane(BindingSituation& situation) {
  if (!situation.binding.is_stopping) return fail(Errc::kRefused, "the records are not stopped");
  situation.binding.is_stopping = false;
  return {};
}

}  // namespace danewerk::rollover
