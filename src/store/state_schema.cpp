#include "store/state_schema.h"

#include <array>

#include <fmt/format.h>

namespace danewerk::store {

namespace {

/// "DWst": tells our database from others (PRAGMA application_id).
constexpr std::uint32_t kApplication = 0x44577374;

/// Migration N brings version N to N + 1. One that was released is never changed.
constexpr std::array kMigrations{
    // Lists are kept by place: their order is part of them. Instants and spans are seconds.
    R"sql(
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE zone (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,
  snapshot_version INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  source_serial INTEGER,
  digest BLOB NOT NULL,
  serial_floor INTEGER,
  largest_serial INTEGER,
  earliest_expiration INTEGER,
  output_version INTEGER NOT NULL,
  policy_digest TEXT NOT NULL,
  wake INTEGER,
  last_pass INTEGER,
  last_outcome TEXT NOT NULL,
  is_frozen INTEGER NOT NULL,
  is_step_released INTEGER NOT NULL,
  waits_json TEXT NOT NULL,
  going_insecure INTEGER NOT NULL,
  largest_ds_ttl INTEGER NOT NULL,
  soa_refresh INTEGER NOT NULL,
  soa_retry INTEGER NOT NULL,
  signatures INTEGER NOT NULL,
  looked INTEGER,
  looked_at_ds INTEGER,
  held TEXT NOT NULL
) STRICT;

CREATE TABLE zone_key (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  id TEXT NOT NULL,
  role TEXT NOT NULL,
  algorithm INTEGER NOT NULL,
  bits INTEGER NOT NULL,
  tag INTEGER NOT NULL,
  created INTEGER NOT NULL,
  goal TEXT NOT NULL,
  predecessor TEXT NOT NULL,
  active INTEGER,
  resigned INTEGER NOT NULL,
  is_standby INTEGER NOT NULL,
  is_compromised INTEGER NOT NULL,
  PRIMARY KEY (zone, place),
  UNIQUE (zone, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_record (
  zone INTEGER NOT NULL,
  key_place INTEGER NOT NULL,
  record TEXT NOT NULL,
  visibility TEXT NOT NULL,
  since INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (zone, key_place, record),
  FOREIGN KEY (zone, key_place) REFERENCES zone_key ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  role TEXT NOT NULL,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE publication (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  version INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  published INTEGER,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE secondary (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  address TEXT NOT NULL,
  released INTEGER NOT NULL,
  silent_since INTEGER,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE sight (
  zone INTEGER NOT NULL,
  secondary_place INTEGER NOT NULL,
  place INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (zone, secondary_place, place),
  FOREIGN KEY (zone, secondary_place) REFERENCES secondary ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value INTEGER NOT NULL,
  first INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE ds_sight (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  key_id TEXT NOT NULL,
  seen INTEGER,
  gone INTEGER,
  by_operator INTEGER NOT NULL,
  seen_first INTEGER,
  gone_first INTEGER,
  PRIMARY KEY (zone, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ds_ttl (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  ttl INTEGER NOT NULL,
  ended INTEGER,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  id TEXT NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  since INTEGER NOT NULL,
  told INTEGER NOT NULL,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

-- Place 0 is the output, the source stands from 1 on.
CREATE TABLE file_mark (
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  place INTEGER NOT NULL,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (zone, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE version (
  id INTEGER PRIMARY KEY,
  zone INTEGER NOT NULL REFERENCES zone ON DELETE CASCADE,
  version INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  source_serial INTEGER,
  made INTEGER NOT NULL,
  why TEXT NOT NULL,
  digest BLOB NOT NULL,
  census BLOB NOT NULL,
  delta BLOB NOT NULL,
  UNIQUE (zone, version)
) STRICT;

-- By name: events outlive their zone.
CREATE TABLE event (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  zone TEXT NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  rule TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_zone ON event (zone, number);
)sql",
    // Certificates bound to services, and the owners of their TLSA records: JSON, read as a whole.
    R"sql(
CREATE TABLE binding (
  name TEXT PRIMARY KEY,
  document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- By name, as events: owners may be in zones that are not signed here.
CREATE TABLE tlsa_owner (
  zone TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (zone, name)
) STRICT, WITHOUT ROWID;
)sql",
};

std::int64_t number_of(SQLite::Database& database, const char* sql) {
  return database.execAndGet(sql).getInt64();
}

Error foreign_file(const Path& file) {
  return {Errc::kCorrupt, fmt::format("'{}' is no state of danewerk", file.string()),
          fmt::format("move it away: mv '{0}' '{0}.aside'", file.string())};
}

}  // namespace

std::uint32_t schema_version() {
  return static_cast<std::uint32_t>(kMigrations.size());
}

Error newer_schema(const Path& file, std::uint32_t version) {
  return {Errc::kRefused,
          fmt::format("'{}' was written by a newer danewerk: its version is {}, ours is {}",
                      file.string(), version, schema_version()),
          "use the newer program, or restore a backup of this version's"};
}

Result<std::uint32_t> version_in_header(const Path& file) {
  // Offsets are SQLite's file format: user_version at 60, application_id at 68.
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::array<char, 100> head{};
  // The power failed while the head was written for the first time: SQLite takes that back, and
  // whatever it is then, `migrate` judges. Later changes go through the write-ahead log.
  Path journal = file;
  journal += "-journal";
  DW_TRY(const bool is_unfinished, file_exists(journal));
  if (is_unfinished) return std::uint32_t{0};
  DW_TRY(const auto open, open_for_reading(file));
  DW_TRY(const auto size, read_some(open, head.data(), head.size()));
  if (size == 0) return std::uint32_t{0};
  const std::string_view read(head.data(), size);
  if (size < head.size() || !read.starts_with(kMagic)) return tl::unexpected(foreign_file(file));
  const std::uint32_t version = load_u32(as_bytes(read).data() + 60);
  const std::uint32_t application = load_u32(as_bytes(read).data() + 68);
  if (version != 0 && application != kApplication) return tl::unexpected(foreign_file(file));
  if (version > schema_version()) return tl::unexpected(newer_schema(file, version));
  return version;
}

Result<std::uint32_t> version_in_database(SQLite::Database& database, const Path& file) {
  const auto version = static_cast<std::uint32_t>(number_of(database, "PRAGMA user_version"));
  const bool is_ours = version == 0 ? number_of(database, "SELECT count(*) FROM sqlite_schema") == 0
                                    : number_of(database, "PRAGMA application_id") == kApplication;
  if (!is_ours) return tl::unexpected(foreign_file(file));
  return version;
}

Result<void> migrate(SQLite::Database& database, const Path& file) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  DW_TRY(const auto from, version_in_database(database, file));
  if (from == schema_version()) return {};
  for (std::size_t at = from; at < kMigrations.size(); ++at) database.exec(kMigrations.at(at));
  database.exec(fmt::format("PRAGMA application_id = {}", kApplication));
  database.exec(fmt::format("PRAGMA user_version = {}", schema_version()));
  transaction.commit();
  // An older program is to see the version in the file's head, not only in the log beside it.
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return {};
}

}  // namespace danewerk::store
