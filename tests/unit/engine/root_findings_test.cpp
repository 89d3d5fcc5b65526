#include "engine/root_findings.h"

#include <doctest/doctest.h>

using namespace danewerk;          // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::engine;  // NOLINT(google-build-using-namespace)

namespace {

Finding unreadable(std::string message) {
  return {.id = "TLSA-CHAIN-UNREADABLE",
          .level = Level::kError,
          .message = std::move(message),
          .owner = "mail",
          .place = {.file = "/live/fullchain.pem", .line = 12},
          .hint = "look"};
}

Findings findings(std::initializer_list<Finding> all) {
  Findings found;
  for (const auto& one : all) found.add(one);
  return found;
}

}  // namespace

TEST_CASE("root's findings: what is told is what is heard") {
  const auto found = findings({unreadable("a \"file\""),
                               {.id = "BINDING-RELOAD",
                                .level = Level::kWarning,
                                .message = "ended with 1",
                                .owner = "mail"}});
  const auto heard = findings_from(text_from(found));
  REQUIRE(heard.list().size() == 2);
  CHECK(to_text(heard.list()[0]) == to_text(found.list()[0]));
  CHECK(to_text(heard.list()[1]) == to_text(found.list()[1]));
  CHECK(text_from({}).empty());
  CHECK(findings_from("").empty());
}

TEST_CASE("root's findings: text of the owner's own making is taken for what it is worth") {
  for (const auto* text : {"{", "7", "{}", "[[[", "[7, null, {}]", "\xff\xfe",
                           R"([{"id": "SSH-KEY", "level": "error", "message": "x"}])",
                           R"([{"id": "TLSA-CHAIN-KEY", "level": "fatal", "message": "x"}])",
                           R"([{"id": ["TLSA-CHAIN-KEY"], "level": "error"}])"}) {
    CAPTURE(text);
    CHECK(findings_from(text).empty());
  }
  const auto control = findings_from(
      R"([{"id": "TLSA-CHAIN-KEY", "level": "error", "message": "a\u001b[31m\u0000b", "hint": 7,
          "file": "/a\u001b", "line": -1}])");
  REQUIRE(control.list().size() == 1);
  CHECK(control.list().front().message == "a [31m b");
  CHECK(control.list().front().hint.empty());
  CHECK(control.list().front().place.file == "/a ");
  CHECK(control.list().front().place.line == 0);
}

TEST_CASE("root's findings: there are not many, and none is long") {
  Findings many;
  for (int i = 0; i < 40; ++i) many.add(unreadable(std::to_string(i)));
  CHECK(findings_from(text_from(many)).list().size() == 20);
  // Two octets a character: 500 would be within one.
  std::string long_text = "a";
  for (int i = 0; i < 400; ++i) long_text += "\xc3\xa4";
  const auto cut = findings_from(text_from(findings({unreadable(long_text)})));
  REQUIRE(cut.list().size() == 1);
  CHECK(cut.list().front().message.size() == 499);
}

TEST_CASE("root's findings: what a command printed is no news when it differs") {
  const auto reload = [](const char* text) {
    return findings(
        {{.id = "BINDING-RELOAD", .level = Level::kError, .message = text, .owner = "mail"}});
  };
  CHECK_FALSE(is_news(reload("at 12:00"), reload("at 12:01")));
  CHECK(is_news(reload("at 12:00"), {}));
  CHECK(is_news(findings({unreadable("a")}), findings({unreadable("b")})));
}
