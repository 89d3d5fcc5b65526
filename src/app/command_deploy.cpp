/// \file
/// Root's side of serving (promise P7): hands the client's certificates over to who decides, and
/// puts what was decided into the served folders.

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "app/config_file.h"
#include "app/output.h"
#include "app/owner_process.h"
#include "app/renewal_commands.h"
#include "app/root_side.h"
#include "engine/root_deploy.h"

namespace danewerk::app {

namespace {

using engine::ClientFiles;
using engine::OwnersWord;

/// What the owner says, in pieces: whether there is a verdict, its text, the key made here.
constexpr std::string_view kNothing = "nothing";
constexpr std::string_view kServe = "serve";
constexpr std::string_view kAgain = "again";

Secret piece_of(std::string_view text) {
  const auto octets = as_bytes(text);
  return Secret(Bytes(octets.begin(), octets.end()));
}

std::string text_of(const Secret& piece) {
  const auto octets = piece.view();
  return {octets.begin(), octets.end()};
}

std::vector<Secret> pieces_of(OwnersWord word) {
  std::vector<Secret> pieces;
  const auto& verdict = word.verdict;
  pieces.push_back(piece_of(!verdict ? kNothing : verdict->is_restore ? kAgain : kServe));
  pieces.push_back(piece_of(verdict ? verdict->pem : std::string()));
  if (word.key) pieces.push_back(*std::move(word.key));
  return pieces;
}

OwnersWord word_from(std::vector<Secret>& pieces) {
  constexpr std::size_t kPem = 1;
  constexpr std::size_t kKey = 2;
  OwnersWord word;
  if (pieces.size() <= kPem) return word;
  const auto said = text_of(pieces.front());
  if (said != kNothing) {
    word.verdict = serve::Verdict{.pem = text_of(pieces[kPem]), .is_restore = said == kAgain};
  }
  if (pieces.size() > kKey) word.key = std::move(pieces[kKey]);
  return word;
}

/// One binding, from the client's files to what is served.
class Deploy {
 public:
  Deploy(const config::Config& config, const config::Certificate& certificate, const Voice& voice)
      : config_(config), certificate_(certificate), voice_(voice) {}

  ExitCode run(sys_seconds now) {
    files_ = engine::read_client_files(certificate_);
    auto findings = Findings(files_.findings);
    if (!files_.fits && !files_.findings.has_errors() && files_.key) {
      findings.add({.id = "TLSA-CHAIN-KEY",
                    .level = Level::kWarning,
                    .message = "the key is not that of the certificate: it is handed over only if "
                               "its key was made here",
                    .owner = certificate_.name});
    }
    print_findings(findings, voice_);
    const auto code = findings.has_errors() ? ExitCode::kFailed : ExitCode::kDone;
    auto owner = OwnerProcess::start(config_, [this] { return owners_side(); });
    if (!owner) return trouble(owner.error());
    const auto word = word_from(owner->said());
    auto done = engine::carry_out(certificate_, files_, word, now);
    if (!done) return trouble(done.error());
    const auto& deployed = *done;
    return deployed ? std::max(code, tell(*deployed)) : code;
  }

 private:
  Result<std::vector<Secret>> owners_side() {
    DW_TRY(handover_, serve::Handover::open(engine::handover_folder(config_), certificate_.name,
                                            engine::kHandoverWait));
    DW_TRY(auto word, engine::take_in(config_, certificate_, files_, *handover_));
    return pieces_of(std::move(word));
  }

  ExitCode trouble(const Error& error) {
    print_error(
        Error(error.code(), fmt::format("certificate {}: {}", certificate_.name, error.message()),
              error.hint()),
        voice_);
    return ExitCode::kFailed;
  }

  ExitCode tell(const serve::Deployed& done) {
    using Outcome = serve::Deployed::Outcome;
    const bool is_bad =
        done.outcome == Outcome::kRolledBack || done.outcome == Outcome::kUnconfirmed;
    if (is_bad) {
      return trouble(Error(Errc::kUnavailable, done.trouble,
                           done.outcome == Outcome::kRolledBack
                               ? "what was served before is served again"
                               : "there is nothing to go back to: the new files stay"));
    }
    if (done.outcome == Outcome::kDeployed && voice_.detail != Voice::Detail::kQuiet) {
      fmt::print("certificate {}: served\n", certificate_.name);
    }
    return ExitCode::kDone;
  }

  const config::Config& config_;
  const config::Certificate& certificate_;
  const Voice& voice_;
  ClientFiles files_{};
  std::optional<serve::Handover> handover_{};  ///< in the owner's process
};

}  // namespace

std::vector<std::string> served_by_root(const config::Config& config) {
  std::vector<std::string> names;
  for (const auto& [name, certificate] : config.certificates) {
    if (engine::is_served_by_root(certificate)) names.push_back(name);
  }
  return names;
}

ExitCode deploy(const config::Config& config, const std::vector<std::string>& names,
                sys_seconds now, const Voice& voice) {
  auto worst = ExitCode::kDone;
  for (const auto& name : names) {
    worst = std::max(worst, Deploy(config, config.certificates.at(name), voice).run(now));
  }
  return worst;
}

ExitCode run(const DeployCommand& command, const Voice& voice) {
  const auto config = read_roots_config(command.config, voice);
  if (!config) return ExitCode::kUsage;
  const auto all = served_by_root(*config);
  for (const auto& name : command.certificates) {
    if (std::ranges::find(all, name) != all.end()) continue;
    print_error(
        Error(Errc::kBadInput, fmt::format("no certificate '{}' is for root to serve", name),
              "those with `serve: {by: deploy}` are"),
        voice);
    return ExitCode::kUsage;
  }
  return deploy(*config, command.certificates.empty() ? all : command.certificates, command.now,
                voice);
}

}  // namespace danewerk::app
