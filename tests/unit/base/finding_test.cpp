#include "base/finding.h"

#include <doctest/doctest.h>

using namespace danewerk;

TEST_CASE("finding: its text has place, level, identifier, owner, message and hint") {
  const Finding finding{.id = "ZONE-NO-SOA",
                        .level = Level::kError,
                        .message = "no SOA record",
                        .owner = "example.org.",
                        .place = {"zone", 3, 7},
                        .hint = "add one"};
  CHECK(to_text(finding) ==
        "zone:3:7: error: [ZONE-NO-SOA] example.org.: no SOA record\nhint: add one");
}

TEST_CASE("findings: beyond the limit they are counted, not kept") {
  Findings findings;
  for (std::size_t i = 0; i < Findings::kKeptPerId + 10; ++i) {
    findings.add({.id = "A", .level = Level::kWarning, .message = std::to_string(i)});
  }
  findings.add({.id = "B", .level = Level::kError, .message = "b"});
  CHECK(findings.list().size() == Findings::kKeptPerId + 1);
  CHECK(findings.count("A") == Findings::kKeptPerId + 10);
  CHECK(findings.count(Level::kWarning) == Findings::kKeptPerId + 10);
  CHECK(findings.has_errors());
}

TEST_CASE("findings: merging keeps order, counts and the limit") {
  Findings first;
  Findings second;
  for (std::size_t i = 0; i < Findings::kKeptPerId - 1; ++i) {
    first.add({.id = "A", .level = Level::kInfo, .message = "first"});
    second.add({.id = "A", .level = Level::kInfo, .message = "second"});
  }
  first.merge(std::move(second));
  CHECK(first.list().size() == Findings::kKeptPerId);
  CHECK(first.list().back().message == "second");
  CHECK(first.count("A") == 2 * (Findings::kKeptPerId - 1));
  CHECK(first.count(Level::kInfo) == 2 * (Findings::kKeptPerId - 1));
  CHECK_FALSE(first.has_errors());
}
