#include "store/state_lock.h"

#include <array>
#include <csignal>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;         // NOLINT(google-build-using-namespace)
using namespace danewerk::test;   // NOLINT(google-build-using-namespace)
using namespace danewerk::store;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;

namespace {

constexpr sys_seconds kNow{seconds(1700000000)};

/// A process that says a letter when it is told to.
class Child {
 public:
  template <class Fn>
  explicit Child(const Fn& run) {
    REQUIRE(::pipe(to_.data()) == 0);
    REQUIRE(::pipe(from_.data()) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) ::_exit(run(*this));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill();
    for (const int end : {to_[0], to_[1], from_[0], from_[1]}) ::close(end);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] char hear() const { return read(from_[0]); }
  void tell(char letter) const { write(to_[1], letter); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // In the child:
  void say(char letter) const { write(from_[1], letter); }
  [[nodiscard]] char listen() const { return read(to_[0]); }

 private:
  static char read(int end) {
    char letter = '?';
    return ::read(end, &letter, 1) == 1 ? letter : '!';
  }
  static void write(int end, char letter) {
    if (::write(end, &letter, 1) != 1) ::_exit(9);
  }
  pid_t pid_ = 0;
  std::array<int, 2> to_{};
  std::array<int, 2> from_{};
};

std::optional<StateLock> take(const Path& folder, seconds wait = seconds(0)) {
  return good(StateLock::take(folder, "danewerk run", wait, kNow));
}

}  // namespace

TEST_CASE("state lock: one holder; who it is and since when is told to the others") {
  const ScopedFolder folder;
  CHECK(!good(StateLock::holder(folder.path())));
  const Child child([&](const Child& self) {
    const auto lock = StateLock::take(folder.path(), "danewerkd", seconds(0), kNow);
    self.say(lock && *lock ? 'y' : 'n');
    return self.listen() == 'e' ? 0 : 1;
  });
  REQUIRE(child.hear() == 'y');
  CHECK(!take(folder.path()));
  const auto holder = good(StateLock::holder(folder.path()));
  REQUIRE(holder);
  CHECK(holder->pid == child.pid());
  CHECK(holder->what == "danewerkd");
  CHECK(holder->since == kNow);
}

TEST_CASE("state lock: a holder that was killed holds nothing (P4)") {
  const ScopedFolder folder;
  Child child([&](const Child& self) {
    const auto lock = StateLock::take(folder.path(), "danewerkd", seconds(0), kNow);
    self.say(lock && *lock ? 'y' : 'n');
    return self.listen() == 'e' ? 0 : 1;
  });
  REQUIRE(child.hear() == 'y');
  REQUIRE(!take(folder.path()));
  child.kill();
  CHECK(!good(StateLock::holder(folder.path())));
  const auto lock = take(folder.path());
  CHECK(lock);
  CHECK(good(StateLock::holder(folder.path()))->pid == ::getpid());
}

TEST_CASE("state lock: who waits gets it when it is let go") {
  const ScopedFolder folder;
  auto ours = take(folder.path());
  REQUIRE(ours);
  const Child child([&](const Child& self) {
    ours.reset();  // the copy that came with the fork
    const auto first = StateLock::take(folder.path(), "first", seconds(0), kNow);
    self.say(first && !*first ? 'r' : 'n');
    const auto lock = StateLock::take(folder.path(), "second", seconds(60), kNow);
    self.say(lock && *lock ? 'y' : 'n');
    return 0;
  });
  REQUIRE(child.hear() == 'r');
  ours.reset();
  CHECK(child.hear() == 'y');
}

TEST_CASE("state lock: a lock that is dropped is free, and in one process too there is one") {
  const ScopedFolder folder;
  {
    const auto lock = take(folder / "state");
    REQUIRE(lock);
    CHECK(!take(folder / "state"));
    struct stat info{};
    REQUIRE(::stat((folder / "state").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0700);
  }
  CHECK(take(folder / "state"));
  CHECK(!good(StateLock::holder(folder / "state")));
}

TEST_CASE("state lock: a shorter line than the last holder's is read alone") {
  const ScopedFolder folder;
  support::write_text(folder / "lock", "123456789 1700000000 danewerk with a long name\nrest\n");
  const auto lock = take(folder.path());
  const auto holder = good(StateLock::holder(folder.path()));
  REQUIRE(holder);
  CHECK(holder->pid == ::getpid());
  CHECK(holder->what == "danewerk run");
  CHECK(support::text_of(folder / "lock").find("rest") == std::string::npos);
}

TEST_CASE("state lock: a folder that others can reach is refused (P7)") {
  const ScopedFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  const auto refused = StateLock::take(folder.path(), "danewerk run", seconds(0), kNow);
  REQUIRE(!refused);
  CHECK(refused.error().code() == Errc::kRefused);
}
