#pragma once

/// \file
/// The keys of a map, taken one after the other, each with what it must be. What is wrong becomes a
/// finding, and reading goes on with the default, so that one run tells all. A key that nobody
/// asked for is unknown. Not thread-safe.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/finding.h"
#include "base/result.h"
#include "base/time.h"
#include "config/document.h"

namespace danewerk::config {

/// Where findings go while one file is read.
struct Report {
  std::string file;    ///< for places
  Path folder;         ///< where relative paths begin
  Findings& findings;  ///< of the whole configuration

  [[nodiscard]] Place place(const TreeNode& node) const { return {file, node.line, node.column}; }
  void error(std::string_view id, const TreeNode& at, std::string message,
             std::string hint = {}) const;
  void error(std::string_view id, const TreeNode& at, const Error& error) const;
};

/// Bounds of a whole number, both allowed.
struct Range {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// Bounds of a span, both allowed.
struct SpanRange {
  seconds least{0};
  seconds most = std::chrono::days(36'500);
};
/// What a TTL may be (RFC 2181 section 8).
inline constexpr SpanRange kTtlRange{seconds(0), seconds(0x7fffffff)};

class Fields {
 public:
  /// Nothing where a map is expected counts as an empty one; anything else is a finding.
  /// \param what  for messages: "policy 'default'".
  Fields(const Report& report, const TreeNode& node, std::string what);

  [[nodiscard]] const Report& report() const { return report_; }
  [[nodiscard]] const TreeNode& node() const { return node_; }

  /// The value of KEY, whatever it is; nullptr when the key is not there.
  const TreeNode* get(std::string_view key);
  /// The same, and CONFIG-KEY-MISSING when it is not there.
  const TreeNode* require(std::string_view key);

  /// Each sets TARGET when the key is there and its value is good.
  void text(std::string_view key, std::string& target);
  void path(std::string_view key, Path& target);
  void flag(std::string_view key, bool& target);
  template <class T>
  void number(std::string_view key, T& target, Range range);
  void span(std::string_view key, seconds& target, SpanRange range = {});
  void words(std::string_view key, std::vector<std::string>& target);
  /// A span, or the word WORD for none.
  void span_or(std::string_view key, std::optional<seconds>& target, std::string_view word,
               SpanRange range);
  /// One of several words.
  template <class T>
  using Choices = std::initializer_list<std::pair<std::string_view, T>>;
  template <class T>
  void choice(std::string_view key, T& target, Choices<T> choices);
  /// A word that PARSE makes something of.
  template <class T, class Parse>
  void parsed(std::string_view key, T& target, Parse parse);

  /// Reports every key that nobody asked for, with the nearest one that is known.
  void finish();

 private:
  void doubt_seconds(std::string_view key);
  /// The text of KEY; nullptr when it is not there or none, which is then reported.
  const TreeNode* word(std::string_view key);
  void bad_choice(const TreeNode& node, std::string_view key,
                  const std::vector<std::string_view>& known);

  const Report& report_;
  const TreeNode& node_;
  std::string what_;
  std::set<std::string, std::less<>> asked_;
};

/// Keys of a map and their values: CALL(key node, value node).
template <class Call>
void for_each_entry(const Report& report, const TreeNode* node, std::string_view what, Call call);

/// The items of a list; a finding when it is none. Nothing counts as an empty one.
const std::vector<TreeNode>& list_items(const Report& report, const TreeNode& node,
                                        std::string_view what);
/// A list of words, each not empty.
std::optional<std::vector<std::string>> list_of_words(const Report& report, const TreeNode& node,
                                                      std::string_view what);
/// Digits alone, no leading zero.
std::optional<std::uint64_t> parse_whole_number(const TreeNode& node);
/// REPORT's folder and the path.
Path absolute_path(const Report& report, std::string_view text);
/// The known word with the fewest edits; empty when none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

/// The same for the keys of a map.
template <class Map>
std::string_view nearest_key(const Map& map, std::string_view word) {
  std::vector<std::string_view> known;
  known.reserve(map.size());
  for (const auto& [key, value] : map) known.push_back(key);
  return nearest(word, known);
}

template <class T>
void Fields::number(std::string_view key, T& target, Range range) {
  const auto* node = get(key);
  if (node == nullptr) return;
  const auto value = parse_whole_number(*node);
  if (value && *value >= range.least && *value <= range.most) {
    target = static_cast<T>(*value);
    return;
  }
  report_.error("CONFIG-VALUE", *node,
                what_ + ": '" + std::string(key) + "' must be a whole number from " +
                    std::to_string(range.least) + " to " + std::to_string(range.most),
                "digits alone: no quotes, sign, unit or leading zero");
}

template <class T>
void Fields::choice(std::string_view key, T& target, Choices<T> choices) {
  const auto* node = word(key);
  if (node == nullptr) return;
  std::vector<std::string_view> known;
  for (const auto& [name, value] : choices) {
    known.push_back(name);
    if (name != node->text) continue;
    target = value;
    return;
  }
  bad_choice(*node, key, known);
}

template <class T, class Parse>
void Fields::parsed(std::string_view key, T& target, Parse parse) {
  const auto* node = word(key);
  if (node == nullptr) return;
  auto value = parse(node->text);
  if (value) {
    target = *std::move(value);
  } else {
    report_.error("CONFIG-VALUE", *node,
                  std::move(value).error().in(what_ + ": " + std::string(key)));
  }
}

template <class Call>
void for_each_entry(const Report& report, const TreeNode* node, std::string_view what, Call call) {
  if (node == nullptr || node->kind == NodeKind::kNull) return;
  if (node->kind != NodeKind::kMap) {
    report.error("CONFIG-TYPE", *node,
                 std::string(what) + ": " + std::string(to_text(node->kind)) + " instead of a map");
    return;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) call(node->keys[i], node->items[i]);
}

}  // namespace danewerk::config
