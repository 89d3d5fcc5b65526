#include <algorithm>

#include <fmt/format.h>

#include "crypto/certificate_request.h"
#include "engine/binding_context.h"
#include "engine/binding_keys.h"
#include "engine/requests.h"
#include "rollover/binding_view.h"

namespace danewerk::engine {

namespace {

using model::BindingKeyUse;

struct ChosenKey {
  std::string id{};
  bool is_next = false;
};

Result<ChosenKey> key_of(const Request& request, const model::BindingState& state) {
  DW_TRY(const auto typed, request.optional_text("key"));
  const auto name = typed.value_or("current");
  const auto& binding = state.binding;
  if (name == "current") {
    if (binding.served) return ChosenKey{.id = binding.served->key};
    return fail(Errc::kRefused, "the binding serves no certificate yet");
  }
  if (name != "next") {
    return fail(Errc::kBadInput, fmt::format("'{}' is neither current nor next", name));
  }
  const auto* next = binding.key_of(BindingKeyUse::kNext);
  if (next != nullptr) return ChosenKey{.id = next->id, .is_next = true};
  return fail(Errc::kRefused, "there is no next key",
              fmt::format("danewerk tlsa next-key {} makes one", binding.name));
}

/// A certificate that is there too early may be served too early, by somebody else.
std::vector<std::string> warnings(const rollover::BindingSituation& situation) {
  const auto* next = situation.binding.key_of(BindingKeyUse::kNext);
  if (rollover::are_omnipresent(next->records, situation)) return {};
  const auto& emergency = situation.binding.emergency;
  if (emergency && emergency->choice == model::EmergencyChoice::kSecurity) {
    return {
        "not every cache has the record of this key yet: a certificate for it is served at once "
        "all the same, as you chose in the emergency"};
  }
  sys_seconds ready{};
  for (const auto& owner : situation.owners) {
    const auto& view = owner.view;
    for (std::size_t i = 0; i < view.owner.versions.size(); ++i) {
      if (std::ranges::includes(view.owner.versions[i].records, next->records)) continue;
      ready = std::max(ready, view.ends.at(i).at.value_or(situation.now + view.horizon));
    }
  }
  return {
      fmt::format("not every cache has the record of this key yet: a certificate for it waits, "
                  "until about {}",
                  to_text(ready))};
}

}  // namespace

Result<Json> tlsa_csr(const Request& request) {
  DW_TRY(const auto* certificate, configured_binding(request));
  DW_TRY(const auto look, look_at_bindings(request));
  DW_TRY(const auto situation, situation_of(request, look, certificate->name));
  const auto& state = look.bindings.at(certificate->name).state;
  DW_TRY(const auto key, key_of(request, state));
  DW_TRY(const auto pem, private_half(request.config(), *certificate, key.id));
  if (!pem) {
    return fail(Errc::kRefused,
                fmt::format("the private half of key {} is not here", key.id.substr(0, 16)),
                "make the request where it is");
  }
  const auto names = certificate_names(*certificate, state);
  DW_TRY(auto text, crypto::make_request(pem->view(), names));
  Json reply{{"binding", certificate->name}, {"key", key.id}, {"names", names}};
  reply["csr"] = std::move(text);
  reply["notes"] = key.is_next ? warnings(situation) : std::vector<std::string>();
  return reply;
}

}  // namespace danewerk::engine
