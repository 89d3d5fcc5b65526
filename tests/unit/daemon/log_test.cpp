#include "daemon/log.h"

#include <doctest/doctest.h>

#include "daemon/peer.h"

using namespace danewerk::daemon;

TEST_CASE("log: words are plain, everything else is quoted and stays in its line") {
  CHECK(log_text("zone", {{"zone", "example.org."}, {"serial", "7"}}) ==
        "event=zone zone=example.org. serial=7");
  CHECK(log_text("zone", {{"text", "two words"}}) == R"(event=zone text="two words")");
  CHECK(log_text("zone", {{"hint", ""}, {"serial", "7"}}) == "event=zone serial=7");
  CHECK(log_text("zone", {{"text", "a\nevent=fake \"x\""}}) ==
        R"(event=zone text="a\nevent=fake \"x\"")");
  CHECK(log_text("zone", {{"text", "\x1b[31m\xff"}}).find('\x1b') == std::string::npos);
  CHECK(log_text("zone", {{"text", "a=b"}}) == R"(event=zone text="a=b")");
}

TEST_CASE("control: the owner, root and members of the group may ask, nobody else") {
  const AccessRule rule{.owner = 1000, .group = 50};
  CHECK(is_allowed({.uid = 1000, .groups = {7}}, rule));
  CHECK(is_allowed({.uid = 0, .groups = {0}}, rule));
  CHECK(is_allowed({.uid = 1001, .groups = {7, 50}}, rule));
  CHECK(is_allowed({.uid = 1001, .groups = {50}}, rule));
  CHECK(!is_allowed({.uid = 1001, .groups = {7, 8}}, rule));
  CHECK(!is_allowed({.uid = 1001, .groups = {7, 50}}, {.owner = 1000}));
  CHECK(!is_allowed({.uid = 1001, .groups = {}}, rule));
  CHECK(!is_owner({.uid = 1001, .groups = {50}}, rule));
}
