#pragma once

/// \file
/// Running a command that the operator named: words, no shell, with a time-out. Thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace danewerk {

/// What came of it.
struct CommandOutcome {
  int exit_code = 0;   ///< 128 + signal when it was killed
  std::string output;  ///< of both streams, the last 4,096 octets
  bool timed_out = false;
  [[nodiscard]] bool is_good() const { return exit_code == 0 && !timed_out; }
};

/// Runs a command in a process group of its own, with standard input closed; after TIMEOUT the
/// whole group is killed. What it leaves running in the background is not waited for.
/// kUnavailable when it cannot be started. REQUIRES: words is not empty.
Result<CommandOutcome> run_command(const std::vector<std::string>& words, seconds timeout);

/// Where programs are looked for, here and by the commands themselves: PATH, and after it
/// /usr/local/sbin, /usr/sbin and /sbin where it lacks them, as cron's does: `postfix` and `nginx`
/// are there.
std::string command_path();

/// The program that a command's first word names: a path as it is, else the first that can be run
/// in the folders of `command_path`. Nothing when there is none.
std::optional<std::string> find_program(const std::string& word);

/// What a command printed, in one line for messages: lines are joined by "; ", and characters that
/// cannot be printed are left out.
std::string in_one_line(std::string_view output);

/// The words as one would type them, for messages.
std::string to_text(const std::vector<std::string>& words);

}  // namespace danewerk
