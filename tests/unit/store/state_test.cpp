#include "store/state.h"

#include <chrono>
#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/result.h"
#include "support/root.h"
#include "support/scoped_folder.h"
#include "unit/store/random_state.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace)
using namespace danewerk::test;   // NOLINT(google-build-using-namespace)
using namespace danewerk::store;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;
using support::text_of;
using support::write_text;

namespace {

using Access = State::Access;

mode_t mode_of(const Path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

/// Changes octets of a file as SQLite would: by the version that its head states.
void set_version(const Path& file, char version) {
  auto text = text_of(file);
  text[63] = version;
  write_text(file, text);
}

void save(State& state, const model::ZoneState& zone) {
  auto transaction = good(state.begin());
  REQUIRE(transaction.save(zone));
  REQUIRE(transaction.commit());
}

model::ZoneState zone_named(const std::string& name, model::VersionNumber version = 1) {
  model::ZoneState zone;
  zone.name = name;
  zone.version = version;
  zone.serial = static_cast<std::uint32_t>(100 + version);
  return zone;
}

model::VersionRecord version_of(model::VersionNumber number) {
  model::VersionRecord version;
  version.version = number;
  version.serial = static_cast<std::uint32_t>(100 + number);
  version.why = "zone file changed";
  version.delta = Bytes(number, 7);
  version.digest = {1, 2};
  version.census = {3};
  return version;
}

template <class T>
Errc code_of(const Result<T>& result) {
  REQUIRE(!result.has_value());
  return result.error().code();
}

}  // namespace

TEST_CASE("state: a power cut while the database was being made is not in the way (promise P4)") {
  // What SQLite had written: the journal is safe, and of the first page any part may be there.
  std::string journal(512, '\0');
  journal.replace(0, 8, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
  journal[22] = 2;   // sectors of 512 octets
  journal[26] = 16;  // pages of 4096
  for (const std::size_t octets : {std::size_t{512}, std::size_t{4096}}) {
    const ScopedFolder folder;
    REQUIRE(::mkdir((folder / "state").c_str(), 0700) == 0);
    write_text(folder / "state/state.db", std::string(octets, '\0'));
    write_text(folder / "state/state.db-journal", journal);
    auto state = State::open(folder / "state", Access::kWrite);
    REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().message()));
    CHECK(good(state->zones()).empty());
  }
}

TEST_CASE("state: what is saved is what is loaded, whatever it is") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  CHECK(rc::check("round trips", [&] {
    const auto name = *rc::gen::element<std::string>("a.example.", "b.example.");
    const auto zone = random_zone_state(name);
    auto transaction = *state.begin();
    RC_ASSERT(transaction.save(zone).has_value());
    RC_ASSERT(transaction.commit().has_value());
    const auto loaded = state.load(name);
    RC_ASSERT(loaded.has_value() && loaded->has_value());
    RC_ASSERT(**loaded == zone);
  }));
  CHECK(!good(state.load("c.example.")).has_value());
}

TEST_CASE("state: folder 0700 and files 0600, whatever the umask (P7)") {
  const ScopedFolder folder;
  const auto before = ::umask(0);
  {
    auto state = good(State::open(folder / "state", Access::kWrite));
    save(state, zone_named("example."));
    for (const auto& file : std::filesystem::directory_iterator(folder / "state")) {
      CHECK_MESSAGE(mode_of(file.path()) == 0600, file.path());
    }
  }
  ::umask(0777);
  const auto masked = State::open(folder / "masked", Access::kWrite);
  ::umask(before);
  CHECK(masked.has_value());
  CHECK(mode_of(folder / "state") == 0700);
  CHECK(mode_of(folder / "masked") == 0700);
  CHECK(mode_of(folder / "masked" / "state.db") == 0600);
}

TEST_CASE("state: refused when group or others can reach it, with the command that mends it (P7)") {
  const ScopedFolder folder;
  good(State::open(folder / "state", Access::kWrite));
  for (const auto access : {Access::kRead, Access::kWrite}) {
    REQUIRE(::chmod((folder / "state").c_str(), 0750) == 0);
    auto refused = State::open(folder / "state", access);
    CHECK(code_of(refused) == Errc::kRefused);
    CHECK(refused.error().hint().starts_with("chmod 0700"));
    REQUIRE(::chmod((folder / "state").c_str(), 0700) == 0);
    REQUIRE(::chmod((folder / "state" / "state.db").c_str(), 0604) == 0);
    refused = State::open(folder / "state", access);
    CHECK(code_of(refused) == Errc::kRefused);
    CHECK(refused.error().hint().starts_with("chmod 0600"));
    REQUIRE(::chmod((folder / "state" / "state.db").c_str(), 0600) == 0);
  }
}

TEST_CASE("state: another user's is refused, and root may only look (P7)") {
  support::require_root();
  const ScopedFolder folder;
  good(State::open(folder / "state", Access::kWrite));
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(::chown((folder / "state").c_str(), 12345, 12345) == 0);
  REQUIRE(::chown((folder / "state" / "state.db").c_str(), 12345, 12345) == 0);
  CHECK(code_of(State::open(folder / "state", Access::kWrite)) == Errc::kRefused);
  CHECK(State::open(folder / "state", Access::kRead).has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(54321) != 0) ::_exit(2);
    const auto refused = State::open(folder / "state", Access::kRead);
    ::_exit(!refused && refused.error().code() == Errc::kRefused ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("state: reading where there is none makes nothing, and says so") {
  const ScopedFolder folder;
  CHECK(code_of(State::open(folder / "state", Access::kRead)) == Errc::kUnavailable);
  CHECK(!std::filesystem::exists(folder / "state"));
  REQUIRE(::mkdir((folder / "state").c_str(), 0700) == 0);
  CHECK(code_of(State::open(folder / "state", Access::kRead)) == Errc::kUnavailable);
  CHECK(std::filesystem::is_empty(folder / "state"));
  // A power cut right after the file was made.
  write_text(folder / "state" / "state.db", "");
  CHECK(code_of(State::open(folder / "state", Access::kRead)) == Errc::kUnavailable);
  auto state = good(State::open(folder / "state", Access::kWrite));
  CHECK(good(state.zones()).empty());
}

TEST_CASE("state: a newer program's is refused, and not an octet of it changes") {
  const ScopedFolder folder;
  {
    auto state = good(State::open(folder / "state", Access::kWrite));
    save(state, zone_named("example."));
  }
  const auto file = folder / "state" / "state.db";
  set_version(file, 99);
  const auto before = text_of(file);
  for (const auto access : {Access::kRead, Access::kWrite}) {
    const auto refused = State::open(folder / "state", access);
    CHECK(code_of(refused) == Errc::kRefused);
    CHECK(refused.error().message().find("newer") != std::string::npos);
    CHECK(text_of(file) == before);
    CHECK(std::distance(std::filesystem::directory_iterator(folder / "state"), {}) == 1);
  }
}

TEST_CASE("state: a file that is none of ours is called corrupt and left alone") {
  const ScopedFolder folder;
  REQUIRE(::mkdir((folder / "state").c_str(), 0700) == 0);
  const auto file = folder / "state" / "state.db";
  write_text(file, "; this is a zone file, and a long one, in the place of a database\n");
  CHECK(code_of(State::open(folder / "state", Access::kWrite)) == Errc::kCorrupt);
  write_text(file, "SQLite format 3" + std::string(2000, '\0'));
  CHECK(code_of(State::open(folder / "state", Access::kWrite)) == Errc::kCorrupt);
  CHECK(text_of(file).size() == 2015);
}

TEST_CASE("state: pages that were overwritten are found, and what was not hit still loads") {
  const ScopedFolder folder;
  {
    auto state = good(State::open(folder / "state", Access::kWrite));
    for (int i = 0; i < 200; ++i) save(state, zone_named("z" + std::to_string(i) + ".example."));
  }
  const auto file = folder / "state" / "state.db";
  const auto whole = text_of(file);
  bool was_found = false;
  for (std::size_t page = 4096; page < whole.size(); page += 4096) {
    auto garbled = whole;
    garbled.replace(page, 200, std::string(200, '\x5a'));
    write_text(file, garbled);
    const auto state = State::open(folder / "state", Access::kRead);
    const auto zones = state ? state->zones() : tl::unexpected(Error(Errc::kCorrupt, ""));
    if (zones) continue;
    was_found = true;
    CHECK(zones.error().code() == Errc::kCorrupt);
  }
  CHECK(was_found);
}

TEST_CASE("state: a reader sees the last commit while another process writes") {
  const ScopedFolder folder;
  auto writer = good(State::open(folder / "state", Access::kWrite));
  save(writer, zone_named("example.", 1));
  const auto reader = good(State::open(folder / "state", Access::kRead));
  auto transaction = good(writer.begin());
  REQUIRE(transaction.save(zone_named("example.", 2)));
  CHECK(good(reader.load("example."))->version == 1);
  REQUIRE(transaction.commit());
  CHECK(good(reader.load("example."))->version == 2);
}

TEST_CASE("state: what was not committed is gone, and one zone's part can be taken back alone") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  {
    auto dropped = good(state.begin());
    REQUIRE(dropped.save(zone_named("dropped.")));
  }
  auto transaction = good(state.begin());
  for (const std::string name : {"a.", "b.", "c."}) {
    REQUIRE(transaction.savepoint());
    REQUIRE(transaction.save(zone_named(name)));
    REQUIRE(transaction.add_version(name, version_of(1)));
    if (name == "b.") REQUIRE(transaction.rollback_to_savepoint());
  }
  REQUIRE(transaction.commit());
  std::vector<std::string> names;
  for (const auto& zone : good(state.zones())) names.push_back(zone.name);
  CHECK(names == std::vector<std::string>{"a.", "c."});
}

TEST_CASE("state: after a failed write, nothing is committed until it is taken back") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  auto transaction = good(state.begin());
  REQUIRE(transaction.save(zone_named("good.")));
  REQUIRE(transaction.savepoint());
  auto bad = zone_named("bad.");
  bad.wake = sys_seconds(seconds(-5));
  CHECK(code_of(transaction.save(bad)) == Errc::kBadInput);
  CHECK(code_of(transaction.commit()) == Errc::kRefused);
  REQUIRE(transaction.rollback_to_savepoint());
  CHECK(code_of(transaction.add_version("never.", version_of(1))) == Errc::kBadInput);
  REQUIRE(transaction.rollback_to_savepoint());
  REQUIRE(transaction.commit());
  CHECK(good(state.zones()).size() == 1);
}

TEST_CASE("state: versions come back with their deltas, ascending, until they are dropped") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  auto transaction = good(state.begin());
  for (const std::string zone : {"a.", "b."}) {
    REQUIRE(transaction.save(zone_named(zone)));
    for (const model::VersionNumber number : {1U, 2U, 3U, 4U}) {
      REQUIRE(transaction.add_version(zone, version_of(number)));
    }
  }
  REQUIRE(transaction.drop_versions_before("a.", 3));
  REQUIRE(transaction.commit());
  const auto kept = good(state.versions_after("a.", 0));
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].version == 3);
  CHECK(kept[1].version == 4);
  CHECK(kept[1].serial == 104);
  CHECK(kept[1].why == "zone file changed");
  CHECK(kept[1].delta == Bytes(4, 7));
  CHECK(kept[1].digest == Bytes{1, 2});
  CHECK(kept[1].census == Bytes{3});
  CHECK(good(state.versions_after("b.", 1)).size() == 3);
  CHECK(!good(state.version("a.", 2)).has_value());
  CHECK(good(state.version("b.", 2))->delta == Bytes(2, 7));
}

TEST_CASE("state: a version is never written over") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  auto transaction = good(state.begin());
  REQUIRE(transaction.save(zone_named("a.")));
  REQUIRE(transaction.add_version("a.", version_of(1)));
  CHECK(!transaction.add_version("a.", version_of(1)));
}

TEST_CASE("state: events are numbered, outlive their zone, and the newest come last") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  auto transaction = good(state.begin());
  REQUIRE(transaction.save(zone_named("a.")));
  for (int i = 0; i < 5; ++i) {
    model::Event event;
    event.at = sys_seconds(seconds(i));
    event.zone = i % 2 == 0 ? "a." : "";
    event.who = "engine";
    event.what = "event " + std::to_string(i);
    REQUIRE(transaction.add_event(event));
  }
  REQUIRE(transaction.remove_zone("a."));
  REQUIRE(transaction.commit());
  const auto all = good(state.events("", 3));
  REQUIRE(all.size() == 3);
  CHECK(all[0].what == "event 2");
  CHECK(all[2].what == "event 4");
  CHECK(all[2].number == all[0].number + 2);
  CHECK(good(state.events("a.", 100)).size() == 3);
  CHECK(good(state.events("a.", 0)).empty());
  CHECK(good(state.zones()).empty());
}

TEST_CASE("state: a summary says what a pass must know of each zone") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  auto zone = zone_named("b.", 7);
  zone.wake = sys_seconds(seconds(5));
  zone.policy_digest = "abc";
  zone.source = {{"b.zone", 1, 2, 3, {4}}, {"more.zone", 5, 6, 7, {8}}};
  zone.output = model::FileMark{"out", 1, 2, 3, {}};
  zone.output_version = 6;
  zone.is_frozen = true;
  zone.findings = {{"ID", "error", "text", {}, {}}};
  zone.facts.publications = {{6, 106, sys_seconds(seconds(9))}, {7, 107, std::nullopt}};
  save(state, zone);
  save(state, zone_named("a."));
  auto zones = good(state.zones());
  REQUIRE(zones.size() == 2);
  CHECK(zones[0].name == "a.");
  CHECK(zones[0].source.empty());
  CHECK(!zones[0].wake);
  CHECK(zones[1].version == 7);
  CHECK(zones[1].output_version == 6);
  CHECK(zones[1].serial == 107);
  CHECK(zones[1].wake == zone.wake);
  CHECK(zones[1].policy_digest == "abc");
  CHECK(zones[1].source == zone.source);
  CHECK(zones[1].is_frozen);
  CHECK(zones[1].has_findings);
  CHECK(!zones[1].is_published);
  // A warning is no reason to look at the zone in each pass.
  zone.findings[0].level = "warning";
  zone.facts.publications[1].published = sys_seconds(seconds(10));
  save(state, zone);
  CHECK(good(state.zones())[1].is_published);
  CHECK(!good(state.zones())[1].has_findings);
}

TEST_CASE("state: saving what stands there writes nothing (P6)") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  const auto log = folder / "state" / "state.db-wal";
  CHECK(rc::check("saved twice", [&] {
    const auto zone = random_zone_state("example.");
    save(state, zone);
    const auto size = std::filesystem::file_size(log);
    const auto when = std::filesystem::last_write_time(log);
    save(state, zone);
    RC_ASSERT(std::filesystem::file_size(log) == size);
    RC_ASSERT(std::filesystem::last_write_time(log) == when);
  }));
}

TEST_CASE("state: the heartbeat and the mark of a restored backup") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  CHECK(!good(state.last_pass()));
  CHECK(!good(state.restored_at()));
  REQUIRE(state.set_last_pass(sys_seconds(seconds(5))));
  REQUIRE(state.set_last_pass(sys_seconds(seconds(6))));
  REQUIRE(state.set_restored(sys_seconds(seconds(7))));
  CHECK(good(state.last_pass()) == sys_seconds(seconds(6)));
  CHECK(good(state.restored_at()) == sys_seconds(seconds(7)));
  REQUIRE(state.clear_restored());
  CHECK(!good(state.restored_at()));
}

TEST_CASE("state: a copy is whole, 0600, and opens by itself") {
  const ScopedFolder folder;
  auto state = good(State::open(folder / "state", Access::kWrite));
  CHECK(rc::check("copies", [&] {
    save(state, random_zone_state("example."));
    const auto zone = *state.load("example.");
    std::filesystem::create_directories(folder / "copy");
    RC_ASSERT(::chmod((folder / "copy").c_str(), 0700) == 0);
    std::filesystem::remove(folder / "copy" / "state.db-wal");
    std::filesystem::remove(folder / "copy" / "state.db-shm");
    const auto reader = *State::open(folder / "state", Access::kRead);
    RC_ASSERT(reader.copy_to(folder / "copy" / "state.db").has_value());
    RC_ASSERT(mode_of(folder / "copy" / "state.db") == 0600U);
    const auto copy = State::open(folder / "copy", Access::kRead);
    RC_ASSERT(copy.has_value());
    RC_ASSERT(*copy->load("example.") == zone);
  }));
}
