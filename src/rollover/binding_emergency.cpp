#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "rollover/binding.h"
#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::BindingKeyUse;
using model::EmergencyChoice;
using model::EmergencyKind;
using model::RdataSet;

/// How long a withdrawn version is held at most, from now on.
seconds horizon_of(const BindingSituation& situation) {
  seconds longest{0};
  for (const auto& owner : situation.owners) longest = std::max(longest, owner.view.horizon);
  return longest;
}

/// R: until when a signature that was made over any of the versions can be shown again.
std::optional<sys_seconds> replay_end(const BindingSituation& situation) {
  std::optional<sys_seconds> last;  // none is earlier than any
  for (const auto& owner : situation.owners) {
    for (const auto& version : owner.view.owner.versions) {
      last = std::max(last, version.signed_until);
    }
  }
  return last;
}

/// Until when an attacker is believed when the records that help him go at AT.
sys_seconds believed_until(const BindingSituation& situation, sys_seconds at) {
  return std::max(at + horizon_of(situation), replay_end(situation).value_or(sys_seconds{}));
}

bool is_next_ready(const BindingSituation& situation) {
  const auto* next = situation.binding.key_of(BindingKeyUse::kNext);
  return next != nullptr && are_omnipresent(next->records, situation);
}

/// Some published record would accept a new certificate of the same issuer.
bool has_issuer_records(const BindingSituation& situation) {
  const auto& served = situation.binding.served;
  return served && std::ranges::any_of(served->satisfies, [&](const Bytes& rdata) {
           return model::combination_of(rdata).names_issuer() && are_published({rdata}, situation);
         });
}

std::string attack(std::optional<sys_seconds> until) {
  return until ? fmt::format("whoever has the key is believed until {}", to_text(*until))
               : "nobody else gains anything";
}

EmergencyOption by_next_key(const BindingSituation& situation, bool is_theft) {
  EmergencyOption option{.choice = EmergencyChoice::kNextKey,
                         .action = "serve the next key now, withdraw the old one, make another"};
  if (is_theft) option.attacker_until = believed_until(situation, situation.now);
  option.exposure = attack(option.attacker_until) + "; no client refuses us";
  return option;
}

EmergencyOption by_waiting(const BindingSituation& situation) {
  const auto aged = situation.now + horizon_of(situation);
  EmergencyOption option{.choice = EmergencyChoice::kAvailability,
                         .action = "announce a new key, serve the old one until all know it",
                         .attacker_until = believed_until(situation, aged)};
  option.exposure = attack(option.attacker_until) + "; no client refuses us";
  return option;
}

EmergencyOption by_swap(const BindingSituation& situation, bool is_theft) {
  const bool is_covered = has_issuer_records(situation);
  EmergencyOption option{.choice = EmergencyChoice::kSecurity,
                         .action = "serve a new key now, and withdraw all that matches the old"};
  if (is_theft) option.attacker_until = believed_until(situation, situation.now);
  option.outage = horizon_of(situation);
  const auto* who = is_covered ? "clients that go by the key's record alone"
                               : "clients that hold the old records";
  option.exposure = fmt::format("{}; {} refuse us for up to {}", attack(option.attacker_until), who,
                                to_text(option.outage));
  return option;
}

std::vector<EmergencyOption> for_theft(const BindingSituation& situation) {
  std::vector<EmergencyOption> options;
  if (is_next_ready(situation)) {
    options.push_back(by_next_key(situation, true));
    return options;
  }
  options.push_back(by_waiting(situation));
  options.push_back(by_swap(situation, true));
  return options;
}

std::vector<EmergencyOption> options_for(const BindingSituation& situation, EmergencyKind kind) {
  switch (kind) {
    case EmergencyKind::kKeyStolen:
      return for_theft(situation);
    case EmergencyKind::kKeyLost:
      if (is_next_ready(situation)) return {by_next_key(situation, false)};
      return {by_swap(situation, false)};
    case EmergencyKind::kIssuerCompromised:
      break;
  }
  EmergencyOption option{.choice = EmergencyChoice::kRecords,
                         .action = "withdraw the issuer's records; the key's own record stays",
                         .attacker_until = believed_until(situation, situation.now)};
  option.exposure = fmt::format(
      "certificates of that issuer are believed until {}; no client "
      "refuses us",
      to_text(*option.attacker_until));
  return {option};
}

/// As it is typed.
std::string_view option_of(EmergencyKind kind) {
  switch (kind) {
    case EmergencyKind::kKeyStolen:
      return "--stolen";
    case EmergencyKind::kKeyLost:
      return "--lost";
    case EmergencyKind::kIssuerCompromised:
      break;
  }
  return "--issuer FILE";
}

/// Present records of certificates that are not served: of those with the key that is served, and
/// of those that were let go of, for nobody can tell any more whose they are.
RdataSet other_certificates(const BindingSituation& situation, const model::Chain& served) {
  const auto& binding = situation.binding;
  RdataSet kept = binding.adopted;  // the author may mean to serve what it names
  const auto keep = [&](const model::Chain& chain) {
    kept = model::together(std::move(kept), chain.wanted);
    kept = model::together(std::move(kept), chain.satisfies);
  };
  keep(served);
  for (const auto* list : {&binding.staged, &binding.previous}) {
    for (const auto& chain : *list) {
      if (chain.key != served.key) keep(chain);
    }
  }
  RdataSet out;
  for (const auto& owner : situation.owners) {
    const auto ours = model::without(own_records(owner, situation), owner.neighbours);
    const auto left = model::without(ours, kept);
    std::ranges::copy_if(left, std::inserter(out, out.end()), [](const Bytes& rdata) {
      return model::combination_of(rdata).names_certificate();
    });
  }
  return out;
}

/// The key that is served is not to be used any more; SERVED goes on until another chain comes.
void compromise(BindingSituation& situation, const model::Chain& served, model::Emergency begun) {
  auto& binding = situation.binding;
  const auto& id = served.key;
  auto* key = binding.key(id);
  if (key == nullptr) key = &binding.keys.emplace_back(model::BindingKey{.id = id});
  key->use = BindingKeyUse::kCompromised;
  key->since = begun.since;
  key->is_stolen = begun.kind == EmergencyKind::kKeyStolen;
  if (key->is_stolen) {
    const auto others = other_certificates(situation, served);
    for (const auto& rdata : model::without(others, banned_records(binding))) {
      binding.banned.push_back({.rdata = rdata, .until = {}});
    }
  }
  const auto has_key = [&](const model::Chain& chain) { return chain.key == id; };
  // Who swaps at once accepts that some are refused.
  if (begun.choice != EmergencyChoice::kSecurity) {
    if (binding.emergency) begun.former = std::move(binding.emergency->former);
    std::ranges::copy_if(binding.previous, std::back_inserter(begun.former), has_key);
  }
  std::erase_if(binding.staged, has_key);
  std::erase_if(binding.previous, has_key);
  binding.emergency = std::move(begun);
}

/// The present records are longer on their way than they should be in caches.
bool are_servers_late(const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [&](const OwnerSituation& owner) {
    const auto& present = owner.view.owner.versions.back();
    return !present.everywhere && present.made + owner.view.horizon < situation.now;
  });
}

/// The bounds of all options are reckoned from a publication that works.
constexpr std::string_view kLateServers =
    "; all that counts from when every server has the new records, and some do not have those of "
    "now yet: see to the servers first";

/// What neighbours go by stays, and with it our own records of the kind: clients ask for it.
bool have_neighbours_issuers(const BindingSituation& situation) {
  return std::ranges::any_of(situation.owners, [](const OwnerSituation& owner) {
    return std::ranges::any_of(owner.neighbours, [](const Bytes& rdata) {
      return model::combination_of(rdata).names_issuer();
    });
  });
}

void tell_of_neighbours(const BindingSituation& situation, EmergencyKind kind,
                        EmergencyOption& option) {
  option.outage = std::max(option.outage, horizon_of(situation));
  option.exposure +=
      "; another binding has records at the same owner: until it has changed, too, clients that go "
      "by those may refuse us";
  const auto& served = situation.binding.served;
  if (!served || kind != EmergencyKind::kKeyStolen || !have_neighbours_issuers(situation)) return;
  const auto end = served->not_after;
  option.attacker_until = std::max(option.attacker_until.value_or(end), end);
  option.exposure += fmt::format(
      "; as long as it has records of issuers, ours stay beside them, and whoever has the key is "
      "believed until {}",
      to_text(end));
}

}  // namespace

std::vector<EmergencyOption> emergency_options(const BindingSituation& situation,
                                               EmergencyKind kind) {
  if (!situation.binding.served) return {};
  auto options = options_for(situation, kind);
  if (are_servers_late(situation)) {
    for (auto& option : options) option.exposure += kLateServers;
  }
  if (!is_shared(situation)) return options;
  for (auto& option : options) tell_of_neighbours(situation, kind, option);
  return options;
}

Result<void> begin_emergency(BindingSituation& situation, EmergencyKind kind,
                             EmergencyChoice choice, const RdataSet& banned) {
  auto& binding = situation.binding;
  const auto options = emergency_options(situation, kind);
  const auto chosen = std::ranges::find(options, choice, &EmergencyOption::choice);
  if (chosen == options.end()) {
    return fail(
        Errc::kRefused, fmt::format("{} is no way out of that now", to_text(choice)),
        fmt::format("danewerk tlsa emergency {} {} shows what is", binding.name, option_of(kind)));
  }
  if (kind == EmergencyKind::kIssuerCompromised) {
    if (banned.empty()) return fail(Errc::kBadInput, "no record names that issuer");
    for (const auto& rdata : banned) binding.banned.push_back({.rdata = rdata, .until = {}});
    binding.confirmed_issuers = model::without(binding.confirmed_issuers, banned);
    binding.is_exchange = true;
  } else {
    compromise(situation, *binding.served,
               {.kind = kind, .choice = choice, .since = situation.now, .former = {}});
  }
  binding.incidents.push_back(
      {.at = situation.now,
       .rule = std::string(ids::kTlsaCompromised),
       .what = fmt::format("{}: {}; {}", to_text(kind), chosen->action, chosen->exposure),
       .until = chosen->attacker_until});
  if (kind != EmergencyKind::kIssuerCompromised || !is_shared(situation)) return {};
  binding.incidents.push_back({.at = situation.now,
                               .rule = std::string(ids::kTlsaEmergency),
                               .what = "the emergency of a binding that shares an owner",
                               .until = situation.now + chosen->outage,
                               .is_open = true});
  return {};
}

}  // namespace danewerk::rollover
