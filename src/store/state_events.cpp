/// \file
/// The audit log, and moments that are about no zone.

#include <algorithm>

#include "store/state_parts.h"

namespace danewerk::store {

std::vector<model::Event> read_events(Statements& statements, std::string_view zone,
                                      std::size_t limit) {
  constexpr std::uint64_t kMost = 1U << 30;
  const auto read = [limit](Query&& rows) {
    std::vector<model::Event> all;
    while (all.size() < limit && rows.next()) {
      auto& event = all.emplace_back();
      rows.read(event.number, event.at, event.zone, event.who, event.what, event.rule);
    }
    std::ranges::reverse(all);
    return all;
  };
  const std::uint64_t most = std::min<std::uint64_t>(limit, kMost);
  if (zone.empty()) {
    return read(Query(statements, {"event", "*"},
                      "SELECT number, at, zone, who, what, rule FROM event "
                      "ORDER BY number DESC LIMIT ?",
                      most));
  }
  return read(Query(statements, {"event", zone},
                    "SELECT number, at, zone, who, what, rule FROM event WHERE zone = ? "
                    "ORDER BY number DESC LIMIT ?",
                    zone, most));
}

void write_event(Statements& statements, const model::Event& event) {
  Query(statements, "INSERT INTO event (at, zone, who, what, rule) VALUES (?,?,?,?,?)", event.at,
        event.zone, event.who, event.what, event.rule)
      .run();
}

std::optional<sys_seconds> read_moment(Statements& statements, std::string_view name) {
  Query row(statements, {"meta", name}, "SELECT value FROM meta WHERE name = ?", name);
  if (!row.next()) return std::nullopt;
  sys_seconds at{};
  row.read(at);
  return at;
}

void write_moment(Statements& statements, std::string_view name, std::optional<sys_seconds> at) {
  if (!at) {
    Query(statements, "DELETE FROM meta WHERE name = ?", name).run();
    return;
  }
  Query(statements,
        "INSERT INTO meta (name, value) VALUES (?,?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        name, *at)
      .run();
}

}  // namespace danewerk::store
