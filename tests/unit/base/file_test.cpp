#include "base/file.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/result.h"

using namespace danewerk;
using test::good;

namespace {

/// A folder that goes with its test.
class ScopedFolder {
 public:
  ScopedFolder() {
    std::string form = (std::filesystem::temp_directory_path() / "dw-file-XXXXXX").string();
    REQUIRE(::mkdtemp(form.data()) != nullptr);
    path_ = form;
  }
  ScopedFolder(const ScopedFolder&) = delete;
  ScopedFolder& operator=(const ScopedFolder&) = delete;
  ~ScopedFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] Path file(const char* name) const { return path_ / name; }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  Path path_;
};

}  // namespace

TEST_CASE("atomic file: nothing is at the target before commit, all after it") {
  const ScopedFolder folder;
  const auto target = folder.file("zone");
  {
    auto file = AtomicFile::create(target, 0644);
    REQUIRE(file.has_value());
    REQUIRE(file->write("one ").has_value());
    REQUIRE(file->write("two").has_value());
    REQUIRE(file->write_at(0, "ONE").has_value());
    CHECK_FALSE(std::filesystem::exists(target));
    REQUIRE(file->commit().has_value());
  }
  CHECK(good(read_file(target, 100)) == "ONE two");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: one that is dropped leaves the old target and no trace") {
  const ScopedFolder folder;
  const auto target = folder.file("zone");
  REQUIRE(replace_file(target, "old", 0644).has_value());
  {
    auto file = AtomicFile::create(target, 0644);
    REQUIRE(file->write("new").has_value());
  }
  CHECK(good(read_file(target, 100)) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: the mode is the one asked for, whatever the umask") {
  const ScopedFolder folder;
  const auto before = ::umask(0077);
  REQUIRE(replace_file(folder.file("open"), "x", 0644).has_value());
  ::umask(0);
  REQUIRE(replace_file(folder.file("shut"), "x", 0600).has_value());
  ::umask(before);
  struct stat info{};
  REQUIRE(::stat(folder.file("open").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0644U);
  REQUIRE(::stat(folder.file("shut").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE("atomic file: a device or a folder is not replaced by a file") {
  const ScopedFolder folder;
  const auto pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const auto& target : {pipe, folder.file(".")}) {
    const auto file = AtomicFile::create(target, 0644);
    REQUIRE_FALSE(file.has_value());
    CHECK(file.error().code() == Errc::kRefused);
  }
  CHECK(std::filesystem::is_fifo(pipe));
}

TEST_CASE("atomic file: a write that fails half-way leaves the old target") {
  const ScopedFolder folder;
  const auto target = folder.file("zone");
  REQUIRE(replace_file(target, "old", 0644).has_value());
  // The limit on file sizes stands for a full disk: the write comes back short, then fails.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto replaced = replace_file(target, std::string(100000, 'x'), 0644);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  static_cast<void>(std::signal(SIGXFSZ, old_handler));
  REQUIRE_FALSE(replaced.has_value());
  CHECK(replaced.error().code() == Errc::kUnavailable);
  CHECK(good(read_file(target, 100)) == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("atomic file: what a killed process of our number left behind is not in the way") {
  const ScopedFolder folder;
  const auto target = folder.file("zone");
  constexpr int kMoreThanWasMadeSoFar = 500;
  for (int i = 0; i < kMoreThanWasMadeSoFar; ++i) {
    const auto name = "zone." + std::to_string(::getpid()) + "." + std::to_string(i) + ".tmp";
    std::ofstream(folder.file(name.c_str())) << "left";
  }
  const auto replaced = replace_file(target, "new", 0644);
  CHECK(replaced.has_value());
  CHECK(good(read_file(target, 100)) == "new");
}

TEST_CASE("reading: a pipe is no file, and nobody waits for who writes into it") {
  const ScopedFolder folder;
  const auto pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const auto& path : {pipe, Path("/dev/zero")}) {
    const auto read = read_file(path, 100);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code() == Errc::kBadInput);
    CHECK(read.error().message().ends_with("is no regular file"));
  }
}

TEST_CASE("reading: what we were started with is read to its end, a pipe, too") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Descriptor reading(ends[0]);
  std::thread writer([&] {
    const Descriptor writing(ends[1]);
    for (const auto* word : {"one ", "two"}) {
      CHECK(::write(writing.get(), word, std::strlen(word)) > 0);
    }
  });
  const auto read = read_file("/dev/fd/" + std::to_string(reading.get()), 100);
  writer.join();
  REQUIRE(read.has_value());
  CHECK(*read == "one two");
}

TEST_CASE("reading: a missing file, a folder, and a file over the limit are told apart") {
  const ScopedFolder folder;
  const auto missing = read_file(folder.file("none"), 100);
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().code() == Errc::kUnavailable);
  CHECK(missing.error().message().find("No such file") != std::string::npos);
  CHECK_FALSE(read_file(folder.file("."), 100).has_value());
  REQUIRE(replace_file(folder.file("large"), std::string(200000, 'x'), 0644).has_value());
  CHECK(read_file(folder.file("large"), 199999).error().code() == Errc::kBadInput);
  CHECK(good(read_file(folder.file("large"), 200000)).size() == 200000);
  CHECK(good(file_exists(folder.file("large"))));
  CHECK_FALSE(good(file_exists(folder.file("none"))));
}
