#include "tlsa/record_line.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "support/result.h"

namespace danewerk::tlsa {
namespace {

using test::good;

const std::string kHex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST_CASE("record line: RDATA, records and unknown types say the same") {
  const auto expected = "030101" + kHex;
  for (const auto& text :
       {"3 1 1 " + kHex, "DANE-EE SPKI SHA2-256 " + kHex, "\\# 35 030101" + kHex,
        "\\# 35 03 01 01 " + kHex, "3 1 1 " + kHex.substr(0, 20) + " " + kHex.substr(20),
        "_25._tcp.mx1.example.org. 3600 IN TLSA 3 1 1 " + kHex,
        "_25._tcp.mx1.example.org. IN TYPE52 \\# 35 030101" + kHex,
        "\t3600\tTLSA 3 1 1 " + to_upper(kHex)}) {
    CAPTURE(text);
    CHECK(to_hex(good(record_line_from_text(text)).rdata) == expected);
  }
}

TEST_CASE("record line: owner and TTL are kept") {
  const auto line =
      good(record_line_from_text("_25._tcp.MX1.example.org. 1h IN TLSA 3 1 1 " + kHex));
  REQUIRE(line.owner);
  CHECK(dns::to_text(line.owner->name) == "_25._tcp.MX1.example.org.");
  CHECK(line.ttl == 3600U);
  CHECK_FALSE(good(record_line_from_text("3 1 1 " + kHex)).owner);
}

TEST_CASE("record line: what is none says why") {
  for (const auto& text :
       {std::string(), std::string("hello"), std::string("3 1 1"), "9 1 1 " + kHex,
        "3 1 1 " + kHex + "0", std::string("3 1 1 xyz"), "\\# 34 030101" + kHex, std::string("\\#"),
        "mx1.example.org. TLSA 3 1 1 " + kHex, "_25._tcp.mx1.example.org. CH TLSA 3 1 1 " + kHex}) {
    CAPTURE(text);
    const auto line = record_line_from_text(text);
    CHECK_FALSE(line.has_value());
    if (!line) CHECK_FALSE(line.error().message().empty());
  }
}

TEST_CASE("record lines: those of a zone file, and nothing else") {
  const auto lines =
      good(record_lines_from_text("$ORIGIN example.org.\n"
                                  "; old: 3 1 1 " +
                                  kHex +
                                  "\n"
                                  "mx1 IN A 192.0.2.1\n"
                                  "_25._tcp.mx1.example.org. IN TLSA 3 1 1 (\n  " +
                                  kHex.substr(0, 32) + " ; half\n  " + kHex.substr(32) +
                                  " )\n"
                                  "        3600 IN TLSA 2 1 1 " +
                                  kHex + "\n"));
  REQUIRE(lines.size() == 2);
  CHECK(to_hex(lines[0].rdata) == "030101" + kHex);
  CHECK(to_hex(lines[1].rdata) == "020101" + kHex);
  CHECK(lines[1].ttl == 3600U);
  const auto bad = record_lines_from_text("\n3 1 1 0g\n");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().message().find("line 2") == 0);
}

TEST_CASE("record lines: a signed zone speaks of TLSA in other records too") {
  const std::string name = "_25._tcp.mx1.example.org.";
  const auto lines = good(record_lines_from_text(
      name + " 3600 IN TLSA 3 1 1 " + kHex + "\n" + name +
      " 3600 IN RRSIG TLSA 13 5 3600 20261205000000 20261121000000 4711 example.org. c2ln\n" +
      "\t3600\tIN\tRRSIG\tTLSA 13 5 3600 (\n 20261205000000 20261121000000 4711\n" +
      " example.org. c2ln )\n" + name + " IN RRSIG TYPE52 13 5 3600 1 1 1 example.org. c2ln\n" +
      name + " 3600 IN NSEC _443._tcp.example.org. RRSIG NSEC TLSA\n" +
      "example.org. TXT \"a ( is no parenthesis; nor is TLSA\"\n" +
      "3 IN PTR mx1.example.org.\n TYPE65280 \\# 0\n" + name + " TLSA 2 1 1 " + kHex + "\n"));
  REQUIRE(lines.size() == 2);
  CHECK(to_hex(lines[0].rdata) == "030101" + kHex);
  CHECK(to_hex(lines[1].rdata) == "020101" + kHex);
  const auto signature = name + " IN RRSIG TLSA 13 5 3600 1 1 1 a. c2ln";
  CHECK(good(record_lines_from_text(signature)).empty());
  CHECK(record_line_from_text(signature).error().message() == "a record of type RRSIG, not TLSA");
}

TEST_CASE("record lines: any text is read or refused, never a crash") {
  CHECK(rc::check("any text", [](const std::string& text) {
    static_cast<void>(record_lines_from_text(text));
    static_cast<void>(record_line_from_text("TLSA " + text));
  }));
}

}  // namespace
}  // namespace danewerk::tlsa
