#include "engine/request_context.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "engine/version_store.h"

namespace danewerk::engine {

namespace {

/// So many hexadecimal digits of an identity are enough to name a key.
constexpr std::size_t kFewestDigits = 6;
constexpr std::size_t kMostTagDigits = 5;

tl::unexpected<Error> is_no(const char* field, std::string_view what) {
  return fail(Errc::kBadInput, fmt::format("'{}' of the request is no {}", field, what));
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kMostTagDigits &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_named(const model::RingKey& key, std::string_view text) {
  if (is_tag(text)) return std::to_string(key.tag) == text;
  return text.size() >= kFewestDigits && key.id.starts_with(text);
}

std::string name_of(const model::KeyRing& ring, const std::string& id) {
  const auto* key = ring.find(id);
  return key == nullptr ? std::string("the zone") : label(*key);
}

}  // namespace

Result<std::optional<store::StateLock>> take_lock(const Request& request) {
  const auto& task = request.task();
  if (task.lock == RequestTask::Lock::kHeld) return std::optional<store::StateLock>{};
  const auto& folder = request.config().state;
  DW_TRY(auto lock, store::StateLock::take(folder, "danewerk", task.wait, task.now));
  if (lock) return lock;
  DW_TRY(const auto holder, store::StateLock::holder(folder));
  return fail(Errc::kUnavailable,
              holder ? fmt::format("{} (process {}) works on '{}' since {}", holder->what,
                                   holder->pid, folder.string(), to_text(holder->since))
                     : fmt::format("somebody else works on '{}'", folder.string()),
              "nothing was changed; try again when it is done");
}

Result<void> add_events(store::State::Transaction& transaction, const Request& request,
                        const std::string& zone, const std::vector<std::string>& events) {
  for (const auto& what : events) {
    DW_TRY_VOID(transaction.add_event(
        {.at = request.now(), .zone = zone, .who = request.task().who, .what = what}));
  }
  return {};
}

Result<std::string> Request::text(const char* field) const {
  DW_TRY(auto value, optional_text(field));
  if (value) return *std::move(value);
  return fail(Errc::kBadInput, fmt::format("the request has no '{}'", field));
}

Result<std::optional<std::string>> Request::optional_text(const char* field) const {
  const auto found = body_.find(field);
  if (found == body_.end() || found->is_null()) return std::optional<std::string>{};
  if (!found->is_string()) return is_no(field, "text");
  return std::optional(found->get<std::string>());
}

Result<std::uint32_t> Request::number(const char* field) const {
  const auto found = body_.find(field);
  if (found == body_.end()) {
    return fail(Errc::kBadInput, fmt::format("the request has no '{}'", field));
  }
  const bool is_whole = found->is_number_integer();
  const bool is_negative =
      is_whole && !found->is_number_unsigned() && found->get<std::int64_t>() < 0;
  if (!is_whole || is_negative || found->get<std::uint64_t>() > UINT32_MAX) {
    return is_no(field, "number below 2^32");
  }
  return found->get<std::uint32_t>();
}

Result<std::uint32_t> Request::number(const char* field, std::uint32_t otherwise) const {
  if (!body_.contains(field)) return otherwise;
  return number(field);
}

bool Request::is_set(const char* field) const {
  const auto found = body_.find(field);
  return found != body_.end() && found->is_boolean() && found->get<bool>();
}

Result<std::string> Request::zone() const {
  DW_TRY(const auto typed, text("zone"));
  DW_TRY(const auto name, dns::name_from_text(typed));
  return dns::to_canonical_text(name.view());
}

Result<const config::ZoneConfig*> Request::configured_zone() const {
  DW_TRY(const auto typed, text("zone"));
  return config::find_zone(config(), typed);
}

Result<std::optional<model::KeyRole>> Request::role() const {
  DW_TRY(const auto typed, optional_text("role"));
  if (!typed) return std::optional<model::KeyRole>{};
  auto role = model::role_from_text(*typed);
  if (role) return role;
  return fail(Errc::kBadInput, fmt::format("'{}' is none of ksk, zsk, csk", *typed));
}

Result<store::State> Request::open_state() const {
  return store::State::open(config().state, store::State::Access::kRead);
}

Result<model::ZoneState> Request::load_zone() const {
  DW_TRY(const auto name, zone());
  DW_TRY(const auto state, open_state());
  DW_TRY(auto loaded, state.load(name));
  if (loaded) return *std::move(loaded);
  return fail(Errc::kBadInput, fmt::format("nothing is known of {}", name),
              "danewerk run signs the zones of the configuration");
}

Result<ZoneKeys> Request::load_keys(std::string_view zone) const {
  DW_TRY(const auto apex, dns::name_from_text(zone));
  return ZoneKeys::load({config().keys, store::FolderKind::kOurs}, apex.view());
}

Result<Json> change_zone(const Request& request, const Edit& edit) {
  DW_TRY(const auto name, request.zone());
  DW_TRY(auto state, store::State::open(request.config().state, store::State::Access::kWrite));
  DW_TRY(const auto lock, take_lock(request));
  DW_TRY(auto loaded, state.load(name));
  if (!loaded) {
    return fail(Errc::kBadInput, fmt::format("nothing is known of {}", name),
                "danewerk run signs the zones of the configuration");
  }
  ZoneChange change{.state = *std::move(loaded)};
  DW_TRY(auto reply, edit(change));
  change.state.wake = request.now();
  DW_TRY(auto transaction, state.begin());
  DW_TRY_VOID(transaction.save(change.state));
  DW_TRY_VOID(add_events(transaction, request, name, change.events));
  DW_TRY_VOID(transaction.commit());
  return reply;
}

Result<Json> change_files(const Request& request, const std::string& zone, const Action& action) {
  DW_TRY(auto state, store::State::open(request.config().state, store::State::Access::kWrite));
  DW_TRY(const auto lock, take_lock(request));
  std::vector<std::string> events;
  DW_TRY(auto reply, action(events));
  DW_TRY(auto transaction, state.begin());
  DW_TRY_VOID(add_events(transaction, request, zone, events));
  DW_TRY_VOID(transaction.commit());
  return reply;
}

Result<void> forget_zone(const Request& request, std::string event) {
  DW_TRY(const auto name, request.zone());
  DW_TRY(auto state, store::State::open(request.config().state, store::State::Access::kWrite));
  DW_TRY(const auto lock, take_lock(request));
  DW_TRY(auto transaction, state.begin());
  DW_TRY_VOID(transaction.remove_zone(name));
  DW_TRY_VOID(add_events(transaction, request, name, {std::move(event)}));
  DW_TRY_VOID(transaction.commit());
  model::ZoneState nothing;
  nothing.name = name;
  drop_old_snapshots(request.config().state, nothing);
  return {};
}

rollover::Situation situation_of(const model::ZoneState& state, const model::Policy& policy,
                                 sys_seconds now) {
  return {.ring = state.ring,
          .facts = state.facts,
          .policy = policy,
          .now = now,
          .next_version = state.version + 1,
          .step_released = state.is_step_released,
          .is_frozen = state.is_frozen};
}

std::vector<std::string> foretell(const rollover::Situation& before,
                                  const rollover::Situation& after) {
  const auto old = rollover::decide(before);
  const auto fresh = rollover::decide(after);
  const auto is_known = [&](const rollover::Wait& wait) {
    return std::ranges::any_of(old.waits, [&](const rollover::Wait& other) {
      return other.key == wait.key && other.rule == wait.rule && other.record == wait.record;
    });
  };
  std::vector<std::string> notes;
  notes.reserve(fresh.steps.size() + fresh.wanted.size() + fresh.waits.size());
  for (const auto& step : fresh.steps) {
    notes.push_back(fmt::format("next pass: {} of {} becomes {}: {} [{}]", to_text(step.record),
                                name_of(fresh.ring, step.key), to_text(step.to), step.reason,
                                step.rule));
  }
  for (const auto& wanted : fresh.wanted) {
    notes.push_back(fmt::format("next pass: a new {} joins: {} [{}]", role_text(wanted.role),
                                wanted.reason, wanted.rule));
  }
  for (const auto& wait : fresh.waits) {
    if (is_known(wait)) continue;
    notes.push_back(fmt::format("waits: {}{} [{}]", wait.reason,
                                wait.until ? ", until " + to_text(*wait.until) : "", wait.rule));
  }
  return notes;
}

Result<const model::RingKey*> find_key(const model::KeyRing& ring, std::string_view text) {
  const auto lower = to_lower(text);
  const model::RingKey* found = nullptr;
  for (const auto& key : ring.keys) {
    if (!is_named(key, lower)) continue;
    if (found != nullptr) {
      return fail(Errc::kBadInput, fmt::format("'{}' names several keys", text),
                  "name it by the first digits of its identity, as danewerk key list prints it");
    }
    found = &key;
  }
  if (found != nullptr) return found;
  return fail(Errc::kBadInput, fmt::format("the zone has no key '{}'", text),
              "danewerk key list prints tags and identities");
}

Json done(const std::string& zone, std::string what, const std::vector<std::string>& notes) {
  Json reply{{"zone", zone}};
  reply["done"] = Json::array({std::move(what)});
  reply["notes"] = notes;
  return reply;
}

std::string role_text(model::KeyRole role) {
  return to_upper(to_text(role));
}

}  // namespace danewerk::engine
