#include "base/process.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace danewerk {

namespace {

constexpr std::size_t kKeptOutput = 4096;
constexpr int kPollMilliseconds = 50;

/// Attributes and file actions of posix_spawn, released when dropped.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  Result<pid_t> start(const std::vector<std::string>& words, int output) {
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    // A group of its own, so that a time-out ends what the command started, too; and signals as a
    // fresh program expects them.
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<std::string> copy = words;
    std::vector<char*> argv;
    argv.reserve(copy.size() + 1);
    for (auto& word : copy) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    const int failed =
        posix_spawnp(&child, argv.front(), &actions_, &attributes_, argv.data(), environ);
    if (failed != 0) {
      return fail(Errc::kUnavailable,
                  "cannot run '" + words.front() + "': " + std::generic_category().message(failed));
    }
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Appends what can be read now; false at the end of the stream.
bool drain(const Descriptor& from, std::string& output) {
  std::array<char, 1024> buffer{};
  for (;;) {
    const auto got = read(from.get(), buffer.data(), buffer.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    output.append(buffer.data(), static_cast<std::size_t>(got));
    if (output.size() > 2 * kKeptOutput) output.erase(0, output.size() - kKeptOutput);
  }
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<CommandOutcome> run_command(const std::vector<std::string>& words, seconds timeout) {
  DW_CHECK(!words.empty(), "a command has a word");
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(Errc::kUnavailable,
                std::string("cannot make a pipe: ") + std::generic_category().message(errno));
  }
  const Descriptor reader(ends[0]);
  fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  pid_t child = 0;
  {
    const Descriptor writer(ends[1]);
    DW_TRY(child, SpawnPlan().start(words, writer.get()));
  }
  CommandOutcome outcome;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  bool open = true;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (!outcome.timed_out && std::chrono::steady_clock::now() >= deadline) {
      outcome.timed_out = true;
      kill(-child, SIGKILL);
    }
    pollfd wait{.fd = open ? reader.get() : -1, .events = POLLIN, .revents = 0};
    poll(&wait, 1, kPollMilliseconds);
    if (open) open = drain(reader, outcome.output);
  }
  if (open) drain(reader, outcome.output);
  if (outcome.output.size() > kKeptOutput) {
    outcome.output.erase(0, outcome.output.size() - kKeptOutput);
  }
  outcome.exit_code = exit_code_of(status);
  return outcome;
}

std::string to_text(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$") == std::string::npos;
    text += plain ? word : "'" + word + "'";
  }
  return text;
}

}  // namespace danewerk
