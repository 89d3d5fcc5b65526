#pragma once

/// \file
/// Rows of the state's database and our types, both ways. Private to this folder: brings SQLiteCpp,
/// which throws; so does what is declared here. `guarded` at the face turns that into an Error.

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/time.h"
#include "model/zone_state.h"

namespace danewerk::store {

/// A row is not what was written: kCorrupt.
struct BadRow : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A value that no row may hold: kBadInput, and nothing is written.
struct BadValue : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Statements, prepared at their first use and kept.
class Statements {
 public:
  explicit Statements(SQLite::Database& database) : database_(database) {}
  /// \param sql  a literal: it is kept as the key.
  SQLite::Statement& at(const char* sql);
  [[nodiscard]] SQLite::Database& database() { return database_; }

 private:
  SQLite::Database& database_;
  std::unordered_map<std::string_view, SQLite::Statement> kept_;
};

/// One use of a statement. Values that are bound must live as long as it does.
class Query {
 public:
  /// What rows are of, for messages.
  struct About {
    std::string_view table;
    std::string_view zone;
  };
  template <class... T>
  Query(Statements& statements, About about, const char* sql, const T&... values)
      : Query(statements, sql, values...) {
    about_ = about;  // NOLINT(cppcoreguidelines-prefer-member-initializer): it delegates
  }
  template <class... T>
  Query(Statements& statements, const char* sql, const T&... values)
      : statement_(statements.at(sql)) {
    // What an earlier use failed of was told then.
    static_cast<void>(statement_.tryReset());
    (bind(values), ...);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  /// A statement that stays open would hold an old version of the database.
  ~Query() { static_cast<void>(statement_.tryReset()); }

  template <class... T>
  void bind_more(const T&... values) {
    (bind(values), ...);
  }
  /// For statements without rows.
  void run() { statement_.exec(); }
  bool next();
  /// The next columns of this row, each checked for type and range.
  template <class... T>
  void read(T&... values) {
    (take(values), ...);
  }
  /// Names the column that was read last.
  [[noreturn]] void complain() const;

 private:
  void bind(std::int64_t value) { statement_.bind(++bound_, value); }
  void bind(std::uint64_t value);
  void bind(std::uint32_t value) { bind(std::int64_t{value}); }
  void bind(std::uint16_t value) { bind(std::int64_t{value}); }
  void bind(std::uint8_t value) { bind(std::int64_t{value}); }
  void bind(bool value) { bind(std::int64_t{value ? 1 : 0}); }
  void bind(sys_seconds value);
  void bind(seconds value);
  void bind(std::string_view value);
  void bind(const std::string& value) { statement_.bindNoCopy(++bound_, value); }
  void bind(const Bytes& value);
  void bind(model::KeyRole value) { bind(model::to_text(value)); }
  void bind(model::Goal value) { bind(model::to_text(value)); }
  void bind(model::KeyRecord value) { bind(model::to_text(value)); }
  void bind(model::Visibility value) { bind(model::to_text(value)); }
  void bind(model::LedgerKind value);
  template <class T>
  void bind(const std::optional<T>& value) {
    if (value) {
      bind(*value);
    } else {
      statement_.bind(++bound_);
    }
  }

  SQLite::Column column();
  std::int64_t integer();
  std::string text();
  template <class T>
  void take_integer(T& value) {
    const auto stored = integer();
    if (!std::in_range<T>(stored)) complain();
    value = static_cast<T>(stored);
  }
  void take(std::int64_t& value) { value = integer(); }
  void take(std::uint64_t& value) { take_integer(value); }
  void take(std::uint32_t& value) { take_integer(value); }
  void take(std::uint16_t& value) { take_integer(value); }
  void take(std::uint8_t& value) { take_integer(value); }
  void take(bool& value);
  void take(sys_seconds& value);
  void take(seconds& value);
  void take(std::string& value) { value = text(); }
  void take(Bytes& value);
  void take(model::KeyRole& value) { take_name(value, model::role_from_text(text())); }
  void take(model::Goal& value) { take_name(value, model::goal_from_text(text())); }
  void take(model::KeyRecord& value) { take_name(value, model::key_record_from_text(text())); }
  void take(model::Visibility& value) { take_name(value, model::visibility_from_text(text())); }
  void take(model::LedgerKind& value);
  template <class T>
  void take(std::optional<T>& value) {
    value.reset();
    if (statement_.getColumn(read_).isNull()) {
      ++read_;
    } else {
      take(value.emplace());
    }
  }
  template <class T>
  void take_name(T& value, std::optional<T> read) const {
    if (!read) complain();
    value = *read;
  }

  SQLite::Statement& statement_;
  About about_{};
  int bound_ = 0;
  int read_ = 0;
};

/// What SQLite says, as an Error: "cannot WHAT 'FILE': reason".
Error database_error(const SQLite::Exception& thrown, std::string_view what, const Path& file,
                     sqlite3* handle);

/// Calls fn(), which gives a Result, and turns what it throws into an Error.
template <class Fn>
auto guarded(SQLite::Database& database, std::string_view what, const Path& file, const Fn& fn)
    -> decltype(fn()) {
  try {
    return fn();
  } catch (const SQLite::Exception& thrown) {
    return tl::unexpected(database_error(thrown, what, file, database.getHandle()));
  } catch (const BadRow& bad) {
    return fail(Errc::kCorrupt, "'" + file.string() + "': " + bad.what(),
                "danewerk restore BACKUP, into other folders");
  } catch (const BadValue& bad) {
    return fail(Errc::kBadInput, bad.what());
  }
}

}  // namespace danewerk::store
