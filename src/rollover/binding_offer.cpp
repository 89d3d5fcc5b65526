#include <algorithm>

#include <fmt/format.h>

#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::BindingKeyUse;
using model::BindingMode;
using model::Chain;

using Refusal = std::optional<Offer>;

Refusal refuse(std::string_view rule, std::string reason) {
  return Offer{.kind = Offer::Kind::kRefused, .rule = rule, .reason = std::move(reason)};
}

/// What was served before, while the way back is open.
bool is_way_back(const Chain& chain, const model::Binding& binding) {
  return binding.served && chain.key != binding.served->key &&
         std::ranges::find(binding.previous, chain.key, &Chain::key) != binding.previous.end();
}

Refusal judge_dates(const Chain& chain, const BindingSituation& situation) {
  const auto& served = situation.binding.served;
  if (chain.not_before > situation.now) {
    return refuse(ids::kTlsaDates,
                  fmt::format("it is valid from {} only", to_text(chain.not_before)));
  }
  if (chain.not_after <= situation.now) {
    return refuse(ids::kTlsaDates, fmt::format("it expired at {}", to_text(chain.not_after)));
  }
  const bool may_be_shorter = situation.binding.emergency || is_way_back(chain, situation.binding);
  if (served && chain.not_after < served->not_after && !may_be_shorter) {
    return refuse(ids::kTlsaOlder,
                  fmt::format("it ends at {}, the one that is served at {}",
                              to_text(chain.not_after), to_text(served->not_after)));
  }
  return {};
}

Refusal judge_content(const Chain& chain) {
  if (!std::ranges::includes(chain.satisfies, chain.wanted)) {
    const auto missing = model::without(chain.wanted, chain.satisfies);
    return refuse(ids::kTlsaIncomplete,
                  fmt::format("clients would not accept it by its own record {}: the anchor is not "
                              "in the chain, or a name not in the certificate",
                              model::label(*missing.begin())));
  }
  const auto names_issuer = [](const Bytes& rdata) {
    return model::combination_of(rdata).names_issuer();
  };
  if (chain.anchor_not_after && *chain.anchor_not_after < chain.not_after &&
      std::ranges::any_of(chain.wanted, names_issuer)) {
    return refuse(ids::kTlsaAnchorEnds, fmt::format("its anchor ends at {}, before it",
                                                    to_text(*chain.anchor_not_after)));
  }
  return {};
}

std::string days_left(const BindingSituation& situation) {
  if (!situation.binding.served) return {};
  const auto left = situation.binding.served->not_after - situation.now;
  return fmt::format("; the one that is served lasts {} more day(s)",
                     std::chrono::duration_cast<std::chrono::days>(left).count());
}

/// The way back is open longer than asked for, and only because of services that do not answer, or
/// not with TLS: a finding, and no reason to let what is served end.
bool is_open_for_silent_only(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  if (binding.confirmed || binding.is_untold || !binding.deployed) return false;
  const auto window = rollback_window(views_of(situation), situation.policy);
  if (situation.now < *binding.deployed + window) return false;
  return std::ranges::all_of(situation.endpoints, [&](const model::Endpoint& endpoint) {
    return endpoint.is_silent || endpoint.is_without_tls || presents_served(endpoint, binding);
  });
}

/// A key that is none of ours.
Refusal judge_unknown_key(const BindingSituation& situation) {
  const auto& binding = situation.binding;
  // In an emergency any new key is welcome, and the first one is the operator's choice.
  if (binding.emergency) return {};
  // A stolen key pins nothing: the one that comes after it is the first of a new line.
  const bool has_key = std::ranges::any_of(binding.keys, [](const model::BindingKey& key) {
    return key.use != BindingKeyUse::kCompromised;
  });
  if (situation.policy.is_key_pinned && (binding.served || has_key)) {
    return refuse(ids::kTlsaPinned, fmt::format("its key is neither the current nor the next one "
                                                "(pin-key){}",
                                                days_left(situation)));
  }
  if (!binding.served || situation.policy.mode == BindingMode::kAny) return {};
  // What services read from the client's folder is presented already: announced, it works again.
  if (!situation.policy.has_served_folder) return {};
  const bool is_way_back_open = !binding.previous.empty() && !is_open_for_silent_only(situation);
  const bool is_rolling = situation.policy.mode == BindingMode::kNext ||
                          binding.key_of(BindingKeyUse::kNext) != nullptr || is_way_back_open;
  if (!is_rolling) return {};
  return refuse(ids::kTlsaUnknownKey,
                fmt::format("its key is neither the current nor the next one, and a roll goes "
                            "on{}",
                            days_left(situation)));
}

Refusal judge_key(const Chain& chain, const BindingSituation& situation) {
  const auto& binding = situation.binding;
  const bool is_current = binding.served && chain.key == binding.served->key;
  if (is_current && !binding.is_compromised(chain.key)) return {};
  const auto* key = binding.key(chain.key);
  if (key == nullptr) return judge_unknown_key(situation);
  if (key->use == BindingKeyUse::kCompromised) {
    return refuse(ids::kTlsaRetiredKey, "its key is compromised");
  }
  if (key->use == BindingKeyUse::kNext || key->use == BindingKeyUse::kCurrent) return {};
  if (!is_way_back(chain, binding)) {
    return refuse(ids::kTlsaRetiredKey, "its key was in use before and is retired");
  }
  // What services read from the client's folder is served already.
  if (binding.confirmed || !situation.policy.has_served_folder) return {};
  return refuse(ids::kTlsaLiveCheck,
                "its key was just replaced, and not every endpoint presents the new one yet");
}

/// Whatever becomes of it: it is public (RFC 6962), and who stole its key can show it until it
/// ends.
void note_certificate(model::Binding& binding, const Chain& chain) {
  auto* key = binding.key(chain.key);
  if (key == nullptr) return;
  key->certified_until = std::max(key->certified_until, {chain.not_after});
  const bool is_replaced = !binding.served || binding.served->key != chain.key;
  if (!key->is_stolen || !is_replaced) return;
  binding.stolen_until = std::max(binding.stolen_until, {chain.not_after});
}

/// Nearer to the end of what is served than this, and in an emergency, the first chain that came
/// stays, too: a client that brings a new key every hour would put off the change for ever. Rather
/// one that waits for nobody's word: another may never be served.
constexpr std::chrono::days kNearEnd{7};

/// One chain a key; of those with a key that nobody announced only the newest.
void stage(BindingSituation& situation, Chain chain) {
  auto& binding = situation.binding;
  const auto is_known = [&](const Chain& other) {
    const auto* key = binding.key(other.key);
    return key != nullptr &&
           (key->use == BindingKeyUse::kNext || key->use == BindingKeyUse::kCurrent);
  };
  auto& staged = binding.staged;
  std::erase_if(staged, [&](const Chain& other) { return other.key == chain.key; });
  if (!is_known(chain)) {
    const auto& served = binding.served;
    const bool is_urgent =
        served && (binding.emergency || served->not_after - chain.arrived < kNearEnd);
    auto first = std::ranges::find_if(staged, [&](const Chain& other) {
      return !is_known(other) && !awaited_word(other, situation);
    });
    if (first == staged.end()) first = std::ranges::find_if_not(staged, is_known);
    const bool stays = is_urgent && first != staged.end() &&
                       (binding.emergency || first->not_after > served->not_after);
    const auto id = stays ? first->id : std::string();
    std::erase_if(staged, [&](const Chain& other) { return !is_known(other) && other.id != id; });
  }
  staged.push_back(std::move(chain));
}

}  // namespace

Offer offer(BindingSituation& situation, Chain chain) {
  auto& binding = situation.binding;
  note_certificate(binding, chain);
  if (binding.served && binding.served->id == chain.id) {
    return {.kind = Offer::Kind::kNothing, .rule = {}, .reason = "it is served already"};
  }
  const bool is_staged =
      std::ranges::find(binding.staged, chain.id, &Chain::id) != binding.staged.end();
  if (is_staged) return {.kind = Offer::Kind::kStaged, .rule = {}, .reason = "it waits already"};
  if (binding.turned_back.contains(chain.id)) {
    return {.kind = Offer::Kind::kNothing,
            .rule = ids::kTlsaTurnedBack,
            .reason = fmt::format(
                "it was turned back from; another one, or `danewerk tlsa roll {}`, goes on",
                binding.name)};
  }
  if (auto refused = judge_key(chain, situation)) return *std::move(refused);
  if (auto refused = judge_dates(chain, situation)) return *std::move(refused);
  if (auto refused = judge_content(chain)) return *std::move(refused);
  chain.arrived = situation.now;
  Offer out{.kind = Offer::Kind::kStaged, .rule = ids::kTlsaDeploy, .reason = name_of(chain)};
  const bool is_surprise = binding.served && chain.key != binding.served->key &&
                           binding.key(chain.key) == nullptr &&
                           situation.policy.mode != BindingMode::kAny;
  if (is_surprise) {
    out.rule = ids::kTlsaKeyChanged;
    out.reason += ": the client changes the key at renewal; make it keep the key";
  }
  stage(situation, std::move(chain));
  // What can still be served again is not to come by a second way back.
  std::erase_if(binding.turned_back, [&](const std::string& id) {
    return std::ranges::find(binding.previous, id, &Chain::id) == binding.previous.end();
  });
  return out;
}

}  // namespace danewerk::rollover
