#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/requests.h"

namespace danewerk::engine {

namespace {

using model::KeyRecord;
using model::KeyRole;
using model::Visibility;

/// Lets the rollover engine judge a change of goals, and tells what follows from it.
Result<Json> change_goals(
    const Request& request, const std::string& what,
    const std::function<Result<std::vector<std::string>>(rollover::Situation&)>& change_them) {
  DW_TRY(const auto* zone, request.configured_zone());
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    const auto before =
        situation_of(change.state, request.config().policy_of(*zone), request.now());
    auto after = before;
    DW_TRY(auto notes, change_them(after));
    std::ranges::move(foretell(before, after), std::back_inserter(notes));
    change.state.ring = after.ring;
    change.events.push_back(what);
    return done(zone->name, what, notes);
  });
}

Result<std::optional<model::KskRoll>> method_of(const Request& request) {
  DW_TRY(const auto typed, request.optional_text("method"));
  if (!typed) return std::optional<model::KskRoll>{};
  if (*typed == "double-ksk") return std::optional(model::KskRoll::kDoubleKsk);
  if (*typed == "double-ds") return std::optional(model::KskRoll::kDoubleDs);
  return fail(Errc::kBadInput, fmt::format("'{}' is neither double-ksk nor double-ds", *typed));
}

/// The role that is meant when the zone has only one in which something is on the move.
Result<KeyRole> role_or_only(const Request& request, const model::KeyRing& ring) {
  DW_TRY(const auto typed, request.role());
  if (typed) return *typed;
  std::vector<KeyRole> roles;
  const auto add = [&](KeyRole role) {
    if (std::ranges::count(roles, role) == 0) roles.push_back(role);
  };
  for (const auto& asked : ring.requests) add(asked.role);
  for (const auto& key : ring.keys) {
    const auto* old = ring.find(key.predecessor);
    if (old != nullptr && !old->is_gone() && key.goal == model::Goal::kOmnipresent) add(key.role);
  }
  if (roles.size() == 1 || (ring.going_insecure && !ring.keys.empty())) {
    return roles.empty() ? KeyRole::kKsk : roles.front();
  }
  return fail(Errc::kBadInput,
              roles.empty() ? "no roll is under way" : "several rolls are under way",
              roles.empty() ? "" : "name one: ksk, zsk or csk");
}

/// Takes the first steps of a roll with another method than the policy's: it goes on as it began.
/// Nothing is withdrawn here; that is a pass's to decide.
Result<void> begin_with(const Request& request, rollover::Situation& situation,
                        ZoneChange& change) {
  constexpr int kRounds = 8;
  const auto held = std::exchange(situation.facts.held, "a request withdraws nothing");
  DW_TRY(auto keys, request.load_keys(change.state.name));
  const auto count = situation.ring.keys.size();
  for (int round = 0; round < kRounds; ++round) {
    auto decision = rollover::decide(situation);
    situation.ring = std::move(decision.ring);
    for (const auto& step : decision.steps) {
      const auto* key = situation.ring.find(step.key);
      change.events.push_back(fmt::format("{} of {}: {} -> {}: {}", to_text(step.record),
                                          key != nullptr ? label(*key) : step.key,
                                          to_text(step.from), to_text(step.to), step.reason));
      if (step.record == KeyRecord::kDs) situation.facts.ds.erase(step.key);
    }
    if (decision.wanted.empty()) break;
    for (const auto& wanted : decision.wanted) {
      DW_TRY(auto made, keys.take_or_make(wanted, situation.ring, request.now()));
      rollover::add_made_key(situation.ring, wanted, std::move(made));
      change.events.push_back(
          fmt::format("{} joins: {}", label(situation.ring.keys.back()), wanted.reason));
    }
  }
  situation.facts.held = held;
  const auto& newest = situation.ring.keys.back();
  if (situation.ring.keys.size() == count || newest.is_gone()) {
    return fail(Errc::kRefused,
                "the roll cannot begin at once, and only then another method counts",
                "danewerk status says what it waits for; or name the method in the policy");
  }
  return {};
}

Result<Json> roll_by(const Request& request, const config::ZoneConfig& zone, KeyRole role,
                     model::KskRoll method) {
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    auto situation = situation_of(change.state, request.config().policy_of(zone), request.now());
    DW_TRY_VOID(rollover::request_roll(situation, role));
    situation.policy.ksk_roll = method;
    change.events.push_back(
        fmt::format("a roll of the {} by {} was asked for", role_text(role),
                    method == model::KskRoll::kDoubleDs ? "double-DS" : "double-KSK"));
    DW_TRY_VOID(begin_with(request, situation, change));
    change.state.ring = situation.ring;
    change.state.facts = situation.facts;
    auto notes = change.events;
    notes.erase(notes.begin());
    return done(zone.name, change.events.front(), notes);
  });
}

Result<Json> set_sight(const Request& request, Visibility wanted, const model::DsSight& sight) {
  const bool comes = wanted == Visibility::kRumoured;
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto typed, request.text("key"));
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    DW_TRY(const auto* key, find_key(change.state.ring, typed));
    if (!key->owns(KeyRecord::kDs)) {
      return fail(Errc::kRefused, fmt::format("{} has no DS at the parent", label(*key)));
    }
    const auto now_at = key->visibility(KeyRecord::kDs);
    const bool is_settled = comes && now_at == Visibility::kOmnipresent;
    if (now_at != wanted && !is_settled) {
      return fail(Errc::kRefused,
                  fmt::format("the DS of {} is {}: the parent is not asked {} it", label(*key),
                              to_text(now_at), comes ? "for" : "to remove"),
                  "danewerk status says what is awaited");
    }
    const auto before =
        situation_of(change.state, request.config().policy_of(*zone), request.now());
    change.state.facts.ds[key->id] = sight;
    auto after = before;
    after.facts = change.state.facts;
    const auto what = fmt::format(
        "the operator says that {} the DS of {}",
        comes ? "all servers of the parent show" : "no server of the parent shows", label(*key));
    change.events.push_back(what);
    return done(zone->name, what, foretell(before, after));
  });
}

}  // namespace

Result<Json> key_roll(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto role, request.role());
  if (!role) return fail(Errc::kBadInput, "the request has no 'role'", "ksk, zsk or csk");
  DW_TRY(const auto method, method_of(request));
  if (method && *role == KeyRole::kZsk) {
    return fail(Errc::kBadInput, "a ZSK is rolled by pre-publication",
                "leave --method away: it is about KSKs and CSKs");
  }
  if (method && *method != request.config().policy_of(*zone).ksk_roll) {
    return roll_by(request, *zone, *role, *method);
  }
  return change_goals(request, fmt::format("a roll of the {} was asked for", role_text(*role)),
                      [&](rollover::Situation& situation) -> Result<std::vector<std::string>> {
                        DW_TRY_VOID(rollover::request_roll(situation, *role));
                        return std::vector<std::string>{};
                      });
}

Result<Json> key_step(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  const auto& policy = request.config().policy_of(*zone);
  if (!policy.is_manual) {
    return fail(Errc::kRefused, fmt::format("policy '{}' takes its steps by itself", policy.name),
                "`manual: true` in the policy makes each step wait for you");
  }
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    const auto before = situation_of(change.state, policy, request.now());
    auto after = before;
    after.step_released = true;
    const auto decision = rollover::decide(after);
    if (decision.steps.empty()) {
      return fail(Errc::kRefused, "no step waits for you", "danewerk status says what is awaited");
    }
    change.state.is_step_released = true;
    change.events.emplace_back("the next step was released");
    return done(zone->name, change.events.back(), foretell(before, after));
  });
}

Result<Json> key_abort(const Request& request) {
  return change_goals(request, "the roll is turned back",
                      [&](rollover::Situation& situation) -> Result<std::vector<std::string>> {
                        if (situation.policy.is_unsigned && !situation.ring.going_insecure) {
                          return fail(Errc::kRefused, "the policy says `algorithm: none`",
                                      "name an algorithm there, and the zone stays signed");
                        }
                        DW_TRY(const auto role, role_or_only(request, situation.ring));
                        return rollover::abort_roll(situation, role);
                      });
}

Result<Json> key_retire(const Request& request) {
  DW_TRY(const auto typed, request.text("key"));
  const bool is_all = typed == "all";
  return change_goals(
      request, is_all ? "the zone is to become insecure" : fmt::format("key {} retires", typed),
      [&](rollover::Situation& situation) -> Result<std::vector<std::string>> {
        if (is_all) {
          DW_TRY_VOID(rollover::go_insecure(situation));
          return std::vector<std::string>{
              "the DS goes first, then, when no cache has it any more, keys and signatures; "
              "danewerk key abort turns it back"};
        }
        DW_TRY(const auto* key, find_key(situation.ring, typed));
        const auto id = key->id;
        DW_TRY_VOID(rollover::retire(situation, id));
        return std::vector<std::string>{};
      });
}

Result<Json> key_ds_seen(const Request& request) {
  return set_sight(request, Visibility::kRumoured, {.seen = request.now(), .by_operator = true});
}

Result<Json> key_ds_gone(const Request& request) {
  return set_sight(request, Visibility::kUnretentive, {.gone = request.now(), .by_operator = true});
}

}  // namespace danewerk::engine
