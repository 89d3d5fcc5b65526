#include "base/left_over.h"

#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;        // NOLINT(google-build-using-namespace)
using namespace danewerk::test;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;

namespace {

/// A process that makes a file, and is killed before it is done.
void leave(const Path& target) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto file = AtomicFile::create(target, 0600);
    ::_exit(file ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

bool anything(std::string_view /*name*/) {
  return true;
}

}  // namespace

TEST_CASE("left over: what a process that is gone was writing is removed, and nothing else") {
  const ScopedFolder folder;
  leave(folder / "zone");
  leave(folder / "zone");
  leave(folder / "foreign");
  const auto live = good(AtomicFile::create(folder / "zone", 0600));
  const auto alive = fmt::format("zone.{}.7.tmp", ::getppid());
  for (const auto& name : {alive, std::string("zone.tmp"), std::string("zone.x.1.tmp"),
                           std::string("zone.0.1.tmp"), std::string("zone")}) {
    std::ofstream(folder / name) << "theirs";
  }
  const auto removed =
      remove_left_over(folder.path(), [](std::string_view name) { return name == "zone"; });
  CHECK(removed == 3);  // two, and the one of ours: nobody is writing, says who calls
  CHECK(std::filesystem::exists(folder / alive));
  CHECK(std::filesystem::exists(folder / "zone.tmp"));
  CHECK(std::filesystem::exists(folder / "zone.x.1.tmp"));
  CHECK(std::filesystem::exists(folder / "zone.0.1.tmp"));
  CHECK(std::filesystem::exists(folder / "zone"));
  CHECK(remove_left_over(folder.path(), anything) == 1);
  CHECK(remove_left_over(folder / "none", anything) == 0);
}
