#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/binding_context.h"
#include "engine/binding_imagine.h"
#include "engine/binding_simulation.h"
#include "engine/requests.h"
#include "rollover/binding_plan.h"
#include "rollover/binding_view.h"

namespace danewerk::engine {

namespace {

using rollover::BindingSituation;

constexpr std::uint32_t kUsualSpan = 90 * 24 * 3600;

Json events_json(const BindingForecast& forecast, const std::string& binding) {
  auto events = Json::array();
  for (const auto& event : forecast.events) {
    if (!event.binding.empty() && event.binding != binding) continue;
    Json one{{"at", to_text(event.at)}, {"kind", name_of(event.kind)}, {"what", event.what}};
    if (!event.rule.empty()) one["rule"] = event.rule;
    events.push_back(std::move(one));
  }
  return events;
}

std::optional<sys_seconds> served_at(const BindingForecast& forecast, const std::string& chain) {
  const auto found = std::ranges::find(forecast.events, chain, &BindingEvent::chain);
  return found == forecast.events.end() ? std::nullopt : std::optional(found->at);
}

/// The first certificate with another key than KEY.
std::optional<sys_seconds> replaced_at(const BindingForecast& forecast,
                                       const std::string& binding) {
  for (const auto& event : forecast.events) {
    if (event.kind == BindingEvent::Kind::kServed && event.binding == binding) return event.at;
  }
  return std::nullopt;
}

/// Owners that the binding shares with others move with them: all are looked at, and the events of
/// its own owners are told.
BindingsLook alone(const BindingsLook& look, const std::string& binding) {
  BindingsLook part{.owners = {}, .bindings = {}, .held = look.held};
  const auto take = [&](const std::string& owner) {
    if (look.owners.contains(owner)) part.owners.try_emplace(owner, look.owners.at(owner));
  };
  std::ranges::for_each(look.bindings.at(binding).owners, take);
  for (const auto& [name, bound] : look.bindings) {
    const bool shares = std::ranges::any_of(
        bound.owners, [&](const std::string& owner) { return part.owners.contains(owner); });
    if (!shares) continue;
    part.bindings.emplace(name, bound);
    std::ranges::for_each(bound.owners, take);
    std::ranges::for_each(bound.left, take);
  }
  return part;
}

Result<Json> plan_of(const Request& request, const BindingsLook& look, const std::string& name) {
  DW_TRY(const auto span, request.number("seconds", kUsualSpan));
  Json json{{"binding", name}};
  if (const auto situation = situation_of(request, look, name); !situation) {
    json["trouble"] = situation.error().message();
    return json;
  }
  const auto forecast =
      simulate(alone(look, name),
               {.now = request.now(), .until = request.now() + seconds(span), .binding = name});
  json["events"] = events_json(forecast, name);
  return json;
}

struct Imagined {
  std::string_view name;
  ImaginedChange change;
  std::string_view what;
};
constexpr std::array kImagined{
    Imagined{"renew", ImaginedChange::kNothing, "a renewal with the same key and issuer"},
    Imagined{"new-key", ImaginedChange::kKey, "a renewal with another key"},
    Imagined{"new-issuer", ImaginedChange::kIssuer,
             "a renewal from an issuer that nobody knows (imagined)"}};

/// Who would refuse a chain if it were served now.
Json risk_json(const model::Chain& chain, const BindingSituation& situation) {
  const auto verdict =
      rollover::gate(chain.satisfies, rollover::views_of(situation), rollover::GateKind::kStrict);
  if (!verdict.first) return {};
  const auto& blocked = *verdict.first;
  const auto& made = blocked.version.made;
  const auto which = made == sys_seconds{} ? std::string("from before") : "of " + to_text(made);
  const auto until = verdict.opens.at.value_or(situation.now + verdict.horizon);
  return {{"who", fmt::format("clients that hold the records {} at {} and go by {}", which,
                              blocked.owner, model::to_text(blocked.combination))},
          {"until", to_text(until)}};
}

Result<Json> what_if_renewed(const Request& request, const BindingsLook& look,
                             const Imagined& imagined) {
  DW_TRY(const auto* certificate, configured_binding(request));
  const auto& name = certificate->name;
  DW_TRY(auto situation, situation_of(request, look, name));
  const auto chain = imagine_chain(look.bindings.at(name), imagined.change, request.now());
  const auto answer = rollover::offer(situation, chain);
  const bool is_refused = answer.kind == rollover::Offer::Kind::kRefused;
  Json json{{"binding", name}, {"imagined", imagined.what}};
  DW_TRY(const auto span, request.number("seconds", kUsualSpan));
  const auto forecast = simulate(alone(look, name), {.now = request.now(),
                                                     .until = request.now() + seconds(span),
                                                     .binding = name,
                                                     .arriving = chain});
  const auto names = names_of_imagined(chain, look.bindings.at(name).state.binding.served);
  const auto served = served_at(forecast, chain.id);
  const bool is_at_once = served == request.now();
  json["verdict"] = is_refused ? "refused" : is_at_once ? "served" : "staged";
  json["served_at"] = served ? Json(to_text(*served)) : Json();
  json["at_risk"] = risk_json(chain, situation);
  json["waits"] = Json::array();
  if (is_refused) {
    json["waits"].push_back({{"reason", answer.reason}, {"rule", answer.rule}});
  } else {
    for (const auto& wait : rollover::decide(situation).waits) {
      if (wait.subject != rollover::name_of(chain)) continue;
      Json one{{"subject", renamed(wait.subject, names)},
               {"reason", renamed(wait.reason, names)},
               {"rule", wait.rule}};
      one["operator"] = wait.is_operators;
      json["waits"].push_back(std::move(one));
    }
  }
  json["events"] = events_json(forecast, name);
  return json;
}

Result<Json> what_if_stolen(const Request& request, const BindingsLook& look) {
  DW_TRY(const auto* certificate, configured_binding(request));
  const auto& name = certificate->name;
  DW_TRY(const auto situation, situation_of(request, look, name));
  DW_TRY(const auto span, request.number("seconds", kUsualSpan));
  const auto kind = model::EmergencyKind::kKeyStolen;
  Json json{{"binding", name}, {"imagined", "somebody else has the key"}};
  json["options"] = Json::array();
  for (const auto& option : rollover::emergency_options(situation, kind)) {
    auto after = situation;
    DW_TRY_VOID(rollover::begin_emergency(after, kind, option.choice, {}));
    auto changed = alone(look, name);
    changed.bindings.at(name).state.binding = std::move(after.binding);
    const auto forecast =
        simulate(std::move(changed),
                 {.now = request.now(), .until = request.now() + seconds(span), .binding = name});
    const auto replaced = replaced_at(forecast, name);
    Json one{{"choose", to_text(option.choice)},
             {"action", option.action},
             {"exposure", option.exposure}};
    one["replaced_at"] = replaced ? Json(to_text(*replaced)) : Json();
    one["events"] = events_json(forecast, name);
    json["options"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

Result<Json> tlsa_plan(const Request& request) {
  DW_TRY(const auto typed, request.optional_text("binding"));
  if (typed) DW_TRY_VOID(configured_binding(request));
  DW_TRY(const auto look, look_at_bindings(request));
  auto plans = Json::array();
  for (const auto& [name, bound] : look.bindings) {
    if (typed && *typed != name) continue;
    DW_TRY(auto plan, plan_of(request, look, name));
    plans.push_back(std::move(plan));
  }
  return Json{{"bindings", std::move(plans)}};
}

Result<Json> tlsa_what_if(const Request& request) {
  DW_TRY(const auto* certificate, configured_binding(request));
  DW_TRY(const auto what, request.text("what"));
  DW_TRY(const auto look, look_at_bindings(request));
  if (!look.bindings.at(certificate->name).state.binding.served) {
    return fail(Errc::kRefused, "the binding serves no certificate yet",
                "danewerk run serves the first one");
  }
  if (what == "stolen") return what_if_stolen(request, look);
  const auto found = std::ranges::find(kImagined, what, &Imagined::name);
  if (found != kImagined.end()) return what_if_renewed(request, look, *found);
  return fail(Errc::kBadInput,
              fmt::format("'{}' is none of renew, new-key, new-issuer, stolen", what));
}

}  // namespace danewerk::engine
