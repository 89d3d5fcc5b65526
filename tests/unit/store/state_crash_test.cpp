// The state when the process is killed, the disk is full, or somebody wrote into the database.

#include <csignal>
#include <filesystem>
#include <random>

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/state.h"
#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace)
using namespace danewerk::test;   // NOLINT(google-build-using-namespace)
using namespace danewerk::store;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;

namespace {

using Access = State::Access;
constexpr std::string_view kZone = "example.";

/// Runs SQL as anybody with a shell could. \returns the first value of the first row.
std::string sql(const Path& folder, const std::string& text) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open((folder / "state.db").c_str(), &database) == SQLITE_OK);
  std::string first;
  const auto take = [](void* out, int, char** values, char**) {
    auto& value = *static_cast<std::string*>(out);
    if (value.empty() && values[0] != nullptr) value = values[0];
    return 0;
  };
  const int code = sqlite3_exec(database, text.c_str(), take, &first, nullptr);
  sqlite3_close(database);
  REQUIRE_MESSAGE(code == SQLITE_OK, text);
  return first;
}

/// Everything of a version says its number.
model::ZoneState zone_at(model::VersionNumber number) {
  model::ZoneState zone;
  zone.name = kZone;
  zone.version = number;
  zone.serial = static_cast<std::uint32_t>(number);
  for (unsigned i = 0; i < 4; ++i) {
    auto& key = zone.ring.keys.emplace_back();
    key.id = "key " + std::to_string(i);
    key.at(model::KeyRecord::kDnskey) = {model::Visibility::kRumoured, {}, number};
  }
  zone.facts.publications = {{number, zone.serial, std::nullopt}};
  return zone;
}

model::VersionRecord record_of(model::VersionNumber number) {
  model::VersionRecord version;
  version.version = number;
  version.serial = static_cast<std::uint32_t>(number);
  version.delta = Bytes(5000, static_cast<std::uint8_t>(number));
  return version;
}

Result<void> commit(State& state, model::VersionNumber number) {
  DW_TRY(auto transaction, state.begin());
  DW_TRY_VOID(transaction.save(zone_at(number)));
  DW_TRY_VOID(transaction.add_version(kZone, record_of(number)));
  if (number > 20) DW_TRY_VOID(transaction.drop_versions_before(kZone, number - 20));
  return transaction.commit();
}

/// Commits 1, 2, 3, ... and tells each on the pipe, until it is killed.
[[noreturn]] void commit_for_ever(const Path& folder, int pipe) {
  auto state = State::open(folder, Access::kWrite);
  if (!state) ::_exit(1);
  const auto last = state->load(kZone);
  if (!last) ::_exit(2);
  for (auto number = *last ? (*last)->version + 1 : 1;; ++number) {
    if (!commit(*state, number)) ::_exit(3);
    if (::write(pipe, &number, sizeof number) != sizeof number) ::_exit(4);
  }
}

/// The newest version is WANTED or later, and everything says the same.
model::VersionNumber check_state(const Path& folder, model::VersionNumber wanted) {
  const auto state = good(State::open(folder, Access::kRead));
  const auto zone = good(state.load(kZone));
  const auto number = zone ? zone->version : 0;
  CHECK(number >= wanted);
  if (!zone) return number;
  CHECK(*zone == zone_at(number));
  const auto versions = good(state.versions_after(kZone, 0));
  REQUIRE(!versions.empty());
  CHECK(versions.back().version == number);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    CHECK(versions[i].version == versions.front().version + i);
    CHECK(versions[i].delta == record_of(versions[i].version).delta);
  }
  return number;
}

}  // namespace

TEST_CASE("state: killed at any moment, what was committed is there, and nothing by halves (P4)") {
  const ScopedFolder folder;
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  model::VersionNumber last = 0;
  for (int round = 0; round < 12; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) commit_for_ever(folder / "state", ends[1]);
    ::close(ends[1]);
    // Killed while it works on the next one: somewhere within a few milliseconds.
    model::VersionNumber told = last;
    for (auto commits = random() % 30; commits > 0; --commits) {
      REQUIRE(::read(ends[0], &told, sizeof told) == sizeof told);
    }
    for (volatile std::uint64_t spin = random() % 3000000; spin > 0;) spin = spin - 1;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ends[0], &told, sizeof told) == sizeof told) continue;
    ::close(ends[0]);
    if (!std::filesystem::exists(folder / "state" / "state.db")) continue;
    if (!State::open(folder / "state", Access::kRead)) {
      // Killed while it was made: then nothing had been committed, and the next start makes it.
      CHECK(told == 0);
      good(State::open(folder / "state", Access::kWrite));
    }
    last = check_state(folder / "state", told);
    CHECK(sql(folder / "state", "PRAGMA integrity_check") == "ok");
    CHECK(sql(folder / "state", "PRAGMA foreign_key_check").empty());
  }
  CHECK(last > 0);
}

TEST_CASE("state: when the disk is full the commit fails, says why, and the last one stands (P4)") {
  const ScopedFolder folder;
  {
    auto state = good(State::open(folder / "state", Access::kWrite));
    REQUIRE(commit(state, 1));
  }
  const pid_t child = ::fork();
  if (child == 0) {
    auto state = State::open(folder / "state", Access::kWrite);
    if (!state) ::_exit(2);
    ::signal(SIGXFSZ, SIG_IGN);  // NOLINT(cert-err33-c)
    const rlimit limit{30000, 30000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(3);
    const auto first = commit(*state, 2);
    const auto second = commit(*state, 3);
    const auto third = commit(*state, 4);
    if (first && second && third) ::_exit(4);
    const auto& error = !first ? first.error() : !second ? second.error() : third.error();
    if (error.code() != Errc::kUnavailable || error.hint().empty()) ::_exit(5);
    const auto zone = state->load(kZone);
    const model::VersionNumber wanted = !first ? 1 : !second ? 2 : 3;
    ::_exit(zone && *zone && **zone == zone_at(wanted) ? 0 : 6);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  check_state(folder / "state", 1);
}

TEST_CASE("state: what no row may hold is called corrupt, with table, zone and column") {
  struct Planted {
    const char* change;
    const char* table;
    const char* column;
  };
  for (const auto& [change, table, column] : {
           Planted{"UPDATE key_record SET visibility = 'seen'", "key_record", "visibility"},
           Planted{"UPDATE zone_key SET role = 'KSK'", "zone_key", "role"},
           Planted{"UPDATE zone_key SET goal = ''", "zone_key", "goal"},
           Planted{"UPDATE zone_key SET tag = 65536", "zone_key", "tag"},
           Planted{"UPDATE zone_key SET is_standby = 2", "zone_key", "is_standby"},
           Planted{"UPDATE zone_key SET created = -1", "zone_key", "created"},
           Planted{"UPDATE zone SET serial = 4294967296", "zone", "serial"},
           Planted{"UPDATE zone SET version = -1", "zone", "version"},
           Planted{"UPDATE zone SET wake = 253402300800", "zone", "wake"},
           Planted{"INSERT INTO ledger VALUES (1, 0, 'mail', 1, 1, 1)", "ledger", "kind"},
           Planted{"INSERT INTO finding VALUES (1, 0, 'A', 'loud', '', 0, 0)", "finding", "level"},
           Planted{"INSERT INTO file_mark VALUES (1, 1, 'f', -1, 0, 0, x'')", "file_mark", "size"},
       }) {
    const ScopedFolder folder;
    {
      auto state = good(State::open(folder / "state", Access::kWrite));
      REQUIRE(commit(state, 1));
    }
    CAPTURE(change);
    sql(folder / "state", change);
    auto state = good(State::open(folder / "state", Access::kWrite));
    const auto loaded = state.load(kZone);
    REQUIRE(!loaded);
    CHECK(loaded.error().code() == Errc::kCorrupt);
    const auto wanted = std::string("table ") + table + ", zone 'example.', column " + column + ":";
    CHECK_MESSAGE(loaded.error().message().find(wanted) != std::string::npos,
                  loaded.error().message());
    // What cannot be read is not written over either.
    CHECK(!commit(state, 2));
  }
}

TEST_CASE("state: a writer that finds another at work waits, and then says who is in the way") {
  const ScopedFolder folder;
  auto first = good(State::open(folder / "state", Access::kWrite));
  auto second = good(State::open(folder / "state", Access::kWrite));
  const auto held = good(first.begin());
  const auto refused = second.begin();
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kUnavailable);
  CHECK(refused.error().hint().find("another process") != std::string::npos);
}
