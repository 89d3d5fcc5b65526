#include "engine/binding_context.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rollover/binding_plan.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::engine {

namespace {

using rollover::BindingSituation;
using rollover::BindingWait;

std::string first_error(const Findings& findings) {
  const auto& all = findings.list();
  const auto found = std::ranges::find(all, Level::kError, &Finding::level);
  return found == all.end() ? std::string("nothing is known of it") : found->message;
}

/// Records of the author, or of nobody here, may have been adopted.
Result<void> save_owners(store::State::Transaction& transaction, const BindingsLook& look,
                         const BindingSituation& situation) {
  for (const auto& changed : situation.owners) {
    const auto& owner = changed.view.owner;
    const auto& known = look.owners.at(owner.name);
    const auto& before = known.view.owner;
    if (before.foreign == owner.foreign && before.elsewhere == owner.elsewhere) continue;
    const auto zone = known.zone == nullptr ? std::string() : known.zone->name;
    DW_TRY_VOID(transaction.save_tlsa_owner(zone, owner));
  }
  return {};
}

/// Who sleeps until a zone is due wakes up.
Result<void> wake_zones(const store::State& state, store::State::Transaction& transaction,
                        const BindingsLook& look, const BindingSituation& situation) {
  std::vector<std::string> names;
  for (const auto& owner : situation.owners) {
    const auto* zone = look.owners.at(owner.view.owner.name).zone;
    if (zone != nullptr && std::ranges::find(names, zone->name) == names.end()) {
      names.push_back(zone->name);
    }
  }
  for (const auto& name : names) {
    DW_TRY(auto zone, state.load(name));
    if (!zone) continue;
    zone->wake = situation.now;
    DW_TRY_VOID(transaction.save(*zone));
  }
  return {};
}

std::string sentence(const BindingWait& wait) {
  const auto until = wait.until ? wait.until : wait.expected;
  const bool is_named = wait.subject.find(' ') != std::string::npos;
  return fmt::format("{}: {}{}{} [{}]", wait.is_operators ? "yours" : "waits",
                     is_named ? wait.subject + ": " : std::string(), wait.reason,
                     until ? ", until about " + to_text(*until) : "", wait.rule);
}

/// Of a chain that is to be served.
std::string chain_name(const model::Binding& binding, const std::string& id) {
  for (const auto* list : {&binding.staged, &binding.previous}) {
    const auto found = std::ranges::find(*list, id, &model::Chain::id);
    if (found != list->end()) return rollover::name_of(*found);
  }
  return "what is to be served";
}

void add_notes(Json& reply, const std::vector<std::string>& notes) {
  for (const auto& note : notes) reply["notes"].push_back(note);
}

}  // namespace

Result<const config::Certificate*> configured_binding(const Request& request) {
  DW_TRY(const auto name, request.text("binding"));
  const auto& all = request.config().certificates;
  const auto found = all.find(name);
  if (found != all.end()) return &found->second;
  return fail(Errc::kBadInput,
              fmt::format("'{}' is no certificate of {}", name, request.config().file.string()),
              "danewerk tlsa list prints their names");
}

Result<BindingsLook> look_at_bindings(const Request& request) {
  DW_TRY(auto state, request.open_state());
  return look_at_bindings(request.config(), state, request.now());
}

Result<BindingSituation> situation_of(const Request& request, const BindingsLook& look,
                                      const std::string& binding) {
  const auto found = look.bindings.find(binding);
  DW_CHECK(found != look.bindings.end(), "a binding of the configuration");
  if (!found->second.has_failed) return situation_of(look, binding, request.now());
  return fail(Errc::kUnavailable,
              fmt::format("nothing can be decided of certificate '{}': {}", binding,
                          first_error(found->second.findings)),
              "danewerk run says more");
}

Result<Json> change_binding(const Request& request, const BindingEdit& edit) {
  DW_TRY(const auto* config, configured_binding(request));
  DW_TRY(auto state, store::State::open(request.config().state, store::State::Access::kWrite));
  DW_TRY(const auto lock, take_lock(request));
  DW_TRY(const auto look, look_at_bindings(request.config(), state, request.now()));
  DW_TRY(const auto before, situation_of(request, look, config->name));
  BindingChange change{
      .config = config, .state = look.bindings.at(config->name).state, .situation = before};
  DW_TRY(auto reply, edit(change));
  add_notes(reply, foretell(*config, before, change.situation));
  change.state.binding = change.situation.binding;
  change.state.wake = request.now();
  for (auto& event : change.events) event = fmt::format("certificate {}: {}", config->name, event);
  DW_TRY(auto transaction, state.begin());
  DW_TRY_VOID(transaction.save_binding(change.state));
  DW_TRY_VOID(save_owners(transaction, look, change.situation));
  DW_TRY_VOID(wake_zones(state, transaction, look, change.situation));
  DW_TRY_VOID(add_events(transaction, request, "", change.events));
  DW_TRY_VOID(transaction.commit());
  return reply;
}

rollover::BindingDecision decide_for(const config::Certificate& certificate,
                                     const BindingSituation& situation) {
  auto decision = rollover::decide(situation);
  if (!certificate.makes_next_key()) return decision;
  std::erase_if(decision.waits,
                [](const BindingWait& wait) { return wait.rule == rollover::ids::kTlsaNextKey; });
  return decision;
}

std::vector<std::string> foretell(const config::Certificate& certificate,
                                  const BindingSituation& before, const BindingSituation& after) {
  const auto old = decide_for(certificate, before);
  const auto fresh = decide_for(certificate, after);
  std::vector<std::string> notes;
  if (fresh.deploy && !old.deploy) {
    notes.push_back(fmt::format("next pass: {} is served [{}]",
                                chain_name(after.binding, fresh.deploy->chain),
                                fresh.deploy->rule));
  }
  if (fresh.wants_next_key && !old.wants_next_key && certificate.makes_next_key()) {
    notes.push_back(fmt::format("next pass: a next key is made [{}]", rollover::ids::kTlsaNextKey));
  }
  for (const auto& step : fresh.steps) {
    const bool is_known = std::ranges::any_of(
        old.steps, [&](const rollover::BindingStep& other) { return other.what == step.what; });
    if (!is_known) notes.push_back(fmt::format("next pass: {} [{}]", step.what, step.rule));
  }
  for (const auto& wait : fresh.waits) {
    const bool is_known = std::ranges::any_of(old.waits, [&](const BindingWait& other) {
      return other.subject == wait.subject && other.rule == wait.rule;
    });
    if (!is_known) notes.push_back(sentence(wait));
  }
  return notes;
}

Json done(BindingChange& change, std::string what, const std::vector<std::string>& notes) {
  Json reply{{"binding", change.config->name}};
  change.events.push_back(what);
  reply["done"] = Json::array({std::move(what)});
  reply["notes"] = notes;
  return reply;
}

}  // namespace danewerk::engine
