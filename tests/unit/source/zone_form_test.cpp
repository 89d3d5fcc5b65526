#include <doctest/doctest.h>

#include "unit/source/read_support.h"

using namespace danewerk;
using namespace danewerk::source;

TEST_CASE("zone_file: TTL and class come in either order, or not at all (RFC 1035 section 5.1)") {
  CHECK(records_of("a 5 IN A 192.0.2.1\n"
                   "b IN 6 A 192.0.2.1\n"
                   "c 7 A 192.0.2.1\n"
                   "d in a 192.0.2.1\n"
                   "e CLASS1 A 192.0.2.1\n"
                   "f 1h30m A 192.0.2.1\n"
                   "g 1W2D A 192.0.2.1\n") ==
        Lines{"a.example. 5 A 192.0.2.1", "b.example. 6 A 192.0.2.1", "c.example. 7 A 192.0.2.1",
              "d.example. 60 A 192.0.2.1", "e.example. 60 A 192.0.2.1",
              "f.example. 5400 A 192.0.2.1", "g.example. 777600 A 192.0.2.1"});
}

TEST_CASE("zone_file: an owner that is left out is the last one (RFC 1035 section 5.1)") {
  CHECK(records_of("a A 192.0.2.1\n"
                   "  A 192.0.2.2\n"
                   "\tAAAA 2001:db8::1\n"
                   "$TTL 7\n"
                   " MX 5 a\n"
                   "$ORIGIN sub\n"
                   " TXT x\n"
                   "b A 192.0.2.3\n") ==
        Lines{"a.example. 60 A 192.0.2.1", "a.example. 60 A 192.0.2.2",
              "a.example. 7 MX 5 a.example.", "a.example. 7 TXT \"x\"",
              "a.example. 60 AAAA 2001:db8::1", "b.sub.example. 7 A 192.0.2.3"});
}

TEST_CASE("zone_file: names are relative to the origin unless they end with a dot") {
  CHECK(records_of("a.example. A 192.0.2.1\n"
                   "$ORIGIN b.example.\n"
                   "@ A 192.0.2.2\n"
                   "c CNAME @\n"
                   "$ORIGIN d\n"
                   "e CNAME f\n") == Lines{"a.example. 60 A 192.0.2.1", "b.example. 60 A 192.0.2.2",
                                           "c.b.example. 60 CNAME b.example.",
                                           "e.d.b.example. 60 CNAME f.d.b.example."});
}

TEST_CASE("zone_file: parentheses, comments and quotes (RFC 1035 section 5.1)") {
  CHECK(records_of("a TXT ( one ; comment ) here\n"
                   "  \"two ; no comment (\" ) ; the end\n"
                   "b TXT \"quote \\\" inside\" \\; \\065\n"
                   "; a line of its own\n"
                   "   ; and one with blanks\n"
                   "\n"
                   "(c) A 192.0.2.1\n"
                   "d A ((192.0.2.2)\n"
                   ")\n"
                   "e TXT \"a\"\"b\"\n") ==
        Lines{"a.example. 60 TXT \"one\" \"two ; no comment (\"",
              "b.example. 60 TXT \"quote \\\" inside\" \";\" \"A\"", "c.example. 60 A 192.0.2.1",
              "d.example. 60 A 192.0.2.2", "e.example. 60 TXT \"a\" \"b\""});
}

TEST_CASE("zone_file: names with escapes keep what was escaped") {
  CHECK(records_of("a\\.b A 192.0.2.1\nc\\032d A 192.0.2.2\n\\$x A 192.0.2.3\n") ==
        Lines{"\\$x.example. 60 A 192.0.2.3", "a\\.b.example. 60 A 192.0.2.1",
              "c\\032d.example. 60 A 192.0.2.2"});
}

TEST_CASE("zone_file: lines that end with CR LF, a byte order mark, no newline at the end") {
  const auto read = read_zone_text(
      "\xef\xbb\xbf@ 9 SOA a. b. 1 2 3 4 5\r\n@ 9 NS a.\r\nc 9 TXT \"x\"\r\nd 9 A 192.0.2.1", "z",
      example_options());
  REQUIRE(read.zone);
  CHECK(records(*read.zone) == Lines{"example. 9 NS a.", "example. 9 SOA a. b. 1 2 3 4 5",
                                     "c.example. 9 TXT \"x\"", "d.example. 9 A 192.0.2.1"});
  CHECK(read.findings.empty());
  CHECK(read.records == 4);
  CHECK(read.names == 3);
}

TEST_CASE("zone_file: case of owners and data is kept") {
  CHECK(records_of("WWW CNAME Web.Example.\n") == Lines{"WWW.example. 60 CNAME Web.Example."});
}

TEST_CASE("zone_file: types without a name are read as RFC 3597 section 5 has it") {
  CHECK(records_of("a TYPE65280 \\# 2 abcd\nb TYPE1 \\# 4 ( c000 ; two\n 0201 )\n") ==
        Lines{"a.example. 60 TYPE65280 \\# 2 abcd", "b.example. 60 A 192.0.2.1"});
}

TEST_CASE("zone_file: SvcParams may have blanks within their quotes (RFC 9460 section 2.1)") {
  CHECK(records_of("a HTTPS 1 . alpn=\"h2,h3\" port=8443\n") ==
        Lines{"a.example. 60 HTTPS 1 . alpn=h2,h3 port=8443"});
}

TEST_CASE("zone_file: without an origin the zone is that of the first SOA") {
  const auto read = read_zone_text(
      "$TTL 5\n$ORIGIN org.\nExample SOA a. b. 1 2 3 4 5\n"
      "       NS a.\nwww.example A 192.0.2.1\n",
      "z", {});
  REQUIRE(read.zone);
  CHECK(to_text(read.zone->apex()) == "Example.org.");
  CHECK(read.records == 3);
}

TEST_CASE("zone_file: TTLs that are left out are the last one stated (RFC 1035 section 5.1)") {
  const auto read = read_zone_text(
      "@ 9 SOA a. b. 1 2 3 4 5\n@ NS a.\nc 8 A 192.0.2.1\nd A 192.0.2.2\n", "z", example_options());
  REQUIRE(read.zone);
  CHECK(records(*read.zone) == Lines{"example. 9 NS a.", "example. 9 SOA a. b. 1 2 3 4 5",
                                     "c.example. 8 A 192.0.2.1", "d.example. 8 A 192.0.2.2"});
}

TEST_CASE("zone_file: $TTL goes before the last one stated (RFC 2308 section 4)") {
  CHECK(records_of("a 5 A 192.0.2.1\nb A 192.0.2.2\n") ==
        Lines{"a.example. 5 A 192.0.2.1", "b.example. 60 A 192.0.2.2"});
}

TEST_CASE("zone_file: with no TTL at all the SOA's minimum is taken, with a warning") {
  const auto read = read_zone_text(
      "@ SOA a. b. 1 2 3 4 77\n@ NS a.\nc 8 A 192.0.2.1\nd A 192.0.2.2\n", "z", example_options());
  REQUIRE(read.zone);
  CHECK(records(*read.zone) == Lines{"example. 77 NS a.", "example. 77 SOA a. b. 1 2 3 4 77",
                                     "c.example. 8 A 192.0.2.1", "d.example. 77 A 192.0.2.2"});
  CHECK(summary(read.findings) == Lines{"z:1:1: warning ZONE-NO-TTL"});
}

TEST_CASE("zone_file: the root zone of 2018 is read, and its two SOAs are one") {
  ReadOptions options;
  options.origin = dns::Name();
  const auto read = read_zone_file(DW_TESTS_DIR "/data/root-2018031200.zone", options);
  REQUIRE(read.zone);
  CHECK(read.records == 18'049);
  CHECK(read.names == 5'763);
  CHECK(read.dropped.at(dns::RrType::kNsec) == 1'545);
  CHECK(read.dropped.at(dns::RrType::kDnskey) == 3);
  CHECK(summary(read.findings) ==
        Lines{DW_TESTS_DIR "/data/root-2018031200.zone: info ZONE-DROPPED",
              DW_TESTS_DIR "/data/root-2018031200.zone: info ZONE-DROPPED"});
}

TEST_CASE("zone_file: the last line of a file is found from its end") {
  const ZoneFolder folder;
  CHECK(*last_line(folder.write("a", "one\ntwo\n; danewerk 1\n")) == "; danewerk 1");
  CHECK(*last_line(folder.write("a", "one\ntwo")) == "two");
  CHECK(last_line(folder.write("a", ""))->empty());
  CHECK(*last_line(folder.write("a", std::string(100'000, 'x') + "\nend\n")) == "end");
  CHECK_FALSE(last_line(folder.write("a", std::string(100'000, 'x'))));
  CHECK_FALSE(last_line(folder.path() / "missing"));
}
