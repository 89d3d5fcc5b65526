#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "app/config_file.h"
#include "app/output.h"
#include "app/owner_process.h"
#include "app/pass.h"
#include "app/renewal_commands.h"
#include "app/root_side.h"
#include "app/system_log.h"
#include "app/zone_names.h"
#include "update/ids.h"

namespace danewerk::app {

namespace {

std::string variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string first_of(std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (auto value = variable(name); !value.empty()) return value;
  }
  return {};
}

/// Where the client says that it left something. What is there decides, whatever it says.
struct Notice {
  bool is_about_files = true;  ///< false: it tells of something else
  std::vector<Path> paths{};   ///< files, or folders with them; empty: it does not say
};

/// RFC 8555 clients, each as its manual says.
Notice read_notice(const HookCommand& command) {
  Notice notice;
  const auto add = [&](const std::string& path) {
    if (!path.empty()) notice.paths.emplace_back(path);
  };
  switch (command.client) {
    case HookCommand::Client::kCertbot:
      add(variable("RENEWED_LINEAGE"));
      break;
    case HookCommand::Client::kAcmeSh:
      add(first_of({"CERT_FULLCHAIN_PATH", "CERT_PATH"}));
      break;
    case HookCommand::Client::kLego:
      add(first_of({"LEGO_HOOK_CERT_PATH", "LEGO_CERT_PATH"}));
      break;
    case HookCommand::Client::kDehydrated: {
      // OPERATION DOMAIN KEYFILE CERTFILE FULLCHAINFILE CHAINFILE TIMESTAMP
      constexpr std::size_t kFullChain = 4;
      const auto& words = command.words;
      const auto operation = words.empty() ? std::string() : words.front();
      notice.is_about_files = operation == "deploy_cert" || operation == "unchanged_cert";
      if (notice.is_about_files && words.size() > kFullChain) add(words[kFullChain]);
      break;
    }
    case HookCommand::Client::kGetssl:
    case HookCommand::Client::kGeneric:
      break;
  }
  // Copies of what the client has in its own folder (acme.sh --install-cert): it does not tell.
  const bool are_files = command.client != HookCommand::Client::kDehydrated;
  if (are_files) std::ranges::for_each(command.words, add);
  return notice;
}

/// Where a path leads to, as far as it is there.
Path resolved(const Path& path) {
  std::error_code error;
  auto target = std::filesystem::weakly_canonical(path, error);
  return error ? path.lexically_normal() : target;
}

/// PATH is the binding's file; by name, or by where links lead.
bool is_file_of(const config::Certificate& certificate, const Path& path) {
  std::error_code error;
  return certificate.certificate.lexically_normal() ==
             std::filesystem::absolute(path, error).lexically_normal() ||
         resolved(certificate.certificate) == resolved(path);
}

/// PATH is the folder of the binding's file, or lies there, too.
bool is_beside(const config::Certificate& certificate, const Path& path) {
  const auto matches = [](const Path& file, const Path& named) {
    return file.parent_path() == named || file.parent_path() == named.parent_path();
  };
  std::error_code error;
  const auto named = std::filesystem::absolute(path, error).lexically_normal();
  return matches(certificate.certificate.lexically_normal(), named) ||
         matches(resolved(certificate.certificate), resolved(path));
}

/// What a client is told of a code of ours: most would try again without end, or give up on other
/// domains, and their exit code is lost.
ExitCode code_for(const HookCommand& command, ExitCode code) {
  using Client = HookCommand::Client;
  if (command.is_exit_raw || command.client == Client::kGeneric) return code;
  const bool is_fault = code == ExitCode::kUsage || code == ExitCode::kBug;
  return command.client == Client::kLego && is_fault ? code : ExitCode::kDone;
}

/// Those whose exit code says nothing have what came of it in the system's log.
enum class Logged : std::uint8_t { kNo, kYes };

Logged logged_for(const HookCommand& command) {
  const bool is_code_seen = command.is_exit_raw || command.client == HookCommand::Client::kGeneric;
  return is_code_seen ? Logged::kNo : Logged::kYes;
}

/// The configuration was good, so it may work later: the next pass finds the renewed certificate by
/// itself.
ExitCode tell_trouble(const Error& error, const Voice& voice, Logged logged) {
  print_error(error, voice);
  if (logged == Logged::kYes) log_to_system(Level::kError, error.message());
  return ExitCode::kUnpublished;
}

/// Its records are in a zone that others sign, and did not get there, or nobody says what is there.
bool is_out_of_reach(const engine::BindingReport& binding) {
  namespace ids = update::ids;
  const auto& found = binding.findings;
  const bool is_unsent = found.count(ids::kNotSent) + found.count(ids::kRefused) != 0;
  const bool is_unknown = found.count(ids::kNotMeasured) != 0;
  return is_unsent || (is_unknown && binding.renewal != engine::Renewal::kServed);
}

/// It could be served, but for the folder that services read or the command that tells them. No
/// moment is known at which that is over.
bool is_unserved(const engine::BindingReport& binding) {
  const auto& found = binding.findings;
  return binding.renewal == engine::Renewal::kStaged &&
         found.count("BINDING-SERVE") + found.count("BINDING-RELOAD") != 0;
}

/// What is said of it in a word or two.
std::string_view outcome_of(const engine::BindingReport& binding) {
  return is_unserved(binding) ? "could not be served, the next pass tries it again"
                              : name_of(binding.renewal);
}

ExitCode code_of(const engine::BindingReport& binding) {
  if (is_out_of_reach(binding) || is_unserved(binding)) return ExitCode::kUnpublished;
  switch (binding.renewal) {
    case engine::Renewal::kServed:
      return ExitCode::kDone;
    case engine::Renewal::kStaged:
      return ExitCode::kStaged;
    case engine::Renewal::kRefused:
      break;
  }
  return ExitCode::kRefused;
}

void log_binding(const engine::BindingReport& binding, ExitCode code) {
  if (code == ExitCode::kDone) return;
  const bool is_staged = code == ExitCode::kStaged;
  log_to_system(is_staged ? Level::kInfo : Level::kError,
                fmt::format("certificate {}: {}", binding.name, outcome_of(binding)));
  for (const auto& finding : binding.findings.list()) {
    if (finding.level == Level::kError) log_to_system(Level::kError, to_text(finding));
  }
}

void print_binding(const engine::BindingReport& binding, const Voice& voice) {
  if (voice.detail != Voice::Detail::kQuiet) {
    fmt::print("certificate {}: {}\n", binding.name, outcome_of(binding));
    for (const auto& wait : binding.waits) {
      fmt::print("certificate {}: {}: {}\n", binding.name,
                 wait.is_operators ? "waits for you" : "waits", wait_text(wait));
    }
  }
  print_findings(binding.findings, voice);
}

/// What became of those that are meant, and of the zones that have their records.
ExitCode tell(const engine::RunReport& report, const std::set<std::string>& meant,
              const Voice& voice, Logged logged) {
  auto worst = ExitCode::kDone;
  std::set<std::string> zones;
  for (const auto& binding : report.bindings) {
    if (!meant.contains(binding.name)) continue;
    print_binding(binding, voice);
    const auto code = code_of(binding);
    worst = std::max(worst, code);
    if (logged == Logged::kYes) log_binding(binding, code);
    zones.insert(binding.zones.begin(), binding.zones.end());
  }
  for (const auto& zone : report.zones) {
    if (!zone.failed || !zones.contains(zone.name)) continue;
    print_findings(zone.findings, voice);
    worst = std::max(worst, ExitCode::kUnpublished);
    if (logged == Logged::kYes) {
      log_to_system(Level::kError,
                    fmt::format("{}: its TLSA records are not published", zone.name));
    }
  }
  return worst;
}

/// Another pass holds the state: the next one finds the renewed certificate by itself.
ExitCode tell_busy(const store::LockHolder& holder, const Voice& voice, Logged logged) {
  const Error busy(Errc::kUnavailable,
                   fmt::format("another pass goes on: {} (process {})", holder.what, holder.pid),
                   "the next pass finds the renewed certificate by itself");
  print_error(busy, voice);
  if (logged == Logged::kYes) log_to_system(Level::kInfo, busy.message());
  return ExitCode::kStaged;
}

using Certificates = std::map<std::string, config::Certificate>;

/// Those that PATH is the file of; else those that have a file beside it: some clients name another
/// file, or the folder, and some keep the files of all certificates in one.
void add_meant(const Certificates& all, const Path& path, std::set<std::string>& meant) {
  for (const auto& matches : {is_file_of, is_beside}) {
    bool is_found = false;
    for (const auto& [name, certificate] : all) {
      if (!matches(certificate, path)) continue;
      meant.insert(name);
      is_found = true;
    }
    if (is_found) return;
  }
}

std::set<std::string> find_meant(const config::Config& config, const Notice& notice) {
  std::set<std::string> meant;
  if (!notice.is_about_files) return meant;
  for (const auto& path : notice.paths) add_meant(config.certificates, path, meant);
  if (!notice.paths.empty()) return meant;
  for (const auto& [name, certificate] : config.certificates) meant.insert(name);
  return meant;
}

/// certbot runs every hook for every lineage: one line, and no failure.
void tell_nothing_meant(const config::Config& config, const Notice& notice, const Voice& voice) {
  if (!notice.is_about_files || voice.detail == Voice::Detail::kQuiet) return;
  if (notice.paths.empty()) {
    fmt::print(stderr, "danewerk: {} has no certificates\n", config.file.string());
  } else {
    fmt::print(stderr, "danewerk: {} is of no certificate in {}: nothing to do\n",
               printable(notice.paths.front().string()), config.file.string());
  }
}

/// A pass, and what became of these certificates.
ExitCode pass_over(const HookCommand& command, const std::set<std::string>& meant,
                   const Voice& voice, Logged logged) {
  const auto config = read_checked_config(command.config, voice);
  if (!config) {
    // It was good a moment ago: it is the folders of state and keys that cannot be used.
    if (logged == Logged::kYes) log_to_system(Level::kError, "the state cannot be opened");
    return ExitCode::kUnpublished;
  }
  engine::RunTask task;
  task.config = &*config;
  task.now = command.now;
  task.jobs = command.jobs;
  task.wait = command.wait;
  const auto report = run_by_whoever_holds(task);
  if (!report) return tell_trouble(report.error(), voice, logged);
  const auto& holder = report->held_by;
  return holder ? tell_busy(*holder, voice, logged) : tell(*report, meant, voice, logged);
}

/// Root hands over what the client left, the owner of the state decides, root serves, and the owner
/// sees what is served.
ExitCode pass_with_root(const HookCommand& command, const config::Config& config,
                        const std::set<std::string>& meant, const Voice& voice) {
  const auto by_root = served_by_root(config);
  std::vector<std::string> ours;
  std::ranges::copy_if(by_root, std::back_inserter(ours),
                       [&](const std::string& name) { return meant.contains(name); });
  const auto logged = logged_for(command);
  if (ours.empty() || ::geteuid() != 0) return pass_over(command, meant, voice, logged);
  const DeployTask task{
      .config = config, .names = ours, .now = command.now, .teller = Teller::kPass};
  const auto handed = deploy(task, voice);
  auto quiet = voice;
  quiet.detail = Voice::Detail::kQuiet;
  // The pass that comes last tells what became of them.
  const auto decided = in_other_process([&] { return pass_over(command, {}, quiet, Logged::kNo); });
  if (decided == ExitCode::kUsage || decided == ExitCode::kBug) return decided;
  const auto served = deploy(task, voice);
  const auto seen = in_other_process([&] { return pass_over(command, meant, voice, logged); });
  const bool is_bad = handed == ExitCode::kFailed || served == ExitCode::kFailed;
  return is_bad ? std::max(seen, ExitCode::kRefused) : seen;
}

}  // namespace

ExitCode run(const HookCommand& command, const Voice& voice) {
  const auto config = read_roots_config(command.config, voice);
  if (!config) {
    if (logged_for(command) == Logged::kYes) {
      log_to_system(Level::kError, "the configuration cannot be used: danewerk check says why");
    }
    return code_for(command, ExitCode::kUsage);
  }
  const auto notice = read_notice(command);
  const auto meant = find_meant(*config, notice);
  if (meant.empty()) {
    tell_nothing_meant(*config, notice, voice);
    return ExitCode::kDone;
  }
  const auto code = pass_with_root(command, *config, meant, voice);
  // What failed otherwise may work later, too.
  return code_for(command, code == ExitCode::kFailed ? ExitCode::kUnpublished : code);
}

}  // namespace danewerk::app
