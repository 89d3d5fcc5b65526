#include <cstdlib>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli.h"
#include "app/output.h"
#include "app/zone_names.h"
#include "base/parallel.h"
#include "daemon/daemon.h"

namespace danewerk::app {

namespace {

/// sd-daemon(3): set when standard error is the journal.
daemon::Log::Form log_form() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const bool is_journal = std::getenv("JOURNAL_STREAM") != nullptr && ::isatty(STDERR_FILENO) == 0;
  return is_journal ? daemon::Log::Form::kJournal : daemon::Log::Form::kPlain;
}

}  // namespace

ExitCode run_daemon_line(int argc, const char* const* argv) {
  CLI::App app("Keeps DNS zones signed, and rolls their keys", "danewerkd");
  app.set_version_flag("--version", fmt::format("danewerkd {}", kVersion));
  std::string file;
  unsigned jobs = available_cores();
  bool is_verbose = false;
  app.add_option("--config", file,
                 "configuration (default: ./danewerk.yaml, but not for "
                 "root; then /etc/danewerk/danewerk.yaml)")
      ->type_name("FILE");
  app.add_option("--jobs", jobs, "threads of a pass (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  app.add_flag("-v,--verbose", is_verbose, "log each change of a file and each sleep, too");
  const Voice voice{.program = "danewerkd"};
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    app.exit(e);
    return ExitCode::kDone;
  } catch (const CLI::ParseError& e) {
    print_error(Error(Errc::kBadInput, e.what(), "danewerkd --help lists the options"), voice);
    return ExitCode::kUsage;
  }
  auto config = read_checked_config(file, voice);
  if (!config) return ExitCode::kUsage;
  using Detail = daemon::Log::Detail;
  daemon::Log log(log_form(), is_verbose ? Detail::kVerbose : Detail::kNormal);
  const auto ended = daemon::run_daemon({.config = *std::move(config), .jobs = jobs, .log = &log});
  if (ended) return ExitCode::kDone;
  log.error("failed", {{"text", ended.error().message()}, {"hint", ended.error().hint()}});
  return ExitCode::kFailed;
}

}  // namespace danewerk::app
