#include "daemon/status_file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "engine/status.h"

namespace danewerk::daemon {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr mode_t kEverybodyReads = 0644;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string zone_text(const engine::ZoneStatus& zone, const engine::Verdict& verdict) {
  const auto& state = zone.state;
  Json json{{"zone", state.name},
            {"health", to_text(verdict.health)},
            {"reason", verdict.reason},
            {"serial", state.serial}};
  const auto put = [&](const char* field, const std::optional<sys_seconds>& at) {
    if (at) json[field] = to_text(*at);
  };
  const auto& publications = state.facts.publications;
  if (!publications.empty()) put("published", publications.back().published);
  put("earliest_expiration", state.earliest_expiration);
  put("next", zone.next);
  put("last_pass", state.last_pass);
  return dump(json);
}

}  // namespace

Result<void> StatusFile::read(const config::Config& config, const store::State& state,
                              const ZoneNames& names, sys_seconds now) {
  ZoneNames wanted = names;
  if (wanted.empty()) {
    zones_.clear();
    health_.clear();
    DW_TRY(const auto summaries, state.zones());
    for (const auto& summary : summaries) wanted.insert(summary.name);
  }
  for (const auto& name : wanted) {
    DW_TRY(const auto zone, engine::read_zone_status(config, state, name, now));
    zones_.erase(name);
    health_.erase(name);
    if (!zone) continue;
    const auto verdict = engine::judge(*zone, config, now);
    zones_.emplace(name, zone_text(*zone, verdict));
    health_.emplace(name, to_text(verdict.health));
  }
  return {};
}

std::string StatusFile::text(const Heading& heading) const {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (const auto& [_, health] : health_) ++counts[health];
  Json head{{"danewerkd", kFormat},
            {"pid", ::getpid()},
            {"started", to_text(heading.started)},
            {"written", to_text(heading.written)}};
  if (!heading.trouble.empty()) head["trouble"] = heading.trouble;
  head["health"] = counts;
  auto all = dump(head);
  all.pop_back();
  all += ",\"zones\":[";
  std::string_view between = "\n";
  for (const auto& [_, zone] : zones_) {
    all += between;
    all += zone;
    between = ",\n";
  }
  return all + "\n]}\n";
}

Result<void> StatusFile::write(const Path& file, const Heading& heading) const {
  return replace_file(file, text(heading), kEverybodyReads);
}

}  // namespace danewerk::daemon
