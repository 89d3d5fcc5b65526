#include "store/state_rows.h"

#include <array>
#include <limits>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace danewerk::store {

namespace {

/// The end of year 9999: no instant or span of ours comes near it, and none overflows below it.
constexpr std::int64_t kMaxSeconds = 253402300799;

constexpr std::array<std::string_view, 4> kLedgerNames{"dnskey", "signed", "denial", "expire"};

std::int64_t checked_seconds(std::int64_t count, std::string_view what) {
  if (count < 0 || count > kMaxSeconds) {
    throw BadValue(fmt::format("cannot store {} of {} seconds", what, count));
  }
  return count;
}

Errc code_of(int primary) {
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::kCorrupt;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return Errc::kBadInput;
    default:
      return Errc::kUnavailable;
  }
}

std::string hint_for(int primary, const Path& file) {
  switch (primary) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "danewerk restore BACKUP, into other folders";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds the database: try again when it has finished";
    case SQLITE_FULL:
      return fmt::format("df '{}'", file.parent_path().string());
    case SQLITE_IOERR:
      return fmt::format("df '{}'; dmesg", file.parent_path().string());
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return fmt::format("ls -la '{}'", file.parent_path().string());
    default:
      return {};
  }
}

}  // namespace

Error database_error(const SQLite::Exception& thrown, std::string_view what, const Path& file,
                     sqlite3* handle) {
  const int primary = thrown.getErrorCode() & 0xff;
  const bool is_about_files =
      primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
  const int number = handle != nullptr && is_about_files ? sqlite3_system_errno(handle) : 0;
  auto message = fmt::format("cannot {} '{}': {}", what, file.string(), thrown.what());
  if (number != 0) message += ": " + std::system_category().message(number);
  return {code_of(primary), std::move(message), hint_for(primary, file)};
}

SQLite::Statement& Statements::at(const char* sql) {
  const auto found = kept_.find(sql);
  if (found != kept_.end()) return found->second;
  return kept_.emplace(sql, SQLite::Statement(database_, sql)).first->second;
}

bool Query::next() {
  read_ = 0;
  return statement_.executeStep();
}

void Query::complain() const {
  throw BadRow(fmt::format("table {}, zone '{}', column {}: not what was written", about_.table,
                           about_.zone, statement_.getColumnName(read_ - 1)));
}

void Query::bind(std::uint64_t value) {
  if (!std::in_range<std::int64_t>(value)) {
    throw BadValue(fmt::format("cannot store the number {}", value));
  }
  bind(static_cast<std::int64_t>(value));
}

void Query::bind(sys_seconds value) {
  bind(checked_seconds(value.time_since_epoch().count(), "an instant"));
}

void Query::bind(seconds value) {
  bind(checked_seconds(value.count(), "a span"));
}

void Query::bind(std::string_view value) {
  statement_.bind(++bound_, std::string(value));
}

void Query::bind(const Bytes& value) {
  if (value.size() > std::numeric_limits<int>::max()) throw BadValue("cannot store over 2 GiB");
  // A null address would be NULL, which is another thing than no octets.
  const void* const at = value.empty() ? static_cast<const void*>("") : value.data();
  statement_.bindNoCopy(++bound_, at, static_cast<int>(value.size()));
}

void Query::bind(model::LedgerKind value) {
  bind(kLedgerNames.at(static_cast<std::size_t>(value)));
}

SQLite::Column Query::column() {
  return statement_.getColumn(read_++);
}

std::int64_t Query::integer() {
  const auto stored = column();
  if (!stored.isInteger()) complain();
  return stored.getInt64();
}

std::string Query::text() {
  const auto stored = column();
  if (!stored.isText()) complain();
  return stored.getString();
}

void Query::take(bool& value) {
  const auto stored = integer();
  if (stored != 0 && stored != 1) complain();
  value = stored == 1;
}

void Query::take(sys_seconds& value) {
  seconds count{};
  take(count);
  value = sys_seconds(count);
}

void Query::take(seconds& value) {
  const auto stored = integer();
  if (stored < 0 || stored > kMaxSeconds) complain();
  value = seconds(stored);
}

void Query::take(Bytes& value) {
  const auto stored = column();
  if (!stored.isBlob()) complain();
  const auto* const at = static_cast<const std::uint8_t*>(stored.getBlob());
  value.assign(at, at + stored.getBytes());
}

void Query::take(model::LedgerKind& value) {
  const auto stored = text();
  for (std::size_t i = 0; i < kLedgerNames.size(); ++i) {
    if (kLedgerNames.at(i) == stored) {
      value = static_cast<model::LedgerKind>(i);
      return;
    }
  }
  complain();
}

}  // namespace danewerk::store
