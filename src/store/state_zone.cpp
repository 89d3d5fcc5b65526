/// \file
/// A zone's rows. A list is written again as a whole when anything in it differs: the longest have
/// a few dozen rows, and what stands there is read first, so that a pass which changed nothing
/// writes nothing (promise P6).

#include <tuple>

#include <fmt/format.h>

#include "store/state_parts.h"

namespace danewerk::store {

namespace {

using model::ZoneState;

struct StoredZone {
  std::int64_t id = 0;
  ZoneState state;
};

/// The columns of table zone, in the order in which every statement below names them.
template <class Zone>
auto columns_of(Zone& zone) {
  return std::tie(zone.version, zone.snapshot_version, zone.serial, zone.source_serial, zone.digest,
                  zone.serial_floor, zone.largest_serial, zone.earliest_expiration,
                  zone.output_version, zone.policy_digest, zone.wake, zone.last_pass,
                  zone.last_outcome, zone.is_frozen, zone.is_step_released, zone.waits_json,
                  zone.ring.going_insecure, zone.facts.largest_ds_ttl, zone.facts.soa_refresh,
                  zone.facts.soa_retry, zone.facts.signatures, zone.facts.looked,
                  zone.facts.looked_at_ds, zone.facts.held);
}

std::optional<StoredZone> read_head(Statements& statements, std::string_view name) {
  Query row(statements, {"zone", name},
            "SELECT id, version, snapshot_version, serial, source_serial, digest, serial_floor, "
            "largest_serial, "
            "earliest_expiration, output_version, policy_digest, wake, last_pass, last_outcome, "
            "is_frozen, is_step_released, waits_json, going_insecure, largest_ds_ttl, soa_refresh, "
            "soa_retry, signatures, looked, looked_at_ds, held FROM zone WHERE name = ?",
            name);
  if (!row.next()) return std::nullopt;
  StoredZone zone;
  zone.state.name = name;
  row.read(zone.id);
  std::apply([&](auto&... columns) { row.read(columns...); }, columns_of(zone.state));
  return zone;
}

void read_keys(Statements& statements, StoredZone& zone) {
  auto& keys = zone.state.ring.keys;
  Query rows(statements, {"zone_key", zone.state.name},
             "SELECT id, role, algorithm, bits, tag, created, goal, predecessor, active, resigned, "
             "is_standby, is_compromised FROM zone_key WHERE zone = ? ORDER BY place",
             zone.id);
  while (rows.next()) {
    auto& key = keys.emplace_back();
    rows.read(key.id, key.role, key.algorithm, key.bits, key.tag, key.created, key.goal,
              key.predecessor, key.active, key.resigned, key.is_standby, key.is_compromised);
  }
  // Places are 0, 1, 2, ...: written so, in one transaction.
  Query records(statements, {"key_record", zone.state.name},
                "SELECT key_place, record, visibility, since, version FROM key_record "
                "WHERE zone = ?",
                zone.id);
  while (records.next()) {
    std::uint32_t place = 0;
    auto kind = model::KeyRecord::kDnskey;
    model::RecordState state;
    records.read(place);
    if (place >= keys.size()) records.complain();
    records.read(kind, state.visibility, state.since, state.version);
    keys[place].at(kind) = state;
  }
}

void read_requests(Statements& statements, StoredZone& zone) {
  Query rows(statements, {"request", zone.state.name},
             "SELECT role FROM request WHERE zone = ? ORDER BY place", zone.id);
  while (rows.next()) rows.read(zone.state.ring.requests.emplace_back().role);
}

void read_secondaries(Statements& statements, StoredZone& zone) {
  auto& secondaries = zone.state.facts.secondaries;
  Query rows(statements, {"secondary", zone.state.name},
             "SELECT address, released, silent_since FROM secondary WHERE zone = ? ORDER BY place",
             zone.id);
  while (rows.next()) {
    auto& secondary = secondaries.emplace_back();
    rows.read(secondary.address, secondary.released, secondary.silent_since);
  }
  Query sights(statements, {"sight", zone.state.name},
               "SELECT secondary_place, version, at FROM sight WHERE zone = ? "
               "ORDER BY secondary_place, place",
               zone.id);
  while (sights.next()) {
    std::uint32_t place = 0;
    sights.read(place);
    if (place >= secondaries.size()) sights.complain();
    auto& sight = secondaries[place].seen.emplace_back();
    sights.read(sight.version, sight.at);
  }
}

void read_facts(Statements& statements, StoredZone& zone) {
  auto& facts = zone.state.facts;
  Query publications(statements, {"publication", zone.state.name},
                     "SELECT version, serial, published FROM publication WHERE zone = ? "
                     "ORDER BY place",
                     zone.id);
  while (publications.next()) {
    auto& one = facts.publications.emplace_back();
    publications.read(one.version, one.serial, one.published);
  }
  Query ledger(statements, {"ledger", zone.state.name},
               "SELECT kind, value, first, until FROM ledger WHERE zone = ? ORDER BY place",
               zone.id);
  while (ledger.next()) {
    auto& entry = facts.ledger.emplace_back();
    ledger.read(entry.kind, entry.value, entry.first, entry.until);
  }
  Query ds(statements, {"ds_sight", zone.state.name},
           "SELECT key_id, seen, gone, by_operator, seen_first, gone_first FROM ds_sight "
           "WHERE zone = ?",
           zone.id);
  while (ds.next()) {
    std::string key;
    model::DsSight sight;
    ds.read(key, sight.seen, sight.gone, sight.by_operator, sight.seen_first, sight.gone_first);
    facts.ds.emplace(std::move(key), sight);
  }
  Query ttls(statements, {"ds_ttl", zone.state.name},
             "SELECT ttl, ended FROM ds_ttl WHERE zone = ? ORDER BY place", zone.id);
  while (ttls.next()) {
    auto& one = facts.ds_ttls.emplace_back();
    ttls.read(one.ttl, one.ended);
  }
}

bool is_level(std::string_view text) {
  return text == "error" || text == "warning" || text == "info";
}

void read_findings(Statements& statements, StoredZone& zone) {
  Query rows(statements, {"finding", zone.state.name},
             "SELECT id, level, text, since, told FROM finding WHERE zone = ? ORDER BY place",
             zone.id);
  while (rows.next()) {
    auto& finding = zone.state.findings.emplace_back();
    rows.read(finding.id, finding.level);
    if (!is_level(finding.level)) rows.complain();
    rows.read(finding.text, finding.since, finding.told);
  }
}

/// File systems use all 64 bits of an inode's number, of which SQLite's integers have one less.
void read_mark(Query& row, model::FileMark& mark) {
  std::int64_t inode = 0;
  row.read(mark.path, mark.size, mark.modified, inode, mark.digest);
  mark.inode = static_cast<std::uint64_t>(inode);
}

void read_marks(Statements& statements, StoredZone& zone) {
  Query rows(statements, {"file_mark", zone.state.name},
             "SELECT place, path, size, modified, inode, digest FROM file_mark WHERE zone = ? "
             "ORDER BY place",
             zone.id);
  while (rows.next()) {
    std::uint32_t place = 0;
    rows.read(place);
    read_mark(rows, place == 0 ? zone.state.output.emplace() : zone.state.source.emplace_back());
  }
}

std::optional<StoredZone> read_stored(Statements& statements, std::string_view name) {
  auto zone = read_head(statements, name);
  if (!zone) return zone;
  read_keys(statements, *zone);
  read_requests(statements, *zone);
  read_secondaries(statements, *zone);
  read_facts(statements, *zone);
  read_findings(statements, *zone);
  read_marks(statements, *zone);
  return zone;
}

std::int64_t write_head(Statements& statements, const ZoneState& zone) {
  Query row(
      statements,
      "INSERT INTO zone (version, snapshot_version, serial, source_serial, digest, serial_floor, "
      "largest_serial, earliest_expiration, output_version, policy_digest, wake, last_pass, "
      "last_outcome, is_frozen, is_step_released, waits_json, going_insecure, "
      "largest_ds_ttl, soa_refresh, soa_retry, signatures, looked, looked_at_ds, held, name) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  std::apply([&](const auto&... columns) { row.bind_more(columns...); }, columns_of(zone));
  row.bind_more(zone.name);
  row.run();
  return statements.database().getLastInsertRowid();
}

void overwrite_head(Statements& statements, const ZoneState& zone, std::int64_t id) {
  Query row(
      statements,
      "UPDATE zone SET version = ?, snapshot_version = ?, serial = ?, source_serial = ?, "
      "digest = ?, "
      "serial_floor = ?, largest_serial = ?, earliest_expiration = ?, output_version = ?, "
      "policy_digest = ?, wake = ?, last_pass = ?, last_outcome = ?, is_frozen = ?, "
      "is_step_released = ?, waits_json = ?, going_insecure = ?, largest_ds_ttl = ?, "
      "soa_refresh = ?, soa_retry = ?, signatures = ?, looked = ?, looked_at_ds = ?, held = ? "
      "WHERE id = ?");
  std::apply([&](const auto&... columns) { row.bind_more(columns...); }, columns_of(zone));
  row.bind_more(id);
  row.run();
}

/// Writes a list again where it differs; WRITE gets the place and the item.
template <class List, class Write>
void replace(Query&& erase, const List& before, const List& now, const Write& write) {
  if (before == now) return;
  erase.run();
  std::size_t place = 0;
  for (const auto& item : now) write(place++, item);
}

void write_key(Statements& statements, std::int64_t zone, std::size_t place,
               const model::RingKey& key) {
  Query(statements,
        "INSERT INTO zone_key (zone, place, id, role, algorithm, bits, tag, created, goal, "
        "predecessor, active, resigned, is_standby, is_compromised) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        zone, place, key.id, key.role, key.algorithm, key.bits, key.tag, key.created, key.goal,
        key.predecessor, key.active, key.resigned, key.is_standby, key.is_compromised)
      .run();
  for (const auto kind : model::kKeyRecords) {
    const auto& record = key.at(kind);
    if (record == model::RecordState()) continue;
    Query(statements,
          "INSERT INTO key_record (zone, key_place, record, visibility, since, version) "
          "VALUES (?,?,?,?,?,?)",
          zone, place, kind, record.visibility, record.since, record.version)
        .run();
  }
}

void write_ring(Statements& statements, const ZoneState& before, const ZoneState& now,
                std::int64_t zone) {
  replace(Query(statements, "DELETE FROM zone_key WHERE zone = ?", zone), before.ring.keys,
          now.ring.keys, [&](std::size_t place, const model::RingKey& key) {
            write_key(statements, zone, place, key);
          });
  replace(Query(statements, "DELETE FROM request WHERE zone = ?", zone), before.ring.requests,
          now.ring.requests, [&](std::size_t place, const model::KeyRing::Request& request) {
            Query(statements, "INSERT INTO request (zone, place, role) VALUES (?,?,?)", zone, place,
                  request.role)
                .run();
          });
}

void write_secondary(Statements& statements, std::int64_t zone, std::size_t place,
                     const model::Secondary& secondary) {
  Query(statements,
        "INSERT INTO secondary (zone, place, address, released, silent_since) VALUES (?,?,?,?,?)",
        zone, place, secondary.address, secondary.released, secondary.silent_since)
      .run();
  std::size_t number = 0;
  for (const auto& sight : secondary.seen) {
    Query(statements,
          "INSERT INTO sight (zone, secondary_place, place, version, at) VALUES (?,?,?,?,?)", zone,
          place, number++, sight.version, sight.at)
        .run();
  }
}

void write_facts(Statements& statements, const model::Facts& before, const model::Facts& now,
                 std::int64_t zone) {
  replace(Query(statements, "DELETE FROM publication WHERE zone = ?", zone), before.publications,
          now.publications, [&](std::size_t place, const model::Publication& one) {
            Query(statements,
                  "INSERT INTO publication (zone, place, version, serial, published) "
                  "VALUES (?,?,?,?,?)",
                  zone, place, one.version, one.serial, one.published)
                .run();
          });
  replace(Query(statements, "DELETE FROM secondary WHERE zone = ?", zone), before.secondaries,
          now.secondaries, [&](std::size_t place, const model::Secondary& secondary) {
            write_secondary(statements, zone, place, secondary);
          });
  replace(Query(statements, "DELETE FROM ledger WHERE zone = ?", zone), before.ledger, now.ledger,
          [&](std::size_t place, const model::LedgerEntry& entry) {
            Query(statements,
                  "INSERT INTO ledger (zone, place, kind, value, first, until) "
                  "VALUES (?,?,?,?,?,?)",
                  zone, place, entry.kind, entry.value, entry.first, entry.until)
                .run();
          });
  replace(Query(statements, "DELETE FROM ds_sight WHERE zone = ?", zone), before.ds, now.ds,
          [&](std::size_t, const auto& entry) {
            Query(statements,
                  "INSERT INTO ds_sight (zone, key_id, seen, gone, by_operator, seen_first, "
                  "gone_first) VALUES (?,?,?,?,?,?,?)",
                  zone, entry.first, entry.second.seen, entry.second.gone, entry.second.by_operator,
                  entry.second.seen_first, entry.second.gone_first)
                .run();
          });
  replace(Query(statements, "DELETE FROM ds_ttl WHERE zone = ?", zone), before.ds_ttls, now.ds_ttls,
          [&](std::size_t place, const model::DsTtl& one) {
            Query(statements, "INSERT INTO ds_ttl (zone, place, ttl, ended) VALUES (?,?,?,?)", zone,
                  place, one.ttl, one.ended)
                .run();
          });
}

void write_mark(Statements& statements, std::int64_t zone, std::size_t place,
                const model::FileMark& mark) {
  Query(statements,
        "INSERT INTO file_mark (zone, place, path, size, modified, inode, digest) "
        "VALUES (?,?,?,?,?,?,?)",
        zone, place, mark.path, mark.size, mark.modified, static_cast<std::int64_t>(mark.inode),
        mark.digest)
      .run();
}

void write_marks(Statements& statements, const ZoneState& before, const ZoneState& now,
                 std::int64_t zone) {
  replace(Query(statements, "DELETE FROM file_mark WHERE zone = ? AND place > 0", zone),
          before.source, now.source, [&](std::size_t place, const model::FileMark& mark) {
            write_mark(statements, zone, place + 1, mark);
          });
  if (before.output == now.output) return;
  Query(statements, "DELETE FROM file_mark WHERE zone = ? AND place = 0", zone).run();
  if (now.output) write_mark(statements, zone, 0, *now.output);
}

void write_findings(Statements& statements, const ZoneState& before, const ZoneState& now,
                    std::int64_t zone) {
  replace(Query(statements, "DELETE FROM finding WHERE zone = ?", zone), before.findings,
          now.findings, [&](std::size_t place, const model::StandingFinding& finding) {
            if (!is_level(finding.level)) throw BadValue("no level: '" + finding.level + "'");
            Query(statements,
                  "INSERT INTO finding (zone, place, id, level, text, since, told) "
                  "VALUES (?,?,?,?,?,?,?)",
                  zone, place, finding.id, finding.level, finding.text, finding.since, finding.told)
                .run();
          });
}

void read_marks_of_all(Statements& statements, std::vector<ZoneSummary>& all,
                       const std::vector<std::int64_t>& ids) {
  Query rows(statements, {"file_mark", "*"},
             "SELECT zone.id, place, path, size, modified, inode, file_mark.digest FROM zone "
             "JOIN file_mark ON file_mark.zone = zone.id ORDER BY name, place");
  std::size_t at = 0;
  while (rows.next()) {
    std::int64_t zone = 0;
    std::int64_t place = 0;
    rows.read(zone, place);
    while (at < ids.size() && ids[at] != zone) ++at;
    if (at == ids.size()) rows.complain();
    read_mark(rows, place == 0 ? all[at].output.emplace() : all[at].source.emplace_back());
  }
}

}  // namespace

std::vector<ZoneSummary> read_summaries(Statements& statements) {
  std::vector<ZoneSummary> all;
  std::vector<std::int64_t> ids;
  {
    Query rows(statements, {"zone", "*"},
               "SELECT id, name, version, output_version, serial, wake, last_pass, policy_digest, "
               "is_frozen, "
               "EXISTS (SELECT 1 FROM finding WHERE zone = zone.id AND level = 'error'), "
               "EXISTS (SELECT 1 FROM publication AS p WHERE p.zone = zone.id "
               "AND p.version = zone.version AND p.published IS NOT NULL) "
               "FROM zone ORDER BY name");
    while (rows.next()) {
      auto& zone = all.emplace_back();
      rows.read(ids.emplace_back(), zone.name);
      if (!zone.name.ends_with('.')) rows.complain();
      rows.read(zone.version, zone.output_version, zone.serial, zone.wake, zone.last_pass,
                zone.policy_digest, zone.is_frozen, zone.has_findings, zone.is_published);
    }
  }
  read_marks_of_all(statements, all, ids);
  return all;
}

std::optional<ZoneState> read_zone(Statements& statements, std::string_view name) {
  auto zone = read_stored(statements, name);
  if (!zone) return std::nullopt;
  return std::move(zone->state);
}

void write_zone(Statements& statements, const ZoneState& zone) {
  static const ZoneState kNothing;
  const auto stored = read_stored(statements, zone.name);
  const ZoneState& before = stored ? stored->state : kNothing;
  const std::int64_t id = stored ? stored->id : write_head(statements, zone);
  if (stored && columns_of(before) != columns_of(zone)) overwrite_head(statements, zone, id);
  write_ring(statements, before, zone, id);
  write_facts(statements, before.facts, zone.facts, id);
  write_marks(statements, before, zone, id);
  write_findings(statements, before, zone, id);
}

void erase_zone(Statements& statements, std::string_view name) {
  Query(statements, "DELETE FROM tlsa_owner WHERE zone = ?", name).run();
  Query(statements, "DELETE FROM zone WHERE name = ?", name).run();
}

}  // namespace danewerk::store
