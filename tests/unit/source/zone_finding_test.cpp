#include <doctest/doctest.h>

#include "unit/source/read_support.h"

using namespace danewerk;
using namespace danewerk::source;

namespace {

Lines whole(std::string_view text) {
  return summary(read_zone_text(text, "z", example_options()).findings);
}

}  // namespace

TEST_CASE("zone_file: a zone without SOA or NS is refused (RFC 1035 section 5.2)") {
  CHECK(whole("$TTL 5\n@ NS a.\n") == Lines{"z: error ZONE-NO-SOA"});
  CHECK(whole("$TTL 5\n@ SOA a. b. 1 2 3 4 5\n") == Lines{"z: error ZONE-NO-NS"});
  CHECK(whole("") == Lines{"z: error ZONE-NO-SOA", "z: error ZONE-NO-NS"});
  CHECK(summary(read_zone_text("$TTL 5\na. NS b.\n", "z", {}).findings) ==
        Lines{"z: error ZONE-NO-SOA"});
  SUBCASE("but one that could not be read is not missing") {
    CHECK(whole("$TTL 5\n@ SOA a. b. 1 2 3 4\n@ NS a..b.\n") ==
          Lines{"z:2:19: error ZONE-BAD-RDATA", "z:3:6: error ZONE-BAD-NAME"});
  }
}

TEST_CASE("zone_file: two different SOAs are refused, the same one twice is a transfer") {
  CHECK(findings_of("@ SOA ns.elsewhere. mail. 2 2 3 4 5\n") ==
        Lines{"z:4:1: error ZONE-TWO-SOAS"});
  CHECK(findings_of("@ SOA NS.elsewhere. mail. 1 2 3 4 5\n").empty());
}

TEST_CASE("zone_file: an SOA that is not at the origin is refused") {
  CHECK(findings_of("a SOA ns.elsewhere. mail. 2 2 3 4 5\n") ==
        Lines{"z:4:1: error ZONE-SOA-NOT-AT-ORIGIN"});
}

TEST_CASE("zone_file: records out of the zone are refused") {
  CHECK(findings_of("a.example.org. A 192.0.2.1\n  A 192.0.2.2\nb A 192.0.2.3\n") ==
        Lines{"z:4:1: error ZONE-OUT-OF-ZONE"});
}

TEST_CASE("zone_file: a CNAME stands alone (RFC 1034 section 3.6.2, RFC 4035 section 2.5)") {
  CHECK(findings_of("a A 192.0.2.1\nb CNAME a\nb TXT x\n") ==
        Lines{"z:5:1: error ZONE-CNAME-AND-OTHER"});
  CHECK(findings_of("b CNAME a.\nB CNAME b.\n") == Lines{"z:5:1: error ZONE-TWO-CNAMES"});
  CHECK(findings_of("b CNAME a.\nb NSEC c CNAME\n") == Lines{"z: info ZONE-DROPPED"});
}

TEST_CASE("zone_file: nothing stands below a DNAME (RFC 6672 section 2.4)") {
  CHECK(findings_of("b.a TXT x\na DNAME elsewhere.\nc.b.a A 192.0.2.1\nb TXT x\n") ==
        Lines{"z:4:1: error ZONE-BELOW-DNAME", "z:6:1: error ZONE-BELOW-DNAME"});
  CHECK(findings_of("a DNAME b.\nc.a DNAME d.\ne.a TXT x\n") ==
        Lines{"z:5:1: error ZONE-BELOW-DNAME", "z:6:1: error ZONE-BELOW-DNAME"});
  CHECK(findings_of("a DNAME b.\na DNAME c.\n") == Lines{"z:5:1: error ZONE-TWO-DNAMES"});
  CHECK(findings_of("a DNAME b.\na NS c.\n") == Lines{"z:4:1: error ZONE-DNAME-AND-NS"});
}

TEST_CASE("zone_file: a DS needs a delegation (RFC 4035 section 2.4)") {
  CHECK(findings_of("a DS 1 8 2 00\n") == Lines{"z:4:1: error ZONE-DS-WITHOUT-NS"});
  CHECK(findings_of("@ DS 1 8 2 00\n") == Lines{"z:4:1: error ZONE-DS-AT-APEX"});
  CHECK(findings_of("a DS 1 8 2 00\na NS b.\n").empty());
}

TEST_CASE(
    "zone_file: TTLs within an RRset differ: a warning, the least is taken (RFC 2181 section "
    "5.2)") {
  CHECK(findings_of("a 5 A 192.0.2.1\na 4 A 192.0.2.2\na 6 A 192.0.2.3\n") ==
        Lines{"z:5:1: warning ZONE-TTL-DIFFERS"});
  CHECK(records_of("a 5 A 192.0.2.1\na 4 A 192.0.2.2\n") ==
        Lines{"a.example. 4 A 192.0.2.1", "a.example. 4 A 192.0.2.2"});
}

TEST_CASE("zone_file: the same record twice is one (RFC 2181 section 5)") {
  CHECK(findings_of("a MX 5 b.\na MX 5 B.\n") == Lines{"z:5:1: info ZONE-DUPLICATE"});
  CHECK(records_of("a MX 5 b.\na MX 5 B.\n") == Lines{"a.example. 60 MX 5 b."});
}

TEST_CASE("zone_file: names keep to their limits (RFC 1035 section 2.3.4)") {
  const std::string label(64, 'a');
  const std::string part = label.substr(1) + ".";
  CHECK(findings_of(label + " A 192.0.2.1\n  A 192.0.2.2\n") ==
        Lines{"z:4:1: error ZONE-LABEL-TOO-LONG"});
  CHECK(findings_of("a CNAME " + label + "\n") == Lines{"z:4:9: error ZONE-LABEL-TOO-LONG"});
  CHECK(findings_of(part + part + part + label.substr(1) + " A 192.0.2.1\n") ==
        Lines{"z:4:1: error ZONE-NAME-TOO-LONG"});
  CHECK(findings_of("a MX 5 " + part + part + part + label.substr(1) + ".\n") ==
        Lines{"z:4:8: error ZONE-NAME-TOO-LONG"});
  CHECK(findings_of("a..b A 192.0.2.1\n") == Lines{"z:4:1: error ZONE-BAD-NAME"});
}

TEST_CASE("zone_file: RDATA has at most 65,535 octets (RFC 1035 section 3.2.1)") {
  CHECK(findings_of("a TYPE65280 \\# 65536 00\n") == Lines{"z:4:16: error ZONE-RDATA-TOO-LONG"});
  CHECK(findings_of("a TLSA 1 1 1 " + std::string(2 * 65'533, 'a') + "\n") ==
        Lines{"z:4:8: error ZONE-RDATA-TOO-LONG"});
  std::string many;
  for (int i = 0; i < 300; ++i) many += "a TXT " + std::string(250, 'x') + std::to_string(i) + "\n";
  CHECK(findings_of(many) == Lines{"z:262:1: error ZONE-RRSET-TOO-LARGE"});
}

TEST_CASE("zone_file: bad escapes") {
  CHECK(findings_of("a\\256 A 192.0.2.1\n") == Lines{"z:4:1: error ZONE-BAD-ESCAPE"});
  CHECK(findings_of("a TXT ok \"bad \\25\"\n") == Lines{"z:4:10: error ZONE-BAD-ESCAPE"});
  CHECK(findings_of("a TXT bad\\\nb TXT ok\n") == Lines{"z:4:7: error ZONE-BAD-ESCAPE"});
}

TEST_CASE("zone_file: name servers in the zone need addresses") {
  CHECK(findings_of("a NS ns.a\na NS ns.b\nb NS ns.b\nns.b A 192.0.2.1\n") ==
        Lines{"z:4:1: warning ZONE-MISSING-GLUE"});
  CHECK(findings_of("a NS ns\n") == Lines{"z:4:1: warning ZONE-NS-WITHOUT-ADDRESS"});
  CHECK(findings_of("a NS ns\n* A 192.0.2.1\n").empty());
  CHECK(findings_of("a NS ns\nns CNAME b.\n") == Lines{"z:4:1: warning ZONE-NS-IS-CNAME"});
  CHECK(findings_of("a NS ns\nns AAAA ::1\n").empty());
}

TEST_CASE("zone_file: text that breaks off") {
  CHECK(findings_of("a A ( 192.0.2.1\nb A 192.0.2.2\n") == Lines{"z:4:5: error ZONE-TRUNCATED"});
  CHECK(findings_of("a TXT \"abc") == Lines{"z:4:7: error ZONE-TRUNCATED"});
  CHECK(findings_of("a TXT \"abc\nb A x\n") ==
        Lines{"z:4:7: error ZONE-SYNTAX", "z:5:5: error ZONE-BAD-RDATA"});
  CHECK(findings_of("a A 192.0.2.1 )\n") == Lines{"z:4:15: error ZONE-SYNTAX"});
}

TEST_CASE("zone_file: text that is none") {
  using namespace std::string_literals;
  CHECK(findings_of("a A 192.0.2.1\nb \x01 A 192.0.2.1\n") == Lines{"z:5:3: error ZONE-BINARY"});
  CHECK(findings_of("a TXT \"\x02\"\n") == Lines{"z:4:8: error ZONE-BINARY"});
  CHECK(findings_of("a A 192.0.2.1\nb \0 garbage ( \n \"\n"s) == Lines{"z:5:3: error ZONE-BINARY"});
}

TEST_CASE("zone_file: what stands before the data") {
  CHECK(findings_of("a CH A 192.0.2.1\n") == Lines{"z:4:3: error ZONE-BAD-CLASS"});
  CHECK(findings_of("a CLASS3 A 192.0.2.1\n") == Lines{"z:4:3: error ZONE-BAD-CLASS"});
  CHECK(findings_of("a NOTYPE x\n") == Lines{"z:4:3: error ZONE-UNKNOWN-TYPE"});
  CHECK(findings_of("a AMTRELAY 10 0 0 .\n") == Lines{"z:4:12: error ZONE-UNKNOWN-TYPE"});
  CHECK(findings_of("a 2147483648 A 192.0.2.1\n") == Lines{"z:4:3: error ZONE-BAD-TTL"});
  CHECK(findings_of("a 1x A 192.0.2.1\n") == Lines{"z:4:3: error ZONE-BAD-TTL"});
  CHECK(findings_of("a 5 IN 5 A 192.0.2.1\n") == Lines{"z:4:8: error ZONE-BAD-TTL"});
  CHECK(findings_of("$TTL never\n") == Lines{"z:4:6: error ZONE-BAD-TTL"});
  CHECK(findings_of("a IN\n") == Lines{"z:4:3: error ZONE-SYNTAX"});
  CHECK(findings_of("a \"A\" 192.0.2.1\n") == Lines{"z:4:3: error ZONE-SYNTAX"});
  CHECK(findings_of("a OPT x\n") == Lines{"z:4:3: error ZONE-META-TYPE"});
  CHECK(findings_of("a TYPE255 \\# 0\n") == Lines{"z:4:3: error ZONE-META-TYPE"});
  CHECK(findings_of("$ORIGIN a..b\n") == Lines{"z:4:9: error ZONE-BAD-NAME"});
  CHECK(findings_of("$ORIGIN\n$TTL 5 6\n$FOO\n") == Lines{"z:4:1: error ZONE-BAD-DIRECTIVE",
                                                          "z:5:8: error ZONE-BAD-DIRECTIVE",
                                                          "z:6:1: error ZONE-BAD-DIRECTIVE"});
}

TEST_CASE("zone_file: what must be known before the first record") {
  CHECK(whole("  A 192.0.2.1\n@ 5 SOA a. b. 1 2 3 4 5\n@ NS a.\n") ==
        Lines{"z:1:1: error ZONE-NO-OWNER", "z:1:1: error ZONE-NO-TTL"});
  CHECK(whole("@ NS a.\n@ SOA a. b. 1 2 3 4 5\n") == Lines{"z:1:1: error ZONE-NO-TTL"});
  CHECK(summary(read_zone_text("$TTL 5\na. SOA a. b. 1 2 3 4 5\na. NS ns\nb A 192.0.2.1\n", "z", {})
                    .findings) ==
        Lines{"z:3:7: error ZONE-NO-ORIGIN", "z:4:1: error ZONE-NO-ORIGIN"});
}

TEST_CASE("zone_file: the place is that of the field, over several lines") {
  CHECK(findings_of("a SOA ( x.\n  y. ; comment (\n  1 2 3\n\t4 five )\nb A x\n") ==
        Lines{"z:7:4: error ZONE-BAD-RDATA", "z:8:5: error ZONE-BAD-RDATA"});
}

TEST_CASE("zone_file: all that is wrong is found in one run") {
  CHECK(findings_of("a A 1\nb B\n$TTL x\nc CH\nd A 2\n") ==
        Lines{"z:4:5: error ZONE-BAD-RDATA", "z:5:3: error ZONE-UNKNOWN-TYPE",
              "z:6:6: error ZONE-BAD-TTL", "z:7:3: error ZONE-BAD-CLASS",
              "z:8:5: error ZONE-BAD-RDATA"});
}

TEST_CASE("zone_file: reading stops when there are too many errors") {
  auto options = example_options();
  options.limits.errors = 10;
  options.limits.chunk_octets = 64;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "a A x\n";
  for (const unsigned jobs : {1U, 2U, 4U}) {
    options.jobs = jobs;
    const auto read = read_zone_text(text, "z", options);
    CHECK_FALSE(read.zone);
    CHECK(read.findings.count("ZONE-BAD-RDATA") == 11);
    CHECK(read.findings.list().back().id == "ZONE-TOO-MANY-ERRORS");
  }
}

TEST_CASE("zone_file: a record has a bounded length") {
  auto options = example_options();
  options.limits.entry_octets = 1000;
  options.limits.chunk_octets = 100;
  const auto text = std::string(kHead) + "a TXT ( x\n" + std::string(5000, '\n');
  CHECK(summary(read_zone_text(text, "z", options).findings) ==
        Lines{"z:4:7: error ZONE-RECORD-TOO-LONG"});
}

TEST_CASE("zone_file: a file that cannot be read is a finding") {
  CHECK(summary(read_zone_file("/nonexistent/zone", example_options()).findings) ==
        Lines{"/nonexistent/zone: error ZONE-UNREADABLE"});
  CHECK(summary(read_zone_file("/tmp", {}).findings) == Lines{"/tmp: error ZONE-UNREADABLE"});
}
