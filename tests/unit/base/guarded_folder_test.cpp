#include "base/guarded_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/result.h"
#include "support/root.h"
#include "support/scoped_folder.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using support::ScopedFolder;
using support::write_text;
using test::good;

namespace {

constexpr uid_t kSomebody = 12345;

Error refusal(const Path& folder) {
  auto found = GuardedFolder::open(folder, Missing::kIsNothing);
  REQUIRE_FALSE(found.has_value());
  CHECK_FALSE(found.error().hint().empty());
  return std::move(found).error();
}

bool is_open(const Path& folder) {
  return good(GuardedFolder::open(folder, Missing::kIsNothing)).has_value();
}

TEST_CASE("open places: files, folders and links that others than their owner may write") {
  const ScopedFolder scope;
  const auto folder = scope.path();
  std::filesystem::create_directories(folder / "archive/mail");
  std::filesystem::create_directories(folder / "live");
  const auto file = folder / "archive/mail/1.pem";
  std::ofstream(file) << "text";
  std::filesystem::create_symlink("../archive/mail/1.pem", folder / "live/cert.pem");
  const auto set_mode = [](const Path& path, mode_t mode) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
  };
  set_mode(file, 0644);
  const auto link = folder / "live/cert.pem";
  using Paths = std::vector<Path>;
  CHECK(open_places(link) == Paths{});
  CHECK(open_places(folder / "none/cert.pem") == Paths{});
  set_mode(folder / "archive", 0775);
  CHECK(open_places(link) == Paths{folder / "archive"});
  set_mode(folder / "archive", 0755);
  set_mode(folder / "live", 0757);
  CHECK(open_places(link) == Paths{folder / "live"});
  set_mode(folder / "live", 01777);  // nobody can exchange what is another's
  CHECK(open_places(link) == Paths{});
  set_mode(file, 0660);
  REQUIRE(open_places(link).size() == 1);
  CHECK(std::filesystem::equivalent(open_places(link).front(), file));
}

}  // namespace

TEST_CASE("guarded folder: what is ours all the way is opened, also below a sticky folder") {
  const ScopedFolder folder;  // in /tmp
  std::filesystem::create_directories(folder / "a/b");
  CHECK(is_open(folder / "a/b"));
  CHECK(is_open(folder / "a/./b/../b"));
  CHECK_FALSE(is_open(folder / "a/none"));
}

TEST_CASE("guarded folder: one of another user on the way is refused (promise P7)") {
  support::require_root();
  const ScopedFolder folder;
  std::filesystem::create_directories(folder / "a/b/c");
  REQUIRE(::chown((folder / "a").c_str(), kSomebody, kSomebody) == 0);
  CHECK(refusal(folder / "a/b/c").message().find("belongs to user 12345") != std::string::npos);
  CHECK(refusal(folder / "a").code() == Errc::kRefused);
}

TEST_CASE(
    "guarded folder: one that others may write into is refused, but for passing a sticky one") {
  const ScopedFolder folder;
  std::filesystem::create_directories(folder / "a/b");
  REQUIRE(::chmod((folder / "a").c_str(), 0775) == 0);
  CHECK(refusal(folder / "a/b").hint().starts_with("chmod go-w"));
  REQUIRE(::chmod((folder / "a").c_str(), 01777) == 0);
  CHECK(is_open(folder / "a/b"));
  CHECK(refusal(folder / "a").code() == Errc::kRefused);
}

TEST_CASE("guarded folder: links of ours are followed, those of others are not") {
  support::require_root();
  const ScopedFolder folder;
  std::filesystem::create_directories(folder / "a/b");
  std::filesystem::create_directory_symlink(folder / "a", folder / "absolute");
  std::filesystem::create_directory_symlink("a/../a", folder / "relative");
  std::filesystem::create_directory_symlink("loop", folder / "loop");
  CHECK(is_open(folder / "absolute/b"));
  CHECK(is_open(folder / "relative/b"));
  CHECK_FALSE(GuardedFolder::open(folder / "loop", Missing::kIsNothing).has_value());
  REQUIRE(::lchown((folder / "absolute").c_str(), kSomebody, kSomebody) == 0);
  CHECK(refusal(folder / "absolute/b").message().find("what it leads to") != std::string::npos);
  // Where a link leads, the same counts.
  REQUIRE(::chown((folder / "a").c_str(), kSomebody, kSomebody) == 0);
  CHECK(refusal(folder / "relative/b").code() == Errc::kRefused);
}

TEST_CASE("guarded folder: entries are no links, and regular files alone are read") {
  const ScopedFolder folder;
  write_text(folder / "file", "text");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("file", folder / "link");
  const auto open = good(GuardedFolder::open(folder.path(), Missing::kIsNothing));
  REQUIRE(open.has_value());
  CHECK(good(open->read("file", 4)) == "text");
  CHECK_FALSE(open->read("file", 3).has_value());
  CHECK_FALSE(open->read("link", 10).has_value());
  CHECK(open->read("pipe", 10).error().message().ends_with("is no regular file"));
  CHECK_FALSE(good(open->read_secret("none", 10)).has_value());
  CHECK_FALSE(open->enter("link").has_value());
}

TEST_CASE("guarded folder: a folder goes with all that is in it, and links are not followed") {
  const ScopedFolder folder;
  std::filesystem::create_directories(folder / "a/b");
  std::filesystem::create_directory(folder / "kept");
  write_text(folder / "kept/file", "text");
  write_text(folder / "a/b/file", "text");
  std::filesystem::create_directory_symlink(folder / "kept", folder / "a/link");
  const auto open = good(GuardedFolder::open(folder.path(), Missing::kIsNothing));
  REQUIRE(open->remove("a").has_value());
  REQUIRE(open->remove("a").has_value());
  CHECK(std::filesystem::exists(folder / "kept/file"));
  CHECK(good(open->entries()) == std::vector<std::string>{"kept"});
}
