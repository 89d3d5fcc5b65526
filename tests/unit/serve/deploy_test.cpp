#include "serve/deploy.h"

#include <csignal>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "support/result.h"
#include "support/root.h"
#include "support/scoped_folder.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::serve;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;
using support::text_of;
using support::write_text;
using test::good;
using Outcome = Deployed::Outcome;

namespace {

Secret secret(std::string_view text) {
  return Secret(Bytes(text.begin(), text.end()));
}

/// A mail server's folder; its reload writes down what it was told to serve.
class Host {
 public:
  DeployTask task(const std::string& name, const std::string& script = "") {
    DeployTask task;
    task.place = {.directory = folder_ / "served" / "mail"};
    task.files.certificates = {"leaf " + name + "\n", "issuer\n", "root\n"};
    task.files.key = secret("key " + name + "\n");
    task.reload = {"sh", "-c",
                   "cat '" + (served() / "cert.pem").string() + "' >>'" +
                       (folder_ / "told").string() + "'; " + script};
    return task;
  }
  [[nodiscard]] Path served() const { return folder_ / "served" / "mail"; }
  [[nodiscard]] std::string file(const char* name) const { return text_of(served() / name); }
  [[nodiscard]] std::string told() const { return text_of(folder_ / "told"); }
  [[nodiscard]] std::size_t generations() const {
    return good(good(ServedFolder::open({.directory = served()})).generations()).size();
  }
  [[nodiscard]] Path parent() const { return folder_ / "served"; }

  Host() { std::filesystem::create_directory(parent()); }

 private:
  ScopedFolder folder_;
};

mode_t mode_of(const Path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("command: what it printed is one line in messages") {
  CHECK(in_one_line("") == "");
  CHECK(in_one_line("one\n") == "one");
  CHECK(in_one_line("\none\r\n\ntwo\n\x1b[31mred") == "one; two; [31mred");
}

TEST_CASE("serve: services find certificate, issuers and key, and are told of them") {
  Host host;
  const auto done = good(deploy(host.task("1")));
  CHECK(done.outcome == Outcome::kDeployed);
  CHECK(host.file("fullchain.pem") == "leaf 1\nissuer\nroot\n");
  CHECK(host.file("cert.pem") == "leaf 1\n");
  CHECK(host.file("chain.pem") == "issuer\nroot\n");
  CHECK(host.file("privkey.pem") == "key 1\n");
  CHECK(host.file("combined.pem") == "key 1\nleaf 1\nissuer\nroot\n");
  CHECK(mode_of(host.served() / "privkey.pem") == 0600);
  CHECK(mode_of(host.served() / "combined.pem") == 0600);
  CHECK(mode_of(host.served() / "fullchain.pem") == 0644);
  CHECK(host.told() == "leaf 1\n");
}

TEST_CASE("serve: the same files again change nothing, and nobody is told twice") {
  Host host;
  good(deploy(host.task("1")));
  CHECK(good(deploy(host.task("1"))).outcome == Outcome::kNothingNew);
  CHECK(host.told() == "leaf 1\n");
  CHECK(host.generations() == 1);
}

TEST_CASE("serve: a change is one rename of a link; the one before stays as the way back") {
  Host host;
  for (const auto* name : {"1", "2", "3"}) good(deploy(host.task(name)));
  CHECK(host.file("cert.pem") == "leaf 3\n");
  CHECK(std::filesystem::is_symlink(host.served()));
  CHECK(host.generations() == 2);
}

TEST_CASE("serve: when the reload fails, what was served before is served again") {
  Host host;
  good(deploy(host.task("1")));
  const auto failing = "grep -q 'leaf 1' '" + (host.served() / "cert.pem").string() + "'";
  const auto done = good(deploy(host.task("2", failing)));
  CHECK(done.outcome == Outcome::kRolledBack);
  CHECK(done.trouble.find("ended with 1") != std::string::npos);
  CHECK(host.file("cert.pem") == "leaf 1\n");
  CHECK(host.file("privkey.pem") == "key 1\n");
  CHECK(host.told() == "leaf 1\nleaf 2\nleaf 1\n");
  CHECK(host.generations() == 1);
  // The next try is a new one.
  CHECK(good(deploy(host.task("2"))).outcome == Outcome::kDeployed);
  CHECK(host.file("cert.pem") == "leaf 2\n");
}

TEST_CASE("serve: when the live service shows something else, the same") {
  Host host;
  good(deploy(host.task("1")));
  auto task = host.task("2");
  task.check = [] { return Result<void>(fail(Errc::kUnavailable, "mx1 still shows the old key")); };
  const auto done = good(deploy(task));
  CHECK(done.outcome == Outcome::kRolledBack);
  CHECK(done.trouble == "mx1 still shows the old key");
  CHECK(host.file("cert.pem") == "leaf 1\n");
}

TEST_CASE("serve: a first chain that services do not like stays: there is no way back") {
  Host host;
  const auto done = good(deploy(host.task("1", "exit 3")));
  CHECK(done.outcome == Outcome::kUnconfirmed);
  CHECK(host.file("cert.pem") == "leaf 1\n");
  // They are told again until they do.
  CHECK(good(deploy(host.task("1"))).outcome == Outcome::kDeployed);
  CHECK(host.told() == "leaf 1\nleaf 1\n");
}

TEST_CASE("serve: a crash after the switch and before the reload is made up for") {
  Host host;
  good(deploy(host.task("1")));
  auto folder = good(ServedFolder::open({.directory = host.served()}));
  auto files = host.task("2").files;
  REQUIRE(folder.serve(good(folder.add(files))).has_value());
  // Nobody was told. The next try tells them, and has its way back.
  CHECK(good(deploy(host.task("2"))).outcome == Outcome::kDeployed);
  CHECK(host.told() == "leaf 1\nleaf 2\n");
  REQUIRE(folder.serve(good(folder.add(host.task("3").files))).has_value());
  CHECK(good(deploy(host.task("3", "exit 1"))).outcome == Outcome::kRolledBack);
  CHECK(host.file("cert.pem") == "leaf 2\n");
}

TEST_CASE("serve: a crash while files are written leaves nothing in the way") {
  Host host;
  good(deploy(host.task("1")));
  std::filesystem::create_directory(host.parent() / ".mail" / ".new");
  write_text(host.parent() / ".mail" / ".new" / "privkey.pem", "half");
  CHECK(good(deploy(host.task("2"))).outcome == Outcome::kDeployed);
  CHECK(host.file("privkey.pem") == "key 2\n");
}

TEST_CASE("serve: a key that is no file is not served; certificates are") {
  Host host;
  auto task = host.task("1");
  task.files.key.reset();
  good(deploy(task));
  CHECK(host.file("fullchain.pem") == "leaf 1\nissuer\nroot\n");
  CHECK_FALSE(std::filesystem::exists(host.served() / "privkey.pem"));
  CHECK_FALSE(std::filesystem::exists(host.served() / "combined.pem"));
}

TEST_CASE("serve: a folder, a file, or a link of somebody else's in the place is refused") {
  for (const int kind : {0, 1, 2}) {
    Host host;
    if (kind == 0) std::filesystem::create_directory(host.served());
    if (kind == 1) write_text(host.served(), "theirs");
    if (kind == 2) std::filesystem::create_symlink("/etc/ssl", host.served());
    const auto refused = deploy(host.task("1"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == Errc::kRefused);
    CHECK(std::distance(std::filesystem::directory_iterator(host.parent()), {}) == 1);
  }
}

TEST_CASE("serve: where others may write, no key is put (promise P7)") {
  Host host;
  REQUIRE(::chmod(host.parent().c_str(), 0777) == 0);
  const auto refused = deploy(host.task("1"));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().hint().starts_with("chmod go-w"));
}

TEST_CASE("serve: a folder of another user is no place for a key (promise P7)") {
  support::require_root();
  Host host;
  REQUIRE(::chown(host.parent().c_str(), 12345, 12345) == 0);
  const auto refused = deploy(host.task("1"));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Errc::kRefused);
}

TEST_CASE("serve: files that somebody changed are written anew, and services are told") {
  for (const auto* name : {"cert.pem", "combined.pem", "privkey.pem"}) {
    Host host;
    good(deploy(host.task("1")));
    write_text(host.served() / name, "changed");
    CHECK(good(deploy(host.task("1"))).outcome == Outcome::kDeployed);
    CHECK(host.file("combined.pem") == "key 1\nleaf 1\nissuer\nroot\n");
    CHECK(host.file("cert.pem") == "leaf 1\n");
    CHECK(host.told() == "leaf 1\nleaf 1\n");
  }
}

TEST_CASE("serve: no way back leads past what somebody changed (promise P2)") {
  Host host;
  for (const auto* name : {"1", "2"}) good(deploy(host.task(name)));
  // Nobody may be left who accepts the first.
  write_text(host.served() / "combined.pem", "changed");
  CHECK(good(deploy(host.task("2", "exit 1"))).outcome == Outcome::kUnconfirmed);
  CHECK(host.file("cert.pem") == "leaf 2\n");
}

TEST_CASE("serve: what is kept for nobody goes, key and all (promise P7)") {
  Host host;
  for (const auto* name : {"1", "2"}) good(deploy(host.task(name)));
  auto folder = good(ServedFolder::open({.directory = host.served()}));
  REQUIRE(folder.drop_but("before\nleaf 1\nissuer\nroot\nafter\n").has_value());
  CHECK(host.generations() == 2);
  REQUIRE(folder.drop_but("").has_value());
  CHECK(host.generations() == 1);
  CHECK(host.file("cert.pem") == "leaf 2\n");
}

TEST_CASE("serve: a folder further up of another user is no place for a key either") {
  support::require_root();
  const ScopedFolder folder;
  std::filesystem::create_directories(folder / "theirs/served");
  REQUIRE(::chown((folder / "theirs").c_str(), 12345, 12345) == 0);
  DeployTask task{.place = {.directory = folder / "theirs/served/mail"}};
  task.files.certificates = {"leaf\n"};
  const auto refused = deploy(task);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == Errc::kRefused);
  CHECK(refused.error().message().find("belongs to user 12345") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder / "theirs/served"));
}

TEST_CASE("serve: a link in the place of the store is not followed (promise P7)") {
  support::require_root();
  Host host;
  std::filesystem::create_directory(host.parent() / "elsewhere");
  REQUIRE(::chmod((host.parent() / "elsewhere").c_str(), 0700) == 0);
  std::filesystem::create_directory_symlink(host.parent() / "elsewhere", host.parent() / ".mail");
  CHECK_FALSE(deploy(host.task("1")).has_value());
  CHECK(mode_of(host.parent() / "elsewhere") == 0700);
  CHECK(std::filesystem::is_empty(host.parent() / "elsewhere"));
}

TEST_CASE("serve: folders that are missing are made, with a mode for services") {
  const ScopedFolder folder;
  DeployTask task{.place = {.directory = folder / "a/b/mail"}};
  task.files.certificates = {"leaf\n"};
  const auto before = ::umask(077);
  const auto done = deploy(task);
  ::umask(before);
  REQUIRE(done.has_value());
  CHECK(mode_of(folder / "a") == 0755);
  CHECK(mode_of(folder / "a/b") == 0755);
  CHECK(text_of(folder / "a/b/mail/cert.pem") == "leaf\n");
}

TEST_CASE("serve: services get in, whatever the umask of who calls us") {
  Host host;
  const auto before = ::umask(077);
  const auto done = deploy(host.task("1"));
  ::umask(before);
  REQUIRE(done.has_value());
  for (const auto& folder : {host.parent() / ".mail", host.parent() / ".mail" / "1"}) {
    struct stat info{};
    REQUIRE(::stat(folder.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0755U);
  }
}

TEST_CASE("serve: files with the key get owner, group and mode as configured (promise P7)") {
  support::require_root();
  Host host;
  auto task = host.task("1");
  task.place.group = 12345;
  task.place.key_mode = 0640;
  good(deploy(task));
  for (const auto* name : {"privkey.pem", "combined.pem"}) {
    struct stat info{};
    REQUIRE(::stat((host.served() / name).c_str(), &info) == 0);
    CHECK(info.st_uid == 0);
    CHECK(info.st_gid == 12345);
    CHECK((info.st_mode & 07777) == 0640);
  }
}

TEST_CASE("serve: a write that fails leaves what is served as it was") {
  Host host;
  good(deploy(host.task("1")));
  const auto task = host.task("2");
  struct rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small{.rlim_cur = 8, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto failed = deploy(task);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  static_cast<void>(std::signal(SIGXFSZ, handler));
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message().find("cannot write") != std::string::npos);
  CHECK(host.file("cert.pem") == "leaf 1\n");
  CHECK(host.told() == "leaf 1\n");
  CHECK(good(deploy(task)).outcome == Outcome::kDeployed);
}
