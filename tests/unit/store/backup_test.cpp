#include "store/backup.h"

#include <algorithm>
#include <filesystem>
#include <random>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "store/state.h"
#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace)
using namespace danewerk::test;   // NOLINT(google-build-using-namespace)
using namespace danewerk::store;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;
using support::text_of;
using support::write_text;

namespace {

constexpr sys_seconds kNow{seconds(1700000000)};

/// A machine with a state and keys, and the folders of another where they are to be restored.
struct Machines {
  ScopedFolder folder;
  BackupTask from{.file = folder / "backup",
                  .state = folder / "state",
                  .keys = folder / "keys",
                  .passphrase_file = folder / "passphrase",
                  .now = kNow,
                  .cost = {1, 1, 1}};
  BackupTask to = from;

  Machines() {
    to.state = folder / "new-state";
    to.keys = folder / "new-keys";
    write_text(from.passphrase_file, "open sesame\n");
    REQUIRE(::mkdir(from.keys.c_str(), 0700) == 0);
    REQUIRE(::mkdir((from.keys / "retired").c_str(), 0700) == 0);
    write_text(from.keys / "example.pem", "the private half");
    write_text(from.keys / "retired" / "old.pem", std::string(200000, 'k'));
    write_text(from.keys / "empty", "");
    auto state = good(State::open(from.state, State::Access::kWrite));
    auto transaction = good(state.begin());
    model::ZoneState zone;
    zone.name = "example.";
    zone.version = 7;
    REQUIRE(transaction.save(zone));
    REQUIRE(transaction.commit());
    write_text(from.state / "example.snapshot", "pages");
    write_text(from.state / "lock", "1 2 danewerkd\n");
  }
  void expect_nothing_restored() const {
    CHECK(!std::filesystem::exists(to.state));
    CHECK(!std::filesystem::exists(to.keys));
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      CHECK(entry.path().string().find("restore") == std::string::npos);
    }
  }
};

mode_t mode_of(const Path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

}  // namespace

TEST_CASE("backup: what is restored is what was there, the owner's alone, and marked") {
  Machines machines;
  REQUIRE(write_backup(machines.from));
  CHECK(mode_of(machines.from.file) == 0600);
  CHECK(!std::filesystem::exists(machines.from.state / "state.db.backup"));
  const auto restored = restore_backup(machines.to);
  REQUIRE_MESSAGE(restored, (restored ? "" : restored.error().message()));
  CHECK(text_of(machines.to.keys / "example.pem") == "the private half");
  CHECK(text_of(machines.to.keys / "retired" / "old.pem") == std::string(200000, 'k'));
  CHECK(text_of(machines.to.keys / "empty").empty());
  CHECK(text_of(machines.to.state / "example.snapshot") == "pages");
  CHECK(!std::filesystem::exists(machines.to.state / "lock"));
  for (const auto& root : {machines.to.state, machines.to.keys}) {
    CHECK(mode_of(root) == 0700);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      CHECK(mode_of(entry.path()) == (entry.is_directory() ? 0700 : 0600));
    }
  }
  const auto state = good(State::open(machines.to.state, State::Access::kRead));
  CHECK(good(state.load("example."))->version == 7);
  CHECK(good(state.restored_at()) == kNow);
  CHECK(!good(good(State::open(machines.from.state, State::Access::kRead)).restored_at()));
}

TEST_CASE("backup: nothing of a private key can be read in it (P7)") {
  Machines machines;
  REQUIRE(write_backup(machines.from));
  const auto text = text_of(machines.from.file);
  CHECK(text.find("private half") == std::string::npos);
  CHECK(text.find("example") == std::string::npos);
  CHECK(text.find("kkkkkkkk") == std::string::npos);
}

TEST_CASE("backup: a passphrase file that others can reach is refused, and an empty one") {
  Machines machines;
  REQUIRE(::chmod(machines.from.passphrase_file.c_str(), 0640) == 0);
  const auto refused = write_backup(machines.from);
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kRefused);
  write_text(machines.from.passphrase_file, "\n");
  CHECK(!write_backup(machines.from));
  CHECK(!std::filesystem::exists(machines.from.file));
}

TEST_CASE("backup: nothing is overwritten, and none lies within what it holds") {
  Machines machines;
  write_text(machines.from.file, "the last one");
  CHECK(write_backup(machines.from).error().code() == Errc::kRefused);
  CHECK(text_of(machines.from.file) == "the last one");
  for (const auto& folder : {machines.from.state, machines.from.keys / "retired"}) {
    machines.from.file = folder / ".." / folder.filename() / "backup";
    CHECK(write_backup(machines.from).error().code() == Errc::kRefused);
    CHECK(!std::filesystem::exists(machines.from.file));
  }
  machines.from.file = machines.folder / "state-1";  // beside it, and beginning alike
  CHECK(write_backup(machines.from));
}

TEST_CASE("restore: the operator's word that nobody is to be asked, and who gave it, is kept") {
  Machines machines;
  {
    // Of a state that was restored itself, and waits.
    auto state = good(State::open(machines.from.state, State::Access::kWrite));
    REQUIRE(state.set_restored(kNow - seconds(5)));
  }
  REQUIRE(write_backup(machines.from));
  machines.to.secondaries = BackupTask::Secondaries::kNotAsked;
  machines.to.who = "operator";
  REQUIRE(restore_backup(machines.to));
  const auto state = good(State::open(machines.to.state, State::Access::kRead));
  CHECK(!good(state.restored_at()));
  const auto events = good(state.events("", 1));
  REQUIRE(events.size() == 1);
  CHECK(events.front().who == "operator");
  CHECK(events.front().what.find("no secondary is to be asked") != std::string::npos);
}

TEST_CASE("restore: the backup of a newer danewerk is refused as such") {
  Machines machines;
  REQUIRE(write_backup(machines.from));
  auto newer = text_of(machines.from.file);
  newer[6] = 2;
  write_text(machines.to.file, newer);
  const auto refused = restore_backup(machines.to);
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kRefused);
  CHECK(refused.error().message().find("newer danewerk") != std::string::npos);
  machines.expect_nothing_restored();
}

TEST_CASE("restore: another passphrase makes nothing") {
  Machines machines;
  REQUIRE(write_backup(machines.from));
  write_text(machines.to.passphrase_file, "open barley");
  const auto refused = restore_backup(machines.to);
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kBadInput);
  machines.expect_nothing_restored();
}

TEST_CASE("restore: folders that hold something are left alone, empty ones are used") {
  Machines machines;
  REQUIRE(write_backup(machines.from));
  for (const auto& there : {machines.to.state, machines.to.keys}) {
    REQUIRE(::mkdir(there.c_str(), 0700) == 0);
    write_text(there / "something", "mine");
    const auto refused = restore_backup(machines.to);
    REQUIRE(!refused);
    CHECK(refused.error().code() == Errc::kRefused);
    CHECK(text_of(there / "something") == "mine");
    std::filesystem::remove(there / "something");
  }
  CHECK(restore_backup(machines.to));
}

TEST_CASE("restore: a backup cut off, or with one bit changed, makes nothing") {
  Machines machines;
  REQUIRE(write_backup(machines.from));
  const auto whole = text_of(machines.from.file);
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size < whole.size(); size += size < 60 ? 1 : 9973) {
    sizes.push_back(size);
  }
  for (std::size_t back = 1; back < 20; ++back) sizes.push_back(whole.size() - back);
  for (const auto size : sizes) {
    write_text(machines.to.file, whole.substr(0, size));
    REQUIRE_MESSAGE(!restore_backup(machines.to), size);
  }
  machines.expect_nothing_restored();
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    const auto at = i < 20 ? static_cast<std::size_t>(i) : random() % whole.size();
    if (at == 7) continue;  // the cost of scrypt: its own test
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (random() % 8)));
    write_text(machines.to.file, changed);
    REQUIRE_MESSAGE(!restore_backup(machines.to), at);
  }
  machines.expect_nothing_restored();
  write_text(machines.to.file, whole);
  CHECK(restore_backup(machines.to));
}
