#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/requests.h"
#include "engine/simulation.h"

namespace danewerk::engine {

namespace {

using model::KeyRecord;
using model::Visibility;

/// Long enough for every roll.
constexpr seconds kHorizon = std::chrono::days(365);

/// What can be done about a key that somebody else has.
enum class Answer : std::uint8_t { kReplace, kInsecure };

struct Option {
  Answer answer;
  std::string_view name;
  std::string_view what;
};

constexpr std::array kOptions{
    Option{Answer::kReplace, "replace",
           "another key takes its place as fast as the rules allow; the zone stays secure"},
    Option{Answer::kInsecure, "insecure",
           "the DS goes first, then all signatures; from then on nobody is protected"}};

rollover::Situation with(rollover::Situation situation, const std::string& id, Answer answer) {
  if (answer == Answer::kInsecure) {
    situation.ring.requests.clear();
    situation.ring.going_insecure = true;
  }
  if (auto* key = situation.ring.find(id)) key->is_compromised = true;
  return situation;
}

/// The record by which validators come to trust the key. A DS leads to a KSK or CSK; a ZSK is
/// trusted while the DNSKEY RRset with it may be in a cache.
KeyRecord trusted_by(const model::RingKey& key) {
  const bool has_ds =
      key.owns(KeyRecord::kDs) && key.visibility(KeyRecord::kDs) != Visibility::kHidden;
  return has_ds ? KeyRecord::kDs : KeyRecord::kDnskey;
}

/// When no validator trusts the key any more; nothing: not within the horizon.
std::optional<sys_seconds> exposed_until(const Forecast& forecast, const model::RingKey& key) {
  for (const auto& lane : forecast.lanes) {
    if (lane.key != key.id || lane.record != trusted_by(key)) continue;
    const auto& last = lane.spans.back();
    if (last.visibility == Visibility::kHidden) return last.from;
  }
  return std::nullopt;
}

Forecast forecast_with(const Request& request, const model::ZoneState& state,
                       const rollover::Situation& situation) {
  auto changed = state;
  changed.ring = situation.ring;
  return simulate(std::move(changed),
                  {.policy = &situation.policy,
                   .traits = present_traits(state.facts).value_or(VersionTraits{}),
                   .now = request.now(),
                   .until = request.now() + kHorizon});
}

Json options_json(const Request& request, const model::ZoneState& state,
                  const rollover::Situation& before, const model::RingKey& key) {
  auto options = Json::array();
  for (const auto& option : kOptions) {
    const auto after = with(before, key.id, option.answer);
    const auto until = exposed_until(forecast_with(request, state, after), key);
    Json json{{"option", option.name}, {"what", option.what}};
    json["until"] = until ? Json(to_text(*until)) : Json();
    options.push_back(std::move(json));
  }
  return options;
}

std::vector<std::string> option_notes(const Json& options) {
  std::vector<std::string> notes;
  for (const auto& option : options) {
    const auto until = option.at("until").is_null()
                           ? std::string("nobody can say until when")
                           : "until " + option.at("until").get<std::string>();
    notes.push_back(fmt::format(
        "{}: whoever has the key can forge answers {}, if the parent acts "
        "within a day; {}",
        option.at("option").get<std::string>(), until, option.at("what").get<std::string>()));
  }
  notes.emplace_back(
      "to take the key away at once is no option: whoever has its DS or signatures in a cache "
      "would refuse the zone");
  return notes;
}

Result<Answer> chosen(const Request& request) {
  DW_TRY(const auto typed, request.optional_text("option"));
  const auto name = typed.value_or("replace");
  const auto found = std::ranges::find(kOptions, name, &Option::name);
  if (found != kOptions.end()) return found->answer;
  return fail(Errc::kBadInput, fmt::format("'{}' is neither replace nor insecure", name));
}

}  // namespace

Result<Json> key_compromised(const Request& request) {
  DW_TRY(const auto* zone, request.configured_zone());
  DW_TRY(const auto typed, request.text("key"));
  DW_TRY(const auto answer, chosen(request));
  const auto& policy = request.config().policy_of(*zone);
  if (!request.is_set("confirm")) {
    DW_TRY(const auto state, request.load_zone());
    DW_TRY(const auto* key, find_key(state.ring, typed));
    auto options = options_json(request, state, situation_of(state, policy, request.now()), *key);
    Json reply{{"zone", zone->name}, {"notes", option_notes(options)}};
    reply["options"] = std::move(options);
    reply["error"] = fmt::format("nothing was done about {} yet", label(*key));
    reply["hint"] = "--confirm does it; --option insecure chooses the second";
    reply["code"] = "operator";
    return reply;
  }
  return change_zone(request, [&](ZoneChange& change) -> Result<Json> {
    DW_TRY(const auto* key, find_key(change.state.ring, typed));
    if (key->is_compromised && answer == Answer::kReplace) {
      return fail(Errc::kRefused, fmt::format("{} is being replaced already", label(*key)),
                  "danewerk status says what is awaited");
    }
    const auto before = situation_of(change.state, policy, request.now());
    auto options = options_json(request, change.state, before, *key);
    const auto after = with(before, key->id, answer);
    const auto what = fmt::format(
        "{} is compromised: {}", label(*key),
        answer == Answer::kReplace ? "it is replaced" : "the zone is to become insecure");
    const auto exposure = option_notes(options);
    change.events.push_back(what);
    change.events.push_back(exposure.at(static_cast<std::size_t>(answer)));
    change.state.ring = after.ring;
    auto reply = done(zone->name, what, foretell(before, after));
    reply["options"] = std::move(options);
    return reply;
  });
}

}  // namespace danewerk::engine
