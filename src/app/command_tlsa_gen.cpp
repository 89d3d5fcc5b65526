#include <algorithm>
#include <deque>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "engine/binding_files.h"
#include "probe/probe.h"
#include "tlsa/generate.h"

namespace danewerk::app {

namespace {

/// One record to print, and where it came from.
struct Made {
  tlsa::Association association;
  std::string file;
  const tlsa::OwnerName* owner = nullptr;  ///< null: RDATA alone
};

/// Certificates as a PEM file has them (RFC 7468 section 5.1).
std::string pem_text(const std::vector<Bytes>& chain) {
  constexpr std::size_t kLine = 64;
  std::string text;
  for (const auto& certificate : chain) {
    text += "-----BEGIN CERTIFICATE-----\n";
    const auto octets = to_base64(certificate);
    for (std::size_t at = 0; at < octets.size(); at += kLine) {
      text += octets.substr(at, kLine) + "\n";
    }
    text += "-----END CERTIFICATE-----\n";
  }
  return text;
}

/// The chains that a service presents, each once.
Result<std::vector<std::vector<Bytes>>> live_chains(const probe::Target& target,
                                                    const TlsaGenCommand& command) {
  DW_TRY(const auto options, understood(command.options, command.at, command.at));
  DW_TRY(const auto report, probe::fetch(target, options));
  std::vector<std::vector<Bytes>> chains;
  std::string why = "the host has no address that can be found";
  for (const auto& attempt : report.services.front().attempts) {
    if (!attempt.tls.why.empty()) {
      why = fmt::format("{} {}", attempt.server.address, attempt.tls.why);
    }
    const auto& chain = attempt.tls.chain;
    const bool is_new = std::find(chains.begin(), chains.end(), chain) == chains.end();
    if (!chain.empty() && is_new) chains.push_back(chain);
  }
  if (chains.empty()) {
    return fail(Errc::kUnavailable, fmt::format("{}: {}", probe::to_text(target), why));
  }
  return chains;
}

/// Goes through files and combinations; the first failure ends it.
class Generator {
 public:
  explicit Generator(const TlsaGenCommand& command) : command_(command) {}

  /// What the command line says, before any file is opened.
  Result<void> read_options() {
    if (!command_.owner.empty()) {
      DW_TRY(owner_, tlsa::owner_from_text(command_.owner));
    }
    return read_combinations();
  }

  Result<void> run() {
    for (const auto& file : command_.files) DW_TRY_VOID(add(file));
    if (made.empty() && no_issuer_) return tl::unexpected(*std::move(no_issuer_));
    return {};
  }

  Findings findings;
  std::vector<Made> made;

  [[nodiscard]] std::string text(const Made& one) const {
    const bool unknown = command_.form == TlsaGenCommand::Form::kUnknownType;
    const auto& association = one.association;
    if (one.owner == nullptr) {
      return unknown ? association.unknown_rdata_text() : association.rdata_text();
    }
    return unknown ? tlsa::unknown_record_text(one.owner->name, command_.ttl, association)
                   : tlsa::record_text(one.owner->name, command_.ttl, association);
  }

 private:
  Result<void> read_combinations() {
    for (const auto& text : command_.records) {
      DW_TRY(const auto combination, tlsa::combination_from_text(text));
      combinations_.push_back(combination);
    }
    if (!combinations_.empty()) return {};
    // RFC 7672 section 3.1.1 and 3.1.2: what mail clients understand.
    combinations_ = {{tlsa::Usage::kDaneEe, tlsa::Selector::kKeyInfo, tlsa::Matching::kSha256},
                     {tlsa::Usage::kDaneTa, tlsa::Selector::kKeyInfo, tlsa::Matching::kSha256}};
    return {};
  }

  /// Only records of issuers are asked for: then a file may hold nothing but an issuer.
  [[nodiscard]] bool are_for_issuers() const {
    return !command_.records.empty() &&
           std::ranges::all_of(combinations_, &tlsa::Combination::names_issuer);
  }

  Result<void> add(const Path& file) {
    std::error_code ignored;
    if (probe::looks_like_target(file.string()) && !std::filesystem::exists(file, ignored)) {
      return add_service(file.string());
    }
    auto source = tlsa::Source::open(
        file, are_for_issuers() ? tlsa::Source::Holds::kIssuer : tlsa::Source::Holds::kServer);
    if (!source) return tl::unexpected(std::move(source).error());
    return add_records(*source, file.string(), owner_ ? &*owner_ : nullptr);
  }

  Result<void> add_service(const std::string& text) {
    DW_TRY(const auto target, probe::target_from_text(text));
    DW_TRY(const auto name, probe::tlsa_owner(target.port, target.host));
    DW_TRY(auto owner, tlsa::owner_from_text(dns::to_text(name)));
    live_owners_.push_back(owner_ ? *owner_ : std::move(owner));
    DW_TRY(const auto chains, live_chains(target, command_));
    for (const auto& chain : chains) {
      auto source = tlsa::Source::read(as_bytes(pem_text(chain)));
      if (!source) return tl::unexpected(std::move(source).error().in(text));
      DW_TRY_VOID(add_records(*source, text, &live_owners_.back()));
    }
    findings.add({.id = "TLSA-LIVE",
                  .level = Level::kWarning,
                  .message = "taken from the network as it came, and verified by nothing",
                  .owner = text,
                  .hint = "compare with the file on the server before you publish it"});
    return {};
  }

  Result<void> add_records(const tlsa::Source& source, const std::string& file,
                           const tlsa::OwnerName* owner) {
    for (const auto& combination : combinations_) {
      if (auto block = source.block_of(combination.usage); !block) {
        findings.add({.id = "TLSA-NO-ISSUER",
                      .level = Level::kWarning,
                      .message = fmt::format("no {} record: {}", tlsa::to_text(combination),
                                             block.error().message()),
                      .place = {.file = file},
                      .hint = block.error().hint()});
        no_issuer_ = std::move(block).error().in(file);
        continue;
      }
      auto association = tlsa::generate(source, combination);
      if (!association) return tl::unexpected(std::move(association).error().in(file));
      findings.merge(engine::about(tlsa::lint(source, combination, owner, command_.at), {}, file));
      made.push_back({*std::move(association), file, owner});
    }
    return {};
  }

  const TlsaGenCommand& command_;
  std::optional<tlsa::OwnerName> owner_;
  std::vector<tlsa::Combination> combinations_;
  std::optional<Error> no_issuer_;           ///< the last one
  std::deque<tlsa::OwnerName> live_owners_;  ///< what is made points to them
};

void print_json(const Generator& generator, const TlsaGenCommand& command) {
  auto records = nlohmann::ordered_json::array();
  for (const auto& one : generator.made) {
    const auto& association = one.association;
    const auto& combination = association.combination;
    records.push_back({{"file", one.file},
                       {"usage", static_cast<int>(combination.usage)},
                       {"selector", static_cast<int>(combination.selector)},
                       {"matching", static_cast<int>(combination.matching)},
                       {"meaning", tlsa::explained(combination)},
                       {"data", to_hex(association.data)},
                       {"text", generator.text(one)}});
  }
  nlohmann::ordered_json json{{"records", std::move(records)}};
  if (!command.owner.empty()) json["owner"] = command.owner;
  json["findings"] = nlohmann::ordered_json::parse(findings_json(generator.findings));
  print_line(json.dump(2));
}

}  // namespace

ExitCode run(const TlsaGenCommand& command, const Voice& voice) {
  Generator generator(command);
  if (auto understood = generator.read_options(); !understood) {
    print_error(understood.error(), voice);
    return ExitCode::kUsage;
  }
  if (auto done = generator.run(); !done) {
    print_error(done.error(), voice);
    return exit_code(done.error());
  }
  if (voice.form == Voice::Form::kJson) {
    print_json(generator, command);
    return exit_code(generator.findings, voice);
  }
  print_findings(generator.findings, voice);
  if (generator.findings.has_errors()) return ExitCode::kFailed;
  // Several chains of a service, or files of one key, may give the same record.
  std::set<std::string> printed;
  for (const auto& one : generator.made) {
    auto text = generator.text(one);
    if (printed.insert(text).second) print_line(text);
  }
  return exit_code(generator.findings, voice);
}

}  // namespace danewerk::app
