#include "store/folder_owner.h"

#include <doctest/doctest.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/result.h"
#include "support/root.h"
#include "support/scoped_folder.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace)
using namespace danewerk::test;   // NOLINT(google-build-using-namespace)
using namespace danewerk::store;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;

namespace {

constexpr uid_t kNobody = 65534;

Path folder_of(const ScopedFolder& scope, const char* name, uid_t user) {
  auto path = scope / name;
  REQUIRE(::mkdir(path.c_str(), 0700) == 0);
  if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), user, user) == 0);
  return path;
}

}  // namespace

TEST_CASE("owner: that of the folders that are there; none while there is none") {
  const ScopedFolder scope;
  CHECK(!good(owner_of(scope / "state", scope / "keys")));
  const auto state = folder_of(scope, "state", ::geteuid());
  CHECK(good(owner_of(state, scope / "keys"))->user == ::geteuid());
  CHECK(good(owner_of(scope / "none", state))->user == ::geteuid());
  const auto keys = folder_of(scope, "keys", ::geteuid());
  CHECK(good(owner_of(state, keys))->user == ::geteuid());
}

TEST_CASE("owner: state and keys of two users are refused (promise P7)") {
  support::require_root();
  const ScopedFolder scope;
  const auto state = folder_of(scope, "state", kNobody);
  const auto keys = folder_of(scope, "keys", 0);
  const auto refused = owner_of(state, keys);
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kRefused);
  CHECK(refused.error().message().find("user 65534") != std::string::npos);
}

TEST_CASE("owner: root becomes that user for good, with its groups alone (promise P7)") {
  support::require_root();
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const gid_t kept[] = {0, 4};
    static_cast<void>(::setgroups(2, kept));
    const bool done = become({.user = kNobody, .group = kNobody}).has_value();
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    ::getresuid(&real, &effective, &saved);
    gid_t groups[16] = {};
    const int count = ::getgroups(16, groups);
    bool is_in_root = false;
    for (int i = 0; i < count; ++i) is_in_root = is_in_root || groups[i] == 0;
    const bool good = done && real == kNobody && effective == kNobody && saved == kNobody &&
                      ::getegid() == kNobody && !is_in_root && ::seteuid(0) != 0;
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("owner: root becomes nobody whom a link of another user names (promise P7)") {
  support::require_root();
  const ScopedFolder scope;
  const auto roots = folder_of(scope, "roots", 0);
  const auto theirs = folder_of(scope, "theirs", kNobody);
  const auto link = [&](const char* name, const Path& target, uid_t user) {
    std::filesystem::create_directory_symlink(target, scope / name);
    REQUIRE(::lchown((scope / name).c_str(), user, user) == 0);
    return scope / name;
  };
  const auto bad = link("bad", roots, kNobody);
  for (const auto& path : {bad, bad / ""}) {
    const auto refused = owner_of(path, scope / "none");
    REQUIRE(!refused);
    CHECK(refused.error().code() == Errc::kRefused);
  }
  CHECK(good(owner_of(link("own", theirs, kNobody), scope / "none"))->user == kNobody);
  CHECK(good(owner_of(link("roots-own", theirs, 0), scope / "none"))->user == kNobody);
}

TEST_CASE("owner: a folder of root in one of another user could be another one soon") {
  support::require_root();
  const ScopedFolder scope;
  const auto theirs = folder_of(scope, "theirs", kNobody);
  REQUIRE(::mkdir((theirs / "state").c_str(), 0700) == 0);
  const auto refused = owner_of(theirs / "state", scope / "none");
  REQUIRE(!refused);
  CHECK(refused.error().message().find("user 65534 could put another") != std::string::npos);
}
