#include "config/document.h"

#include <string>

#include <doctest/doctest.h>

namespace danewerk::config {

namespace {

std::string first_id(std::string_view text) {
  const auto document = read_document(text, "t");
  return document.findings.empty() ? std::string() : std::string(document.findings.list()[0].id);
}

}  // namespace

TEST_CASE("document: places count from 1, to the first letter of a value") {
  const auto document = read_document("a: 1\nb:\n  c: [x, \"y\"]\n", "t");
  REQUIRE(document.root);
  const auto& b = document.root->items.at(1);
  const auto& list = b.items.at(0);
  CHECK(document.root->keys.at(1).line == 2);
  CHECK(list.items.at(0).line == 3);
  CHECK(list.items.at(0).column == 7);
  CHECK(list.items.at(0).kind == NodeKind::kPlain);
  CHECK(list.items.at(1).kind == NodeKind::kQuoted);
  CHECK(list.items.at(1).column == 10);
}

TEST_CASE("document: a key that stands twice is refused, wherever it stands") {
  const auto document = read_document("a: 1\nb: 2\na: 3\n", "t");
  REQUIRE(document.findings.count("CONFIG-KEY-TWICE") == 1);
  CHECK(document.findings.list()[0].place.line == 3);
  CHECK(document.findings.list()[0].place.column == 1);
  CHECK(first_id("x: {a: 1, a: 1}") == "CONFIG-KEY-TWICE");
  CHECK(first_id("x: {a: 1, 'a': 1}") == "CONFIG-KEY-TWICE");
  CHECK(first_id("x: [{a: 1}, {a: 1}]").empty());
}

TEST_CASE("document: anchors, aliases, tags, merge keys and second documents are refused") {
  CHECK(first_id("a: &x 1\n") == "CONFIG-YAML");
  CHECK(first_id("a: &x [1]\nb: *x\n") == "CONFIG-YAML");
  CHECK(first_id("a: !!str 1\n") == "CONFIG-YAML");
  CHECK(first_id("a: !secret [1]\n") == "CONFIG-YAML");
  CHECK(first_id("a: 1\n---\nb: 2\n") == "CONFIG-YAML");
  CHECK(first_id("? [a, b]\n: 1\n") == "CONFIG-YAML");
  CHECK(first_id("? {a: b}\n: 1\n") == "CONFIG-YAML");
}

TEST_CASE("document: an alias in an alias in an alias ends at the first one") {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    text +=
        "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before + "]\n";
  }
  const auto document = read_document(text, "t");
  CHECK(document.findings.has_errors());
  CHECK(document.findings.list().back().place.line == 2);
}

TEST_CASE("document: what is no YAML is a finding with its place") {
  for (const auto* text : {"a: [1, 2\n", "a: 1\n  b: 2\n", "a: \"x\n", "\ta: 1\n", "a: }\n"}) {
    INFO(text);
    const auto document = read_document(text, "t");
    REQUIRE(document.findings.count("CONFIG-YAML") == 1);
    CHECK(document.findings.list()[0].place.file == "t");
    CHECK(document.findings.list()[0].place.line > 0);
  }
}

TEST_CASE("document: nesting, size and number of values have a limit") {
  const std::string deep(13, '[');
  CHECK(first_id(deep + std::string(13, ']')) == "CONFIG-LIMIT");
  CHECK(first_id(deep.substr(1) + std::string(12, ']')).empty());
  CHECK(first_id(std::string(200'000, '[')) == "CONFIG-LIMIT");
  CHECK(read_document("a: b\n", "t", {.octets = 4}).findings.count("CONFIG-LIMIT") == 1);
  CHECK(read_document("[a, b, c]\n", "t", {.nodes = 3}).findings.count("CONFIG-LIMIT") == 1);
  CHECK(read_document("[a, b]\n", "t", {.nodes = 3}).findings.empty());
}

TEST_CASE("document: a value that is left out stands where its key does") {
  const auto document = read_document("a: 1\nb:\n# comment\n\nc: {d: , e: ~}\nf:\n", "t");
  REQUIRE(document.root);
  const auto& items = document.root->items;
  REQUIRE(items.size() == 4);
  CHECK(items[1].kind == NodeKind::kNull);
  CHECK(items[1].line == 2);
  CHECK(items[1].column == 1);
  CHECK(items[3].line == 6);
  CHECK(items[2].items[1].column == 13);
}

TEST_CASE("document: a text of comments alone is an empty configuration") {
  for (const auto* text : {"", "# nothing\n", "---\n", "---\n# nothing\n"}) {
    INFO(text);
    const auto document = read_document(text, "t");
    REQUIRE(document.root);
    CHECK(document.root->kind == NodeKind::kNull);
  }
}

}  // namespace danewerk::config
