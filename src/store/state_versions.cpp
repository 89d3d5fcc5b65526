/// \file
/// Versions of zones and their deltas.

#include <fmt/format.h>

#include "store/state_parts.h"

namespace danewerk::store {

namespace {

using model::VersionNumber;
using model::VersionRecord;

VersionRecord version_of(Query& row) {
  VersionRecord version;
  row.read(version.version, version.serial, version.source_serial, version.made, version.why,
           version.delta, version.digest, version.census);
  return version;
}

}  // namespace

std::vector<VersionRecord> read_versions(Statements& statements, std::string_view zone,
                                         VersionNumber after) {
  Query rows(statements, {"version", zone},
             "SELECT v.version, v.serial, v.source_serial, made, why, delta, v.digest, census "
             "FROM version AS v JOIN zone ON v.zone = zone.id WHERE name = ? AND v.version > ? "
             "ORDER BY v.version",
             zone, after);
  std::vector<VersionRecord> all;
  while (rows.next()) all.push_back(version_of(rows));
  return all;
}

std::optional<VersionRecord> read_version(Statements& statements, std::string_view zone,
                                          VersionNumber number) {
  Query row(statements, {"version", zone},
            "SELECT v.version, v.serial, v.source_serial, made, why, delta, v.digest, census "
            "FROM version AS v JOIN zone ON v.zone = zone.id WHERE name = ? AND v.version = ?",
            zone, number);
  if (!row.next()) return std::nullopt;
  return version_of(row);
}

void write_version(Statements& statements, std::string_view zone, const VersionRecord& version) {
  Query(statements,
        "INSERT INTO version (zone, version, serial, source_serial, made, why, delta, digest, "
        "census) SELECT id, ?, ?, ?, ?, ?, ?, ?, ? FROM zone WHERE name = ?",
        version.version, version.serial, version.source_serial, version.made, version.why,
        version.delta, version.digest, version.census, zone)
      .run();
  if (statements.database().getChanges() == 0) {
    throw BadValue(fmt::format("cannot store version {} of '{}': the zone was never saved",
                               version.version, zone));
  }
}

void erase_versions_before(Statements& statements, std::string_view zone, VersionNumber first) {
  Query(statements,
        "DELETE FROM version WHERE zone = (SELECT id FROM zone WHERE name = ?) AND version < ?",
        zone, first)
      .run();
}

}  // namespace danewerk::store
