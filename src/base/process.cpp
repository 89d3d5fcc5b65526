#include "base/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

extern "C" char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace danewerk {

namespace {

constexpr std::size_t kKeptOutput = 4096;
constexpr int kPollMilliseconds = 50;

constexpr std::string_view kPathVariable = "PATH=";
constexpr std::array<std::string_view, 3> kSystemFolders{"/usr/local/sbin", "/usr/sbin", "/sbin"};

std::vector<std::string> folders_of(std::string_view path) {
  std::vector<std::string> folders;
  for (;;) {
    const auto colon = path.find(':');
    folders.emplace_back(path.substr(0, colon));
    if (colon == std::string_view::npos) return folders;
    path.remove_prefix(colon + 1);
  }
}

/// Ours, with the path of commands.
std::vector<std::string> command_environment() {
  std::vector<std::string> all{std::string(kPathVariable) + command_path()};
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with(kPathVariable)) all.emplace_back(*entry);
  }
  return all;
}

/// As the system's calls take them; valid as long as WORDS.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (auto& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

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
    auto variables = command_environment();
    const auto argv = pointers_to(copy);
    const auto envp = pointers_to(variables);
    const auto program = find_program(words.front());
    pid_t child = 0;
    const int failed = !program ? ENOENT
                                : posix_spawn(&child, program->c_str(), &actions_, &attributes_,
                                              argv.data(), envp.data());
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

std::string command_path() {
  std::string path = "/usr/bin:/bin";
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    if (variable.starts_with(kPathVariable)) path = variable.substr(kPathVariable.size());
  }
  const auto folders = folders_of(path);
  for (const auto folder : kSystemFolders) {
    if (std::ranges::find(folders, folder) == folders.end()) path.append(":").append(folder);
  }
  return path;
}

std::optional<std::string> find_program(const std::string& word) {
  const auto is_program = [](const std::string& path) {
    struct stat status{};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           access(path.c_str(), X_OK) == 0;
  };
  if (word.empty()) return std::nullopt;
  if (word.find('/') != std::string::npos) return word;
  for (const auto& folder : folders_of(command_path())) {
    const auto path = folder.empty() ? "./" + word : folder + "/" + word;
    if (is_program(path)) return path;
  }
  return std::nullopt;
}

std::string in_one_line(std::string_view output) {
  std::string line;
  bool is_new_line = false;
  for (const char c : output) {
    if (c == '\n' || c == '\r') is_new_line = true;
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') continue;
    if (is_new_line && !line.empty()) line += "; ";
    is_new_line = false;
    line += c;
  }
  return line;
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
