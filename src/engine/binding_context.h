#pragma once

/// \file
/// What the answers to requests about bindings have in common. Private to this folder.
/// Thread-compatible.

#include <functional>
#include <string>
#include <vector>

#include "engine/binding_look.h"
#include "engine/request_context.h"

namespace danewerk::engine {

/// "binding" of the request, which the configuration has; kBadInput when it has not.
Result<const config::Certificate*> configured_binding(const Request& request);

/// All bindings as they are remembered, without the lock.
Result<BindingsLook> look_at_bindings(const Request& request);
/// What the rules are asked about one of them. kUnavailable when nothing can be decided.
Result<rollover::BindingSituation> situation_of(const Request& request, const BindingsLook& look,
                                                const std::string& binding);

/// A change of what is remembered of a binding, before it is committed.
struct BindingChange {
  const config::Certificate* config = nullptr;
  model::BindingState state{};             ///< `binding` apart
  rollover::BindingSituation situation{};  ///< what the rules are asked, and change
  std::vector<std::string> events{};       ///< for the audit log, each a sentence
};

/// Takes the lock, lets EDIT change what is remembered, and saves it with its events; then the next
/// pass looks at the zones at once. Nothing is saved when EDIT fails. Notes of what follows are
/// added to the reply.
using BindingEdit = std::function<Result<Json>(BindingChange&)>;
Result<Json> change_binding(const Request& request, const BindingEdit& edit);

/// What is decided, without the wait for a key that the next pass makes by itself.
rollover::BindingDecision decide_for(const config::Certificate& certificate,
                                     const rollover::BindingSituation& situation);

/// What follows from AFTER that did not from BEFORE; each a sentence.
std::vector<std::string> foretell(const config::Certificate& certificate,
                                  const rollover::BindingSituation& before,
                                  const rollover::BindingSituation& after);

/// {"binding", "done": [DONE], "notes": NOTES}; DONE is an event of the change as well.
Json done(BindingChange& change, std::string what, const std::vector<std::string>& notes = {});

}  // namespace danewerk::engine
