#include <doctest/doctest.h>

#include "unit/source/read_support.h"

using namespace danewerk;
using namespace danewerk::source;

namespace {

/// Findings with the folder's name left out.
Lines findings_in(const ZoneFolder& folder, const Path& file,
                  const ReadOptions& options = example_options()) {
  auto all = summary(read_zone_file(file, options).findings);
  for (auto& line : all) {
    const auto at = line.find(folder.path().string() + "/");
    if (at != line.npos) line.erase(at, folder.path().string().size() + 1);
  }
  return all;
}

}  // namespace

TEST_CASE("include: a file is read relative to the one that includes it (RFC 1035 section 5.1)") {
  const ZoneFolder folder;
  folder.write("parts/hosts", "h A 192.0.2.1\n$INCLUDE deeper/more\n");
  folder.write("parts/deeper/more", "m A 192.0.2.2\n");
  const auto file =
      folder.write("zone", std::string(kHead) + "$INCLUDE \"parts/hosts\" sub\nz TXT x\n");
  const auto read = read_zone_file(file, example_options());
  REQUIRE(read.zone);
  CHECK(records(*read.zone) == Lines{"example. 60 NS ns.elsewhere.",
                                     "example. 60 SOA ns.elsewhere. mail. 1 2 3 4 5",
                                     "h.sub.example. 60 A 192.0.2.1",
                                     "m.sub.example. 60 A 192.0.2.2", "z.example. 60 TXT \"x\""});
}

TEST_CASE("include: origin and owner come back after it, $TTL stays") {
  const ZoneFolder folder;
  folder.write("part", "$ORIGIN other.example.\n$TTL 7\np A 192.0.2.1\n");
  const auto file = folder.write(
      "zone", std::string(kHead) + "a A 192.0.2.2\n$INCLUDE part\n  A 192.0.2.3\nb A 192.0.2.4\n");
  const auto read = read_zone_file(file, example_options());
  REQUIRE(read.zone);
  const auto all = records(*read.zone);
  CHECK(Lines(all.begin() + 2, all.end()) ==
        Lines{"a.example. 7 A 192.0.2.2", "a.example. 7 A 192.0.2.3", "b.example. 7 A 192.0.2.4",
              "p.other.example. 7 A 192.0.2.1"});
}

TEST_CASE("include: loops are found") {
  const ZoneFolder folder;
  folder.write("part", "; comment\n$INCLUDE zone\n");
  const auto file = folder.write("zone", std::string(kHead) + "$INCLUDE part\n");
  CHECK(findings_in(folder, file) == Lines{"part:2:10: error ZONE-INCLUDE-LOOP"});
}

TEST_CASE("include: depth and number of files are limited") {
  const ZoneFolder folder;
  for (int i = 0; i < 20; ++i) {
    folder.write("f" + std::to_string(i), "$INCLUDE f" + std::to_string(i + 1) + "\n");
  }
  const auto file = folder.write("zone", std::string(kHead) + "$INCLUDE f0\n");
  CHECK(findings_in(folder, file) == Lines{"f14:1:10: error ZONE-INCLUDE-DEPTH"});
  auto options = example_options();
  options.limits.includes = 3;
  CHECK(findings_in(folder, file, options) == Lines{"f2:1:10: error ZONE-INCLUDE-LIMIT"});
}

TEST_CASE("include: what cannot be read is a finding at its place") {
  const ZoneFolder folder;
  const auto file =
      folder.write("zone", std::string(kHead) +
                               "$INCLUDE missing\n$INCLUDE .\n$INCLUDE /dev/null\n$INCLUDE\n"
                               "$INCLUDE part a..b\n$INCLUDE a b c\n");
  CHECK(findings_in(folder, file) ==
        Lines{"zone:4:10: error ZONE-UNREADABLE", "zone:5:10: error ZONE-UNREADABLE",
              "zone:6:10: error ZONE-UNREADABLE", "zone:7:1: error ZONE-BAD-DIRECTIVE",
              "zone:8:15: error ZONE-BAD-NAME", "zone:9:14: error ZONE-BAD-DIRECTIVE"});
}

TEST_CASE("include: faults are placed in the file that has them") {
  const ZoneFolder folder;
  folder.write("part", "\np A x\n");
  const auto file = folder.write("zone", std::string(kHead) + "a A y\n$INCLUDE part\nb A z\n");
  CHECK(findings_in(folder, file) == Lines{"zone:4:5: error ZONE-BAD-RDATA",
                                           "part:2:5: error ZONE-BAD-RDATA",
                                           "zone:6:5: error ZONE-BAD-RDATA"});
}
