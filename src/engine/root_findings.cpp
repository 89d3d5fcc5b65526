#include "engine/root_findings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

#include "serve/handover.h"

namespace danewerk::engine {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMost = 20;
constexpr std::size_t kMostOctets = 500;

constexpr std::string_view kReload = "BINDING-RELOAD";
constexpr std::array<std::string_view, 3> kAboutServing{"BINDING-SERVED-CHANGED", "BINDING-SERVE",
                                                        kReload};
constexpr std::array<std::string_view, 11> kAboutClient{
    "TLSA-CHAIN-UNREADABLE", "TLSA-CHAIN-EMPTY",       "TLSA-CHAIN-LONG",    "TLSA-CHAIN-NO-LEAF",
    "TLSA-CHAIN-CA-LEAF",    "TLSA-CHAIN-KEY",         "TLSA-CHAIN-ORDER",   "TLSA-CHAIN-DUPLICATE",
    "TLSA-CHAIN-UNRELATED",  "BINDING-KEY-UNREADABLE", "BINDING-CLIENT-OPEN"};
constexpr std::array kLevels{Level::kInfo, Level::kWarning, Level::kError};

/// The literal; empty for one that root does not use.
std::string_view known_id(std::string_view id) {
  for (const auto one : kAboutServing) {
    if (one == id) return one;
  }
  for (const auto one : kAboutClient) {
    if (one == id) return one;
  }
  return {};
}

/// Not within a character.
std::string cut(std::string text) {
  constexpr unsigned kKindOfOctet = 0xC0;
  constexpr unsigned kContinues = 0x80;
  if (text.size() <= kMostOctets) return text;
  auto end = kMostOctets;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & kKindOfOctet) == kContinues) --end;
  return text.substr(0, end);
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  auto text = cut(found->get<std::string>());
  // It is printed on terminals.
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  return text;
}

/// 0 when it has none.
std::uint32_t line_of(const Json& object) {
  const auto found = object.find("line");
  const bool is_number = found != object.end() && found->is_number_unsigned();
  const auto line = is_number ? found->get<std::uint64_t>() : 0;
  return line <= std::numeric_limits<std::uint32_t>::max() ? static_cast<std::uint32_t>(line) : 0;
}

}  // namespace

std::string text_from(const Findings& findings) {
  if (findings.list().empty()) return {};
  auto all = Json::array();
  for (const auto& finding : findings.list()) {
    all.push_back({{"id", finding.id},
                   {"level", to_text(finding.level)},
                   {"owner", finding.owner},
                   {"message", finding.message},
                   {"file", finding.place.file},
                   {"line", finding.place.line},
                   {"hint", finding.hint}});
  }
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Findings findings_from(std::string_view text) {
  Findings findings;
  const auto all = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!all.is_array()) return findings;
  for (const auto& one : all) {
    if (findings.list().size() == kMost) break;
    if (!one.is_object()) continue;
    const auto id = known_id(text_at(one, "id"));
    const auto level =
        std::ranges::find(kLevels, text_at(one, "level"), [](Level each) { return to_text(each); });
    if (id.empty() || level == kLevels.end()) continue;
    findings.add({.id = id,
                  .level = *level,
                  .message = text_at(one, "message"),
                  .owner = text_at(one, "owner"),
                  .place = {.file = text_at(one, "file"), .line = line_of(one)},
                  .hint = text_at(one, "hint")});
  }
  return findings;
}

bool is_news(const Findings& told, const Findings& found) {
  const auto is_same = [](const Finding& one, const Finding& other) {
    return one.id == other.id && one.level == other.level &&
           (one.message == other.message || one.id == kReload);
  };
  return !std::ranges::equal(told.list(), found.list(), is_same);
}

Result<Findings> read_roots_findings(const Path& folder, std::string_view binding) {
  DW_TRY(const auto text, serve::read_findings(folder, binding));
  return findings_from(text);
}

bool is_about_client(const Finding& finding) {
  return std::ranges::find(kAboutClient, finding.id) != kAboutClient.end();
}

}  // namespace danewerk::engine
