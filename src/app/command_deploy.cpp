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
#include "engine/binding_serve.h"
#include "engine/root_deploy.h"
#include "engine/root_findings.h"

namespace danewerk::app {

namespace {

using engine::ClientFiles;
using engine::OwnersWord;

/// What the owner says, in pieces: whether there is a verdict, its text, whether the certificates
/// were taken in, what it was told the last time, which chains are kept, the key made here.
constexpr std::string_view kNothing = "nothing";
constexpr std::string_view kServe = "serve";
constexpr std::string_view kAgain = "again";
constexpr std::string_view kGiven = "given";

/// What the owner's process says.
struct Answer {
  OwnersWord word{};
  std::string told{};  ///< findings, as text
};

Secret piece_of(std::string_view text) {
  const auto octets = as_bytes(text);
  return Secret(Bytes(octets.begin(), octets.end()));
}

std::string text_of(const Secret& piece) {
  const auto octets = piece.view();
  return {octets.begin(), octets.end()};
}

std::vector<Secret> pieces_of(Answer answer) {
  std::vector<Secret> pieces;
  auto& word = answer.word;
  const auto& verdict = word.verdict;
  pieces.push_back(piece_of(!verdict ? kNothing : verdict->is_restore ? kAgain : kServe));
  pieces.push_back(piece_of(verdict ? verdict->pem : std::string()));
  pieces.push_back(piece_of(word.is_given ? kGiven : kNothing));
  pieces.push_back(piece_of(answer.told));
  pieces.push_back(piece_of(word.kept.value_or("")));
  if (word.key) pieces.push_back(*std::move(word.key));
  return pieces;
}

Answer answer_from(std::vector<Secret>& pieces) {
  enum : std::size_t { kWord, kPem, kTaken, kTold, kKept, kKey };
  Answer answer;
  if (pieces.size() <= kKept) return answer;
  const auto said = text_of(pieces[kWord]);
  if (said != kNothing) {
    answer.word.verdict =
        serve::Verdict{.pem = text_of(pieces[kPem]), .is_restore = said == kAgain};
  }
  answer.word.is_given = text_of(pieces[kTaken]) == kGiven;
  answer.told = text_of(pieces[kTold]);
  if (auto kept = text_of(pieces[kKept]); !kept.empty()) answer.word.kept = std::move(kept);
  if (pieces.size() > kKey) answer.word.key = std::move(pieces[kKey]);
  return answer;
}

/// One binding, from the client's files to what is served.
class Deploy {
 public:
  Deploy(const DeployTask& task, const std::string& name, const Voice& voice)
      : task_(task), certificate_(task.config.certificates.at(name)), voice_(voice) {}

  ExitCode run() {
    files_ = engine::read_client_files(certificate_);
    const auto told = serve();
    if (!told) {
      print_findings(findings_, voice_);
      return fail_with(told.error());
    }
    const auto known = engine::findings_from(*told);
    if (engine::is_news(known, findings_)) {
      const auto done = OwnerProcess::start(task_.config, [this] { return tell_owner(); });
      if (!done) {
        print_findings(findings_, voice_);
        return fail_with(done.error());
      }
    }
    print_findings(task_.teller == Teller::kRoot ? findings_ : momentary(), voice_);
    return findings_.has_errors() ? ExitCode::kFailed : ExitCode::kDone;
  }

 private:
  /// \returns what the owner was told of the last time. An error: it could not be asked.
  Result<std::string> serve() {
    findings_.merge(Findings(files_.findings));
    DW_TRY(auto owner, OwnerProcess::start(task_.config, [this] { return owners_side(); }));
    const auto answer = answer_from(owner.said());
    if (!answer.word.is_given) findings_.merge(Findings(files_.key_findings));
    auto done = engine::carry_out(certificate_, files_, answer.word, task_.now);
    if (!done) {
      add_error("BINDING-SERVE", done.error().message(), done.error().hint());
    } else if (const auto& deployed = *done) {
      tell(*deployed);
    }
    drop_old(answer.word);
    return answer.told;
  }

  /// What was made good here and now: no pass would find it.
  [[nodiscard]] Findings momentary() const {
    Findings found;
    for (const auto& finding : findings_.list()) {
      if (finding.id == "BINDING-SERVED-CHANGED") found.add(finding);
    }
    return found;
  }

  /// What nobody goes back to, with its keys.
  void drop_old(const OwnersWord& word) {
    if (!word.kept) return;
    const auto done = engine::drop_served(certificate_, *word.kept);
    if (!done) add_error("BINDING-SERVE", done.error().message(), done.error().hint());
  }

  Result<serve::Handover> open_handover() {
    return serve::Handover::open(engine::handover_folder(task_.config), certificate_.name,
                                 engine::kHandoverWait);
  }

  Result<std::vector<Secret>> owners_side() {
    DW_TRY(handover_, open_handover());
    Answer answer;
    DW_TRY(answer.word, engine::take_in(task_.config, certificate_, files_, *handover_));
    DW_TRY(answer.told,
           serve::read_findings(engine::handover_folder(task_.config), certificate_.name));
    return pieces_of(std::move(answer));
  }

  Result<std::vector<Secret>> tell_owner() {
    DW_TRY(handover_, open_handover());
    DW_TRY_VOID(handover_->tell(engine::text_from(findings_)));
    return std::vector<Secret>();
  }

  void add_error(std::string_view id, std::string message, std::string hint) {
    findings_.add({.id = id,
                   .level = Level::kError,
                   .message = std::move(message),
                   .owner = certificate_.name,
                   .hint = std::move(hint)});
  }

  ExitCode fail_with(const Error& error) {
    print_error(
        Error(error.code(), fmt::format("certificate {}: {}", certificate_.name, error.message()),
              error.hint()),
        voice_);
    return ExitCode::kFailed;
  }

  void tell(const serve::Deployed& done) {
    using Outcome = serve::Deployed::Outcome;
    const bool is_back = done.outcome == Outcome::kRolledBack;
    if (is_back || done.outcome == Outcome::kUnconfirmed) {
      add_error("BINDING-RELOAD", done.trouble,
                is_back ? "what was served before is served again"
                        : "there is nothing to go back to: the new files stay");
    }
    const bool is_told = task_.teller == Teller::kRoot && voice_.detail != Voice::Detail::kQuiet;
    if (done.outcome == Outcome::kDeployed && is_told) {
      fmt::print("certificate {}: served\n", certificate_.name);
    }
  }

  const DeployTask& task_;
  const config::Certificate& certificate_;
  const Voice& voice_;
  ClientFiles files_{};
  Findings findings_{};
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

ExitCode deploy(const DeployTask& task, const Voice& voice) {
  auto worst = ExitCode::kDone;
  for (const auto& name : task.names) {
    worst = std::max(worst, Deploy(task, name, voice).run());
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
  return deploy({.config = *config,
                 .names = command.certificates.empty() ? all : command.certificates,
                 .now = command.now},
                voice);
}

}  // namespace danewerk::app
