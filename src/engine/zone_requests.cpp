#include <algorithm>

#include <fmt/format.h>

#include "engine/requests.h"
#include "seal/serial.h"

namespace danewerk::engine {

namespace {

constexpr std::uint32_t kHistory = 50;

Json instant_or_null(const std::optional<sys_seconds>& at) {
  return at ? Json(to_text(*at)) : Json();
}

Json serial_or_null(const std::optional<std::uint32_t>& serial) {
  return serial ? Json(*serial) : Json();
}

Json row_of(const std::string& name, const model::ZoneState* state, bool is_configured) {
  Json row{{"zone", name}, {"configured", is_configured}};
  row["version"] = state == nullptr ? 0 : state->version;
  row["serial"] = state != nullptr && state->version != 0 ? Json(state->serial) : Json();
  row["source_serial"] = state == nullptr ? Json() : serial_or_null(state->source_serial);
  row["keys"] = state == nullptr ? 0 : state->ring.keys.size();
  row["frozen"] = state != nullptr && state->is_frozen;
  row["expires"] = state == nullptr ? Json() : instant_or_null(state->earliest_expiration);
  row["next"] = state == nullptr ? Json() : instant_or_null(state->wake);
  return row;
}

std::string parents_text(const config::Parents& parents) {
  if (std::holds_alternative<config::ParentsAuto>(parents)) return "auto";
  if (std::holds_alternative<config::ParentsNone>(parents)) return "none";
  if (const auto* zone = std::get_if<config::ParentZone>(&parents)) return "zone " + zone->name;
  std::string text;
  for (const auto& server : std::get<config::ParentServers>(parents).servers) {
    text += (text.empty() ? "" : ", ") + to_text(server);
  }
  return text;
}

Json config_json(const config::ZoneConfig& zone) {
  Json json{{"file", zone.file.string()},
            {"policy", zone.policy},
            {"output", zone.output.string()},
            {"parents", parents_text(zone.parents)}};
  json["secondaries"] = Json::array();
  for (const auto& secondary : zone.secondaries) {
    json["secondaries"].push_back(to_text(secondary.endpoint));
  }
  return json;
}

std::string_view kind_text(model::LedgerKind kind) {
  switch (kind) {
    case model::LedgerKind::kDnskey:
      return "DNSKEY TTL";
    case model::LedgerKind::kSigned:
      return "largest TTL";
    case model::LedgerKind::kDenial:
      return "negative TTL";
    case model::LedgerKind::kExpire:
      break;
  }
  return "SOA EXPIRE";
}

Json facts_json(const model::Facts& facts) {
  Json json;
  json["publications"] = Json::array();
  for (const auto& publication : facts.publications) {
    json["publications"].push_back({{"version", publication.version},
                                    {"serial", publication.serial},
                                    {"published", instant_or_null(publication.published)}});
  }
  json["secondaries"] = Json::array();
  for (const auto& secondary : facts.secondaries) {
    const auto* newest = secondary.seen.empty() ? nullptr : &secondary.seen.back();
    json["secondaries"].push_back(
        {{"address", secondary.address},
         {"version", newest == nullptr ? 0 : newest->version},
         {"seen", newest == nullptr ? Json() : Json(to_text(newest->at))}});
  }
  json["in_caches"] = Json::array();
  for (const auto& entry : facts.ledger) {
    json["in_caches"].push_back({{"what", kind_text(entry.kind)},
                                 {"seconds", entry.value.count()},
                                 {"first", entry.first},
                                 {"until", entry.until}});
  }
  json["ds"] = Json::array();
  for (const auto& [id, sight] : facts.ds) {
    json["ds"].push_back({{"id", id},
                          {"seen", instant_or_null(sight.seen)},
                          {"gone", instant_or_null(sight.gone)},
                          {"by_operator", sight.by_operator}});
  }
  if (!facts.held.empty()) json["held"] = facts.held;
  return json;
}

Result<Json> set_frozen(const Request& request, bool is_frozen) {
  DW_TRY(const auto* zone, request.configured_zone());
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    if (change.state.is_frozen == is_frozen) {
      return fail(Errc::kRefused,
                  fmt::format("{} is {} already", zone->name, is_frozen ? "frozen" : "not frozen"));
    }
    change.state.is_frozen = is_frozen;
    change.events.emplace_back(is_frozen ? "frozen" : "thawed");
    return done(zone->name, change.events.back(),
                {is_frozen ? "its zone file is not read until danewerk zone thaw; its signatures "
                             "are renewed as before"
                           : "the next pass reads its zone file"});
  });
}

/// What stands against forgetting a zone; empty: nothing.
std::string danger_of(const model::ZoneState& state, sys_seconds now) {
  for (const auto& key : state.ring.keys) {
    if (key.visibility(model::KeyRecord::kDs) == model::Visibility::kHidden) continue;
    return fmt::format(
        "the parent may show the DS of {}: when its signatures expire, validators "
        "refuse the zone",
        label(key));
  }
  if (state.earliest_expiration && *state.earliest_expiration > now) {
    return fmt::format("its signatures are valid until {}", to_text(*state.earliest_expiration));
  }
  return {};
}

}  // namespace

Result<Json> zone_list(const Request& request) {
  DW_TRY(const auto state, request.open_state());
  auto zones = Json::array();
  for (const auto& [name, config] : request.config().zones) {
    DW_TRY(const auto loaded, state.load(name));
    zones.push_back(row_of(name, loaded ? &*loaded : nullptr, true));
  }
  DW_TRY(const auto known, state.zones());
  for (const auto& summary : known) {
    if (request.config().zones.contains(summary.name)) continue;
    DW_TRY(const auto loaded, state.load(summary.name));
    zones.push_back(row_of(summary.name, loaded ? &*loaded : nullptr, false));
  }
  return Json{{"zones", std::move(zones)}};
}

Result<Json> zone_show(const Request& request) {
  DW_TRY(const auto state, request.load_zone());
  const auto config = request.config().zones.find(state.name);
  const bool is_configured = config != request.config().zones.end();
  auto json = row_of(state.name, &state, is_configured);
  if (is_configured) json["configuration"] = config_json(config->second);
  json["serial_floor"] = serial_or_null(state.serial_floor);
  json["largest_serial"] = serial_or_null(state.largest_serial);
  json["output_version"] = state.output_version;
  json["last_pass"] = instant_or_null(state.last_pass);
  json["last_outcome"] = state.last_outcome;
  json.update(facts_json(state.facts));
  return json;
}

Result<Json> zone_history(const Request& request) {
  DW_TRY(const auto zone, request.zone());
  DW_TRY(const auto limit, request.number("limit", kHistory));
  DW_TRY(const auto state, request.open_state());
  DW_TRY(const auto events, state.events(zone, limit));
  if (events.empty()) {
    return fail(Errc::kBadInput, fmt::format("nothing ever happened to {}", zone),
                "danewerk zone list lists the zones");
  }
  auto list = Json::array();
  for (const auto& event : events) {
    Json one{{"at", to_text(event.at)}, {"who", event.who}, {"what", event.what}};
    if (!event.rule.empty()) one["rule"] = event.rule;
    list.push_back(std::move(one));
  }
  return Json{{"zone", zone}, {"events", std::move(list)}};
}

Result<Json> zone_serial(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto floor, request.number("at_least"));
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    auto& state = change.state;
    const auto largest = state.largest_serial.value_or(state.serial);
    if (state.version != 0 && !seal::serial_greater(floor, largest)) {
      return fail(Errc::kRefused,
                  fmt::format("{} is not greater than {}, which was used already (RFC 1982 "
                              "section 3.2)",
                              floor, largest),
                  "a serial never goes backwards");
    }
    state.serial_floor = floor;
    change.events.push_back(fmt::format("the next serial is at least {}", floor));
    return done(zone->name, change.events.back(), {"the next version of the zone will have it"});
  });
}

Result<Json> zone_freeze(const Request& request) {
  return set_frozen(request, true);
}

Result<Json> zone_thaw(const Request& request) {
  return set_frozen(request, false);
}

Result<Json> zone_remove(const Request& request) {
  DW_TRY(const auto zone, request.zone());
  if (request.config().zones.contains(zone)) {
    return fail(Errc::kRefused, fmt::format("{} is in {}", zone, request.config().file.string()),
                "take it out of the configuration first");
  }
  DW_TRY(const auto known, request.load_zone());
  const auto danger = danger_of(known, request.now());
  if (!danger.empty() && !request.is_set("confirm")) {
    return fail(Errc::kRefused, fmt::format("{} is still in use: {}", zone, danger),
                "--confirm forgets it nevertheless");
  }
  std::vector<std::string> notes{"its key files stay where they are"};
  if (!danger.empty()) notes.push_back(danger);
  DW_TRY_VOID(forget_zone(request, "removed from the state"));
  return done(zone, fmt::format("{} is forgotten", zone), notes);
}

}  // namespace danewerk::engine
