#include "daemon/folder_watch.h"

#include <map>

#include <doctest/doctest.h>
#include <unistd.h>

#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;          // NOLINT(google-build-using-namespace)
using namespace danewerk::daemon;  // NOLINT(google-build-using-namespace)
using danewerk::test::good;
using support::ScopedFolder;
using support::write_text;

namespace {

using Seen = std::map<std::string, FileEvent>;

/// Zones of all events, each with its last one.
Seen seen(FolderWatch& watch) {
  Seen zones;
  for (const auto& event : watch.read().events) zones[event.zone] = event.what;
  return zones;
}

}  // namespace

TEST_CASE("watch: a file that is written is open until it is closed") {
  const ScopedFolder folder;
  auto watch = good(FolderWatch::open());
  REQUIRE(watch.set("a.", {folder / "a.zone"}).empty());
  CHECK(seen(watch).empty());
  {
    std::ofstream out(folder / "a.zone");
    out << "half" << std::flush;
    CHECK(seen(watch) == Seen{{"a.", FileEvent::kWritten}});
  }
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
}

TEST_CASE("watch: editors that write another file and rename it are seen, other files are not") {
  const ScopedFolder folder;
  write_text(folder / "a.zone", "old");
  auto watch = good(FolderWatch::open());
  REQUIRE(watch.set("a.", {folder / "a.zone"}).empty());
  write_text(folder / ".a.zone.swp", "new");
  CHECK(seen(watch).empty());
  std::filesystem::rename(folder / ".a.zone.swp", folder / "a.zone");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
  std::filesystem::remove(folder / "a.zone");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
}

TEST_CASE("watch: a file of two zones is both zones' file, a zone that is forgotten has none") {
  const ScopedFolder folder;
  auto watch = good(FolderWatch::open());
  REQUIRE(watch.set("a.", {folder / "common"}).empty());
  REQUIRE(watch.set("b.", {folder / "b.zone", folder / "common"}).empty());
  write_text(folder / "common", "x");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}, {"b.", FileEvent::kDone}});
  watch.set("b.", {});
  write_text(folder / "common", "y");
  write_text(folder / "b.zone", "y");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
  watch.set("a.", {});
  write_text(folder / "common", "z");
  CHECK(seen(watch).empty());
}

TEST_CASE("watch: a symbolic link is watched where it stands and where it leads") {
  const ScopedFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory(folder / "links");
  write_text(folder / "real/x", "x");
  write_text(folder / "real/y", "y");
  std::filesystem::create_symlink(folder / "real/x", folder / "links/a.zone");
  auto watch = good(FolderWatch::open());
  REQUIRE(watch.set("a.", {folder / "links/a.zone"}).empty());
  write_text(folder / "real/x", "changed");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
  std::filesystem::create_symlink(folder / "real/y", folder / "links/new");
  std::filesystem::rename(folder / "links/new", folder / "links/a.zone");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
}

TEST_CASE("watch: a folder that goes away is told, and watched again when it is back") {
  const ScopedFolder folder;
  const auto zones = folder / "zones";
  std::filesystem::create_directory(zones);
  write_text(zones / "a.zone", "x");
  auto watch = good(FolderWatch::open());
  REQUIRE(watch.set("a.", {zones / "a.zone"}).empty());
  std::filesystem::rename(zones, folder / "former");
  seen(watch);  // lets it go; the kernel's answer comes with the next look
  seen(watch);
  CHECK(watch.set("a.", {zones / "a.zone"}).size() == 1);
  std::filesystem::create_directory(zones);
  CHECK(watch.set("a.", {zones / "a.zone"}).empty());
  write_text(zones / "a.zone", "y");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
  write_text(folder / "former/a.zone", "z");
  CHECK(seen(watch).empty());
  std::filesystem::remove_all(zones);
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}});
}

TEST_CASE("watch: a folder that has two names is watched under both, and let go with the last") {
  const ScopedFolder folder;
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "alias");
  auto watch = good(FolderWatch::open());
  REQUIRE(watch.set("a.", {folder / "alias/a.zone"}).empty());
  REQUIRE(watch.set("b.", {folder / "real/b.zone"}).empty());
  write_text(folder / "real/a.zone", "x");
  write_text(folder / "alias/b.zone", "x");
  CHECK(seen(watch) == Seen{{"a.", FileEvent::kDone}, {"b.", FileEvent::kDone}});
  watch.set("a.", {});
  write_text(folder / "real/b.zone", "y");
  CHECK(seen(watch) == Seen{{"b.", FileEvent::kDone}});
}
