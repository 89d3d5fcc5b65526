#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/output.h"
#include "config/issuers.h"
#include "tlsa/explain.h"
#include "tlsa/lint_set.h"
#include "tlsa/match.h"
#include "tlsa/record_line.h"

namespace danewerk::app {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxOctets = 1U << 20;

/// A record that was given, and what is known of it.
struct Explained {
  tlsa::RecordLine line;
  tlsa::Association association;
  const tlsa::KnownIssuer* issuer = nullptr;  ///< in the catalogue
  std::optional<std::size_t> named{};         ///< which certificate of the chain
  std::string verdict{};  ///< why a client refuses the chain; empty: it does not, or has none
};

/// A word that is no record, which has blanks in it: the name of a file that is not there.
bool is_path(const std::string& word) {
  return word.find_first_of(" \t\n") == std::string::npos;
}

class Explainer {
 public:
  explicit Explainer(const TlsaExplainCommand& command) : command_(command) {}

  Findings findings;
  std::vector<Explained> records;
  tlsa::Catalogue catalogue;
  std::optional<tlsa::Chain> chain;

  Result<void> run() {
    DW_TRY(auto lines, read_lines());
    if (lines.empty()) {
      return fail(Errc::kBadInput, "no TLSA record there",
                  "give RDATA such as '3 1 1 0123...', a whole record, or a file with records");
    }
    read_catalogue();
    DW_TRY_VOID(read_certificate());
    for (auto& line : lines) add(std::move(line));
    lint();
    return {};
  }

 private:
  Result<std::vector<tlsa::RecordLine>> read_lines() {
    const auto& words = command_.words;
    std::error_code ignored;
    if (words.size() == 1 && words.front() == "-") {
      return tlsa::record_lines_from_text(std::string(std::istreambuf_iterator<char>(std::cin), {}),
                                          command_.origin);
    }
    if (words.size() == 1 && std::filesystem::is_regular_file(words.front(), ignored)) {
      DW_TRY(const auto text, read_file(words.front(), kMaxOctets));
      auto lines = tlsa::record_lines_from_text(text, command_.origin);
      if (!lines) return tl::unexpected(std::move(lines).error().in(words.front()));
      return lines;
    }
    if (words.size() == 1 && is_path(words.front())) {
      return fail(Errc::kUnavailable, fmt::format("no such file: '{}'", words.front()),
                  "give RDATA such as '3 1 1 0123...', a whole record, or a file with records");
    }
    std::vector<tlsa::RecordLine> lines;
    DW_TRY(auto line, tlsa::record_line_from_text(fmt::format("{}", fmt::join(words, " "))));
    lines.push_back(std::move(line));
    return lines;
  }

  void read_catalogue() {
    auto read = config::read_all_issuers(command_.issuers);
    findings.merge(std::move(read.findings));
    auto made = tlsa::Catalogue::make(std::move(read.issuers));
    findings.merge(std::move(made.findings));
    catalogue = std::move(made.catalogue);
  }

  Result<void> read_certificate() {
    if (command_.certificate.empty()) return {};
    const auto name = command_.certificate.string();
    DW_TRY(auto text, read_file(command_.certificate, kMaxOctets));
    auto read = tlsa::read_chain({.certificates = {{name, as_bytes(text)}}});
    // There may have been a private key in it.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): char and uint8_t may alias
    wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    findings.merge(std::move(read.findings));
    chain = std::move(read.chain);
    return {};
  }

  static std::vector<std::string> names_of(const tlsa::RecordLine& line) {
    if (!line.owner || !line.owner->service) return {};
    return {dns::to_text(line.owner->service->host)};
  }

  void add(tlsa::RecordLine line) {
    auto association = tlsa::association_from_rdata(line.rdata);
    if (!association) {
      findings.add({.id = "TLSA-MALFORMED",
                    .message = association.error().message(),
                    .owner = line.owner ? dns::to_text(line.owner->name) : std::string(),
                    .hint = "clients pass over it, and when no other is usable they encrypt "
                            "without knowing with whom (RFC 7672 section 2.2)"});
      return;
    }
    Explained made{.line = std::move(line), .association = *std::move(association)};
    made.issuer = catalogue.find_named(made.association, command_.at);
    if (chain) {
      made.named = tlsa::find_named(*chain, made.association);
      made.verdict =
          tlsa::match(*chain, made.association, {names_of(made.line), command_.at}).reason;
    }
    records.push_back(std::move(made));
  }

  /// Records of one owner are judged together.
  void lint() {
    std::map<std::string, tlsa::RecordSet> sets;
    for (const auto& record : records) {
      const auto& owner = record.line.owner;
      auto& set = sets[owner ? dns::to_canonical_text(owner->name) : std::string()];
      set.owner = owner;
      set.associations.push_back(record.association);
      set.names = names_of(record.line);
      if (record.line.ttl) set.ttl = seconds(*record.line.ttl);
    }
    for (auto& [owner, set] : sets) {
      set.catalogue = &catalogue;
      set.now = command_.at;
      if (chain) set.served = {&*chain};
      findings.merge(tlsa::lint_set(set));
    }
  }

  const TlsaExplainCommand& command_;
};

std::string issuer_text(const tlsa::KnownIssuer& issuer, sys_seconds now) {
  return fmt::format("{} of {}, {}", issuer.entry.name, issuer.entry.authority,
                     model::to_text(issuer.state_at(now)));
}

std::string named_text(const Explained& record, const tlsa::Chain& chain) {
  if (!record.named) return "none of the certificates";
  const auto& subject = chain.certificates[*record.named].credential.subject;
  return *record.named == 0 ? fmt::format("the server's own, {}", subject)
                            : fmt::format("its issuer's, {}", subject);
}

std::string head_text(const Explained& record) {
  const auto& line = record.line;
  if (!line.owner) return record.association.rdata_text();
  return tlsa::record_text(line.owner->name, line.ttl, record.association);
}

void print_record(const Explained& record, const Explainer& explainer, sys_seconds now) {
  const auto& combination = record.association.combination;
  const auto words = tlsa::explain(combination);
  print_line(head_text(record));
  std::vector<Row> rows;
  if (record.line.owner && record.line.owner->service) {
    const auto& service = *record.line.owner->service;
    rows.push_back({"  for", fmt::format("{} port {} of {}", service.protocol, service.port,
                                         dns::to_text(service.host))});
  }
  rows.push_back({"  means", tlsa::explained(combination)});
  rows.push_back({"  usage", std::string(words.usage)});
  rows.push_back({"  selector", std::string(words.selector)});
  rows.push_back({"  data", std::string(words.matching)});
  if (record.issuer != nullptr) rows.push_back({"  known as", issuer_text(*record.issuer, now)});
  if (explainer.chain) {
    rows.push_back({"  names", named_text(record, *explainer.chain)});
    rows.push_back({"  a client", record.verdict.empty()
                                      ? "accepts this chain by it"
                                      : "refuses this chain: " + record.verdict});
  }
  print_rows(rows);
}

Json record_json(const Explained& record, const Explainer& explainer, sys_seconds now) {
  const auto& combination = record.association.combination;
  const auto words = tlsa::explain(combination);
  Json json;
  if (record.line.owner) json["owner"] = dns::to_text(record.line.owner->name);
  if (record.line.ttl) json["ttl"] = *record.line.ttl;
  json["usage"] = static_cast<int>(combination.usage);
  json["selector"] = static_cast<int>(combination.selector);
  json["matching"] = static_cast<int>(combination.matching);
  json["data"] = to_hex(record.association.data);
  json["meaning"] = tlsa::explained(combination);
  json["explained"] = {
      {"usage", words.usage}, {"selector", words.selector}, {"matching", words.matching}};
  if (record.issuer != nullptr) {
    const auto& entry = record.issuer->entry;
    json["issuer"] = {{"name", entry.name},
                      {"authority", entry.authority},
                      {"state", model::to_text(record.issuer->state_at(now))}};
  }
  if (explainer.chain) {
    Json match{{"accepts", record.verdict.empty()}};
    if (record.named) {
      match["depth"] = *record.named;
      match["subject"] = explainer.chain->certificates[*record.named].credential.subject;
    }
    if (!record.verdict.empty()) match["reason"] = record.verdict;
    json["certificate"] = std::move(match);
  }
  return json;
}

void print_json(const Explainer& explainer, sys_seconds now) {
  auto records = Json::array();
  for (const auto& record : explainer.records) {
    records.push_back(record_json(record, explainer, now));
  }
  Json json{{"records", std::move(records)}};
  json["findings"] = Json::parse(findings_json(explainer.findings));
  print_line(json.dump(2));
}

}  // namespace

ExitCode run(const TlsaExplainCommand& command, const Voice& voice) {
  Explainer explainer(command);
  if (auto done = explainer.run(); !done) {
    print_error(done.error(), voice);
    return exit_code(done.error());
  }
  if (voice.form == Voice::Form::kJson) {
    print_json(explainer, command.at);
    return exit_code(explainer.findings, voice);
  }
  for (std::size_t i = 0; i < explainer.records.size(); ++i) {
    if (i > 0) print_line("");
    print_record(explainer.records[i], explainer, command.at);
  }
  print_findings(explainer.findings, voice);
  return exit_code(explainer.findings, voice);
}

}  // namespace danewerk::app
