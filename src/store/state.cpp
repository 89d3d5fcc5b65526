#include "store/state.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "store/state_folder.h"
#include "store/state_parts.h"
#include "store/state_rows.h"
#include "store/state_schema.h"

namespace danewerk::store {

namespace {

/// Only a recovery or a migration holds the database long: writers have the state lock.
constexpr int kBusyMilliseconds = 2000;
constexpr std::string_view kLastPass = "last_pass";
constexpr std::string_view kRestoredAt = "restored_at";

/// While it lives, several reads see one version of the database. Throws.
class OneView {
 public:
  explicit OneView(SQLite::Database& database)
      : database_(database), is_ours_(sqlite3_get_autocommit(database.getHandle()) != 0) {
    if (is_ours_) database_.exec("BEGIN");
  }
  OneView(const OneView&) = delete;
  OneView& operator=(const OneView&) = delete;
  ~OneView() {
    if (is_ours_) database_.tryExec("ROLLBACK");
  }

 private:
  SQLite::Database& database_;
  bool is_ours_;
};

/// Closing the last connection folds the log into the file: not before we know that it is ours.
void keep_log(SQLite::Database& database, int on) {
  sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on, nullptr);
}

void set_up(SQLite::Database& database) {
  keep_log(database, 1);
  database.exec("PRAGMA trusted_schema = OFF");
  database.exec("PRAGMA foreign_keys = ON");
  database.exec("PRAGMA cell_size_check = ON");
  database.exec("PRAGMA synchronous = FULL");
}

Result<void> bring_up(SQLite::Database& database, const Path& file, State::Access access) {
  set_up(database);
  DW_TRY(const auto version, version_in_database(database, file));
  if (version > schema_version()) return tl::unexpected(newer_schema(file, version));
  if (access == State::Access::kRead) {
    if (version == schema_version()) return {};
    return fail(Errc::kUnavailable,
                fmt::format("'{}' is of an older danewerk, or unfinished", file.string()),
                "danewerk run, which brings it up to date");
  }
  keep_log(database, 0);
  const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal") {
    return fail(Errc::kUnavailable,
                fmt::format("cannot keep a write-ahead log beside '{}'", file.string()),
                "the state folder must be on a local file system");
  }
  return migrate(database, file);
}

Result<void> look_at_files(const Path& folder, const Path& file, State::Access access) {
  if (access == State::Access::kWrite) {
    DW_TRY_VOID(make_state_folder(folder));
    DW_TRY_VOID(check_state_folder(folder, Reach::kWrite));
    DW_TRY_VOID(make_state_file(file));
  } else {
    DW_TRY(const bool has_folder, file_exists(folder));
    if (has_folder) DW_TRY_VOID(check_state_folder(folder, Reach::kLook));
    DW_TRY(const bool is_there, file_exists(file));
    if (!is_there) {
      return fail(Errc::kUnavailable, fmt::format("no state in '{}' yet", folder.string()),
                  "danewerk run begins; danewerk check says beforehand what is wrong");
    }
  }
  DW_TRY_VOID(check_state_file(file));
  DW_TRY_VOID(version_in_header(file));
  return {};
}

}  // namespace

struct State::Body {
  Body(Path in_folder, Path in_file, Access in_access)
      : folder(std::move(in_folder)),
        file(std::move(in_file)),
        access(in_access),
        database(file.string(),
                 access == Access::kWrite ? SQLite::OPEN_READWRITE : SQLite::OPEN_READONLY,
                 kBusyMilliseconds) {}

  template <class Fn>
  auto read(const Fn& fn) {
    using Read = decltype(fn(statements));
    return guarded(database, "read", file, [&]() -> Result<Read> {
      const OneView view(database);
      return fn(statements);
    });
  }
  template <class Fn>
  Result<void> write(const Fn& fn) {
    DW_CHECK(access == Access::kWrite, "only who opened the state for writing writes");
    return guarded(database, "write", file, [&]() -> Result<void> {
      fn();
      return {};
    });
  }

  Path folder;
  Path file;
  Access access;
  SQLite::Database database;
  Statements statements{database};  ///< after it: it goes first
};

State::State(std::unique_ptr<Body> body) : body_(std::move(body)) {}
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;
State::~State() = default;

Result<State> State::open(const Path& folder, Access access) {
  const Path file = folder / "state.db";
  DW_TRY_VOID(look_at_files(folder, file, access));
  try {
    auto body = std::make_unique<Body>(folder, file, access);
    DW_TRY_VOID(guarded(body->database, "open", file,
                        [&] { return bring_up(body->database, file, access); }));
    return State(std::move(body));
  } catch (const SQLite::Exception& thrown) {
    return tl::unexpected(database_error(thrown, "open", file, nullptr));
  }
}

Result<std::vector<ZoneSummary>> State::zones() const {
  return body_->read([](Statements& statements) { return read_summaries(statements); });
}

Result<std::optional<model::ZoneState>> State::load(std::string_view zone) const {
  return body_->read([&](Statements& statements) { return read_zone(statements, zone); });
}

Result<std::vector<model::VersionRecord>> State::versions_after(std::string_view zone,
                                                                model::VersionNumber first) const {
  return body_->read(
      [&](Statements& statements) { return read_versions(statements, zone, first); });
}

Result<std::optional<model::VersionRecord>> State::version(std::string_view zone,
                                                           model::VersionNumber number) const {
  return body_->read(
      [&](Statements& statements) { return read_version(statements, zone, number); });
}

Result<std::vector<model::Event>> State::events(std::string_view zone, std::size_t limit) const {
  return body_->read([&](Statements& statements) { return read_events(statements, zone, limit); });
}

Result<std::vector<std::string>> State::binding_names() const {
  return body_->read([](Statements& statements) { return read_binding_names(statements); });
}

Result<std::optional<model::BindingState>> State::load_binding(std::string_view name) const {
  return body_->read([&](Statements& statements) { return read_binding(statements, name); });
}

Result<std::vector<ZonedTlsaOwner>> State::all_tlsa_owners() const {
  return body_->read([](Statements& statements) { return read_all_tlsa_owners(statements); });
}

Result<std::vector<model::TlsaOwner>> State::tlsa_owners(std::string_view zone) const {
  return body_->read([&](Statements& statements) { return read_tlsa_owners(statements, zone); });
}

Result<std::optional<sys_seconds>> State::last_pass() const {
  return body_->read([](Statements& statements) { return read_moment(statements, kLastPass); });
}

Result<void> State::set_last_pass(sys_seconds at) {
  return body_->write([&] { write_moment(body_->statements, kLastPass, at); });
}

Result<std::optional<sys_seconds>> State::restored_at() const {
  return body_->read([](Statements& statements) { return read_moment(statements, kRestoredAt); });
}

Result<void> State::set_restored(sys_seconds at) {
  return body_->write([&] { write_moment(body_->statements, kRestoredAt, at); });
}

Result<void> State::clear_restored() {
  return body_->write([&] { write_moment(body_->statements, kRestoredAt, std::nullopt); });
}

Result<void> State::copy_to(const Path& target) const {
  // A copy of SQLite's is not synced: it is made under another name, and renamed when it is.
  DW_TRY(auto copy, AtomicFile::create(target, S_IRUSR | S_IWUSR));
  DW_TRY_VOID(guarded(body_->database, "copy", body_->file, [&]() -> Result<void> {
    SQLite::Statement statement(body_->database, "VACUUM INTO ?");
    statement.bind(1, copy.temporary().string());
    statement.exec();
    return {};
  }));
  return copy.commit();
}

struct State::Transaction::Body {
  State::Body* state;
  bool is_open = true;
  bool has_savepoint = false;
  bool has_failed = false;

  /// SQLite ends a transaction by itself when the disk is full or fails; what came after it would
  /// take effect alone.
  Result<void> check() const {
    DW_CHECK(is_open, "nothing is written after a commit");
    if (sqlite3_get_autocommit(state->database.getHandle()) == 0) return {};
    return fail(Errc::kUnavailable,
                fmt::format("the transaction on '{}' was undone", state->file.string()));
  }
  template <class Fn>
  Result<void> write(const Fn& fn) {
    DW_TRY_VOID(check());
    auto written = state->write([&] { fn(state->statements); });
    if (!written) has_failed = true;
    return written;
  }
};

State::Transaction::Transaction(std::unique_ptr<Body> body) : body_(std::move(body)) {}
State::Transaction::Transaction(Transaction&&) noexcept = default;

State::Transaction::~Transaction() {
  if (body_ != nullptr && body_->is_open) body_->state->database.tryExec("ROLLBACK");
}

Result<State::Transaction> State::begin() {
  DW_CHECK(sqlite3_get_autocommit(body_->database.getHandle()) != 0, "one transaction at a time");
  DW_TRY_VOID(body_->write([&] { body_->database.exec("BEGIN IMMEDIATE"); }));
  return Transaction(std::make_unique<Transaction::Body>(Transaction::Body{body_.get()}));
}

Result<void> State::Transaction::save(const model::ZoneState& zone) {
  auto saved = body_->write([&](Statements& statements) { write_zone(statements, zone); });
  if (!saved) return tl::unexpected(std::move(saved).error().in("zone " + zone.name));
  return saved;
}

Result<void> State::Transaction::add_version(std::string_view zone,
                                             const model::VersionRecord& version) {
  return body_->write([&](Statements& statements) { write_version(statements, zone, version); });
}

Result<void> State::Transaction::drop_versions_before(std::string_view zone,
                                                      model::VersionNumber first) {
  return body_->write(
      [&](Statements& statements) { erase_versions_before(statements, zone, first); });
}

Result<void> State::Transaction::add_event(const model::Event& event) {
  return body_->write([&](Statements& statements) { write_event(statements, event); });
}

Result<void> State::Transaction::remove_zone(std::string_view zone) {
  return body_->write([&](Statements& statements) { erase_zone(statements, zone); });
}

Result<void> State::Transaction::save_binding(const model::BindingState& binding) {
  return body_->write([&](Statements& statements) { write_binding(statements, binding); });
}

Result<void> State::Transaction::remove_binding(std::string_view name) {
  return body_->write([&](Statements& statements) { erase_binding(statements, name); });
}

Result<void> State::Transaction::save_tlsa_owner(std::string_view zone,
                                                 const model::TlsaOwner& owner) {
  return body_->write([&](Statements& statements) { write_tlsa_owner(statements, zone, owner); });
}

Result<void> State::Transaction::remove_tlsa_owner(std::string_view zone, std::string_view name) {
  return body_->write([&](Statements& statements) { erase_tlsa_owner(statements, zone, name); });
}

Result<void> State::Transaction::savepoint() {
  DW_CHECK(!body_->has_failed, "what failed is taken back before more is written");
  DW_TRY_VOID(body_->write([&](Statements& statements) {
    if (body_->has_savepoint) statements.database().exec("RELEASE part");
    statements.database().exec("SAVEPOINT part");
  }));
  body_->has_savepoint = true;
  return {};
}

Result<void> State::Transaction::rollback_to_savepoint() {
  DW_CHECK(body_->has_savepoint, "there is a savepoint to go back to");
  DW_TRY_VOID(
      body_->write([](Statements& statements) { statements.database().exec("ROLLBACK TO part"); }));
  body_->has_failed = false;
  return {};
}

Result<void> State::Transaction::commit() {
  DW_TRY_VOID(body_->check());
  if (body_->has_failed) {
    return fail(Errc::kRefused, fmt::format("cannot commit to '{}': a write before failed",
                                            body_->state->file.string()));
  }
  DW_TRY_VOID(body_->state->write([&] { body_->state->database.exec("COMMIT"); }));
  body_->is_open = false;
  return {};
}

}  // namespace danewerk::store
