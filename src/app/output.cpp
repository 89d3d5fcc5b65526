#include "app/output.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace danewerk::app {

namespace {

std::string count_text(std::uint64_t n, std::string_view word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

bool is_shown(Level level, const Voice& voice) {
  if (level == Level::kError) return true;
  if (level == Level::kInfo && voice.detail != Voice::Detail::kVerbose) return false;
  return voice.detail != Voice::Detail::kQuiet;
}

bool is_control(unsigned char octet) {
  constexpr unsigned char kDelete = 0x7F;
  return (octet < ' ' && octet != '\n' && octet != '\t') || octet == kDelete;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  for (const char octet : text) {
    if (is_control(static_cast<unsigned char>(octet))) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(octet));
    } else {
      out += octet;
    }
  }
  return out;
}

void print_line(std::string_view line) {
  fmt::print("{}\n", printable(line));
}

void print_error(const Error& error, const Voice& voice) {
  if (voice.form == Voice::Form::kJson) {
    nlohmann::ordered_json json{{"error", error.message()}};
    if (!error.hint().empty()) json["hint"] = error.hint();
    print_line(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  fmt::print(stderr, "{}: error: {}\n", voice.program, printable(error.message()));
  if (error.hint().empty()) return;
  fmt::print(stderr, "{}: hint: {}\n", voice.program, printable(error.hint()));
}

void print_findings(const Findings& findings, const Voice& voice) {
  std::set<std::string_view> shown;
  for (const auto& finding : findings.list()) {
    if (!is_shown(finding.level, voice)) continue;
    shown.insert(finding.id);
    fmt::print(stderr, "{}\n", printable(to_text(finding)));
  }
  for (const auto& [id, n] : findings.counts()) {
    if (n > Findings::kKeptPerId && shown.contains(id)) {
      fmt::print(stderr, "[{}] {} more of these\n", id, n - Findings::kKeptPerId);
    }
  }
}

std::string summary(const Findings& findings) {
  return fmt::format("{}, {}, {}", count_text(findings.count(Level::kError), "error"),
                     count_text(findings.count(Level::kWarning), "warning"),
                     count_text(findings.count(Level::kInfo), "info"));
}

ExitCode exit_code(const Findings& findings, const Voice& voice) {
  if (findings.has_errors()) return ExitCode::kFailed;
  const bool counts = voice.warnings == Voice::Warnings::kErrors;
  return counts && findings.count(Level::kWarning) != 0 ? ExitCode::kFailed : ExitCode::kDone;
}

ExitCode exit_code(const Error& /*error*/) {
  return ExitCode::kFailed;
}

void print_rows(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.label.size());
  for (const auto& row : rows) fmt::print("{:<{}}  {}\n", row.label, width, printable(row.value));
}

void add_lines(std::vector<Row>& rows, std::string label, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    rows.push_back({std::exchange(label, {}), std::string(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string findings_json(const Findings& findings) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& finding : findings.list()) {
    nlohmann::ordered_json item{
        {"id", finding.id}, {"level", to_text(finding.level)}, {"message", finding.message}};
    if (!finding.owner.empty()) item["owner"] = finding.owner;
    if (!finding.place.file.empty()) item["file"] = finding.place.file;
    if (finding.place.line != 0) item["line"] = finding.place.line;
    if (finding.place.column != 0) item["column"] = finding.place.column;
    if (!finding.hint.empty()) item["hint"] = finding.hint;
    list.push_back(std::move(item));
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace danewerk::app
