#pragma once

/// \file
/// What the answers to requests have in common: reading a request, and changing what is remembered
/// of a zone in one transaction. Private to this folder. Thread-compatible.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "engine/request.h"
#include "engine/zone_keys.h"
#include "model/zone_state.h"
#include "rollover/rollover.h"
#include "store/state.h"
#include "store/state_lock.h"

namespace danewerk::engine {

using Json = nlohmann::ordered_json;

/// A request, and for whom it is answered. Refers to both: do not keep it.
class Request {
 public:
  Request(const RequestTask& task, const Json& body) : task_(task), body_(body) {}

  [[nodiscard]] const config::Config& config() const { return *task_.config; }
  [[nodiscard]] const RequestTask& task() const { return task_; }
  [[nodiscard]] sys_seconds now() const { return task_.now; }

  /// Fields of the request; kBadInput when one is missing, or of another type.
  [[nodiscard]] Result<std::string> text(const char* field) const;
  [[nodiscard]] Result<std::optional<std::string>> optional_text(const char* field) const;
  [[nodiscard]] Result<std::uint32_t> number(const char* field) const;
  /// OTHERWISE when it is missing.
  [[nodiscard]] Result<std::uint32_t> number(const char* field, std::uint32_t otherwise) const;
  /// False when it is missing.
  [[nodiscard]] bool is_set(const char* field) const;

  /// "zone" as a canonical name, whether or not the configuration has it.
  [[nodiscard]] Result<std::string> zone() const;
  /// The same, of the configuration; kBadInput when it is not there.
  [[nodiscard]] Result<const config::ZoneConfig*> configured_zone() const;
  /// "role"; nothing when it is missing.
  [[nodiscard]] Result<std::optional<model::KeyRole>> role() const;

  [[nodiscard]] Result<store::State> open_state() const;
  /// The zone as it is remembered; kBadInput when it never was.
  [[nodiscard]] Result<model::ZoneState> load_zone() const;
  [[nodiscard]] Result<ZoneKeys> load_keys(std::string_view zone) const;

 private:
  const RequestTask& task_;
  const Json& body_;
};

/// The lock of the state folder, unless the caller holds it. kUnavailable when somebody else does
/// for longer than the request waits.
Result<std::optional<store::StateLock>> take_lock(const Request& request);
/// For the audit log, in the name of who asks. \param zone  empty: about none.
Result<void> add_events(store::State::Transaction& transaction, const Request& request,
                        const std::string& zone, const std::vector<std::string>& events);

/// A change of what is remembered of a zone, before it is committed.
struct ZoneChange {
  model::ZoneState state;
  std::vector<std::string> events{};  ///< for the audit log, each a sentence
};

/// Takes the lock, lets EDIT change what is remembered of the zone, and saves it with its events;
/// then the next pass looks at the zone at once. Nothing is saved when EDIT fails.
using Edit = std::function<Result<Json>(ZoneChange&)>;
Result<Json> change_zone(const Request& request, const Edit& edit);

/// The lock for what changes no zone's state, such as key files; events go to the audit log.
using Action = std::function<Result<Json>(std::vector<std::string>& events)>;
Result<Json> change_files(const Request& request, const std::string& zone, const Action& action);

/// Forgets a zone and its versions, under the lock; an event stays.
Result<void> forget_zone(const Request& request, std::string event);

/// What the rollover engine is asked about a zone.
rollover::Situation situation_of(const model::ZoneState& state, const model::Policy& policy,
                                 sys_seconds now);

/// What AFTER leads to that BEFORE did not: steps of the next pass, keys that it makes, waits; each
/// a sentence.
std::vector<std::string> foretell(const rollover::Situation& before,
                                  const rollover::Situation& after);

/// The key that the operator names by its tag or the first digits of its identity. kBadInput when
/// there is none, or more than one.
Result<const model::RingKey*> find_key(const model::KeyRing& ring, std::string_view text);

/// {"zone", "done": [DONE], "notes": NOTES}.
Json done(const std::string& zone, std::string what, const std::vector<std::string>& notes = {});

/// "KSK", "ZSK", "CSK".
std::string role_text(model::KeyRole role);

}  // namespace danewerk::engine
