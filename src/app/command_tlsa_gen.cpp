#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "tlsa/generate.h"

namespace danewerk::app {

namespace {

/// One record to print, and the file that it came from.
struct Made {
  tlsa::Association association;
  std::string file;
};

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
    return {};
  }

  Findings findings;
  std::vector<Made> made;

  [[nodiscard]] std::string text(const tlsa::Association& association) const {
    const bool unknown = command_.form == TlsaGenCommand::Form::kUnknownType;
    if (!owner_) return unknown ? association.unknown_rdata_text() : association.rdata_text();
    return unknown ? tlsa::unknown_record_text(owner_->name, command_.ttl, association)
                   : tlsa::record_text(owner_->name, command_.ttl, association);
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

  Result<void> add(const Path& file) {
    auto source = tlsa::Source::open(file);
    if (!source) return tl::unexpected(std::move(source).error());
    for (const auto& combination : combinations_) {
      auto association = tlsa::generate(*source, combination);
      if (!association && command_.records.empty() && combination.names_issuer()) {
        // Not asked for by name: a key or a lone certificate has no issuer to speak of.
        findings.add({.id = "TLSA-NO-ISSUER",
                      .level = Level::kWarning,
                      .message = fmt::format("no {} record: {}", tlsa::to_text(combination),
                                             association.error().message()),
                      .place = {.file = file.string()},
                      .hint = "give a file with the issuer's certificate after the server's"});
        continue;
      }
      if (!association) return tl::unexpected(std::move(association).error().in(file.string()));
      findings.merge(tlsa::lint(*source, combination, owner_ ? &*owner_ : nullptr, command_.at));
      made.push_back({*std::move(association), file.string()});
    }
    return {};
  }

  const TlsaGenCommand& command_;
  std::optional<tlsa::OwnerName> owner_;
  std::vector<tlsa::Combination> combinations_;
};

void print_json(const Generator& generator, const TlsaGenCommand& command) {
  auto records = nlohmann::ordered_json::array();
  for (const auto& [association, file] : generator.made) {
    const auto& combination = association.combination;
    records.push_back({{"file", file},
                       {"usage", static_cast<int>(combination.usage)},
                       {"selector", static_cast<int>(combination.selector)},
                       {"matching", static_cast<int>(combination.matching)},
                       {"meaning", tlsa::explained(combination)},
                       {"data", to_hex(association.data)},
                       {"text", generator.text(association)}});
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
  std::string last;
  for (const auto& [association, file] : generator.made) {
    auto text = generator.text(association);
    if (text != last) print_line(text);
    last = std::move(text);
  }
  return exit_code(generator.findings, voice);
}

}  // namespace danewerk::app
