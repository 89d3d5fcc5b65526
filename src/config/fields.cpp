#include "config/fields.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace danewerk::config {

namespace {

/// How many letters have to be put in, left out or exchanged (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, exchanged});
    }
  }
  return row.back();
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

void Report::error(std::string_view id, const TreeNode& at, std::string message,
                   std::string hint) const {
  findings.add({.id = id,
                .level = Level::kError,
                .message = std::move(message),
                .place = place(at),
                .hint = std::move(hint)});
}

void Report::error(std::string_view id, const TreeNode& at, const Error& error) const {
  this->error(id, at, error.message(), error.hint());
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongest = 64;  // of a key; what is longer is no slip of a finger
  if (word.size() > kLongest) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto candidate : known) {
    const auto distance = edit_distance(word, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::optional<std::uint64_t> parse_whole_number(const TreeNode& node) {
  const std::string_view text = node.text;
  if (node.kind != NodeKind::kPlain || text.empty()) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

Path absolute_path(const Report& report, std::string_view text) {
  return (report.folder / Path(text)).lexically_normal();
}

const std::vector<TreeNode>& list_items(const Report& report, const TreeNode& node,
                                        std::string_view what) {
  static const std::vector<TreeNode> none;
  if (node.kind == NodeKind::kList) return node.items;
  if (node.kind != NodeKind::kNull) {
    report.error("CONFIG-TYPE", node,
                 fmt::format("{}: {} instead of a list", what, to_text(node.kind)),
                 "write a list: [one, two]");
  }
  return none;
}

std::optional<std::vector<std::string>> list_of_words(const Report& report, const TreeNode& node,
                                                      std::string_view what) {
  std::vector<std::string> words;
  if (node.kind != NodeKind::kList && node.kind != NodeKind::kNull) {
    list_items(report, node, what);
    return std::nullopt;
  }
  for (const auto& item : list_items(report, node, what)) {
    if (!item.is_text()) {
      report.error("CONFIG-TYPE", item,
                   fmt::format("{}: {} instead of a word", what, to_text(item.kind)));
      return std::nullopt;
    }
    if (item.text.find('\0') != std::string::npos) {
      report.error("CONFIG-VALUE", item, fmt::format("{}: a zero octet in a word", what));
      return std::nullopt;
    }
    words.push_back(item.text);
  }
  return words;
}

Fields::Fields(const Report& report, const TreeNode& node, std::string what)
    : report_(report), node_(node), what_(std::move(what)) {
  if (node.kind == NodeKind::kMap || node.kind == NodeKind::kNull) return;
  report_.error("CONFIG-TYPE", node,
                fmt::format("{}: {} instead of a map", what_, to_text(node.kind)),
                "write keys and values: {key: value}");
}

const TreeNode* Fields::get(std::string_view key) {
  asked_.emplace(key);
  for (std::size_t i = 0; i < node_.keys.size(); ++i) {
    if (node_.keys[i].text == key) return &node_.items[i];
  }
  return nullptr;
}

const TreeNode* Fields::require(std::string_view key) {
  const auto* node = get(key);
  if (node == nullptr && (node_.kind == NodeKind::kMap || node_.kind == NodeKind::kNull)) {
    report_.error("CONFIG-KEY-MISSING", node_, fmt::format("{}: '{}' is missing", what_, key));
  }
  return node;
}

const TreeNode* Fields::word(std::string_view key) {
  const auto* node = get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_text()) {
    report_.error(
        "CONFIG-TYPE", *node,
        fmt::format("{}: '{}' has {} instead of a word", what_, key, to_text(node->kind)));
    return nullptr;
  }
  if (has_control_character(node->text)) {
    report_.error("CONFIG-VALUE", *node,
                  fmt::format("{}: '{}' holds a control character", what_, key));
    return nullptr;
  }
  return node;
}

void Fields::text(std::string_view key, std::string& target) {
  const auto* node = word(key);
  if (node == nullptr) return;
  if (node->text.empty()) {
    report_.error("CONFIG-VALUE", *node, fmt::format("{}: '{}' is empty", what_, key));
    return;
  }
  target = node->text;
}

void Fields::path(std::string_view key, Path& target) {
  std::string found;
  text(key, found);
  if (!found.empty()) target = absolute_path(report_, found);
}

void Fields::flag(std::string_view key, bool& target) {
  const auto* node = get(key);
  if (node == nullptr) return;
  if (node->kind == NodeKind::kPlain && (node->text == "true" || node->text == "false")) {
    target = node->text == "true";
    return;
  }
  report_.error("CONFIG-VALUE", *node, fmt::format("{}: '{}' must be true or false", what_, key),
                "without quotes, in lower case; yes, no, on and off are not understood");
}

/// TTLs are plain seconds everywhere in the DNS, and 0 is 0 in every unit.
void Fields::doubt_seconds(std::string_view key) {
  const auto* node = get(key);
  if (node == nullptr || key.ends_with("ttl")) return;
  const auto number = parse_whole_number(*node);
  if (!number || *number == 0) return;
  report_.findings.add({.id = "CONFIG-UNIT",
                        .level = Level::kWarning,
                        .message = fmt::format("{}: '{}: {}' is read as {} second{}", what_, key,
                                               *number, *number, *number == 1 ? "" : "s"),
                        .place = report_.place(*node),
                        .hint = fmt::format("write {}s, or the unit that is meant, such as m, h "
                                            "or d",
                                            *number)});
}

void Fields::span(std::string_view key, seconds& target, SpanRange range) {
  doubt_seconds(key);
  parsed(key, target, [range](const std::string& text) -> Result<seconds> {
    DW_TRY(const auto value, parse_duration(text));
    if (value < range.least || value > range.most) {
      return fail(Errc::kBadInput,
                  fmt::format("'{}' is not between {} and {}", text, danewerk::to_text(range.least),
                              danewerk::to_text(range.most)));
    }
    return value;
  });
}

void Fields::span_or(std::string_view key, std::optional<seconds>& target, std::string_view word,
                     SpanRange range) {
  const auto* node = get(key);
  if (node == nullptr) return;
  if (node->is_text() && node->text == word) {
    target.reset();
    return;
  }
  seconds value{-1};
  span(key, value, range);
  if (value >= seconds(0)) target = value;
}

void Fields::words(std::string_view key, std::vector<std::string>& target) {
  const auto* node = get(key);
  if (node == nullptr) return;
  auto found = list_of_words(report_, *node, fmt::format("{}: '{}'", what_, key));
  if (!found) return;
  if (!found->empty() && found->front().empty()) {
    report_.error("CONFIG-VALUE", *node, fmt::format("{}: '{}' names no program", what_, key));
    return;
  }
  target = *std::move(found);
}

void Fields::bad_choice(const TreeNode& node, std::string_view key,
                        const std::vector<std::string_view>& known) {
  const auto near = nearest(node.text, known);
  report_.error(
      "CONFIG-VALUE", node, fmt::format("{}: '{}' cannot be '{}'", what_, key, node.text),
      near.empty() ? fmt::format("one of: {}", fmt::join(known, ", "))
                   : fmt::format("did you mean '{}'? there are: {}", near, fmt::join(known, ", ")));
}

void Fields::finish() {
  for (const auto& key : node_.keys) {
    if (asked_.contains(key.text)) continue;
    const std::vector<std::string_view> known(asked_.begin(), asked_.end());
    const auto near = nearest(key.text, known);
    report_.error("CONFIG-KEY-UNKNOWN", key, fmt::format("{}: '{}' is not known", what_, key.text),
                  near.empty() ? fmt::format("there are: {}", fmt::join(known, ", "))
                               : fmt::format("did you mean '{}'?", near));
  }
}

}  // namespace danewerk::config
