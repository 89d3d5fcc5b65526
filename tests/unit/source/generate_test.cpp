#include <doctest/doctest.h>

#include "unit/source/read_support.h"

using namespace danewerk;
using namespace danewerk::source;

TEST_CASE("generate: a record for each number of a range") {
  CHECK(records_of("$GENERATE 1-3 h$ A 192.0.2.$\n") == Lines{"h1.example. 60 A 192.0.2.1",
                                                              "h2.example. 60 A 192.0.2.2",
                                                              "h3.example. 60 A 192.0.2.3"});
  CHECK(records_of("$GENERATE 1-9/4 h$ 5 IN CNAME c$.example.\n") ==
        Lines{"h1.example. 5 CNAME c1.example.", "h5.example. 5 CNAME c5.example.",
              "h9.example. 5 CNAME c9.example."});
  CHECK(records_of("$GENERATE 7-7 $ PTR $\n") == Lines{"7.example. 60 PTR 7.example."});
}

TEST_CASE("generate: modifiers shift, fill and change the base, as named-compilezone does") {
  CHECK(records_of("$GENERATE 10-10 a${1} TXT ${-3,4,d} ${0,4,x} ${0,4,X} ${0,0,o} \\$ $$\n") ==
        Lines{"a11.example. 60 TXT \"0007\" \"000a\" \"000A\" \"12\" \"$\" \"$\""});
  CHECK(records_of("$GENERATE 171-171 a TXT ${0,0,n} ${0,7,n} ${0,8,N} ${0,1,n}\n") ==
        Lines{"a.example. 60 TXT \"b.a\" \"b.a.0.0\" \"B.A.0.0.\" \"b.a\""});
}

TEST_CASE("generate: owner and data stand at the line of the directive") {
  CHECK(findings_of("\n$GENERATE 1-2 a$ A 192.0.2.x$\n") ==
        Lines{"z:5:1: error ZONE-BAD-RDATA", "z:5:1: error ZONE-BAD-RDATA"});
  CHECK(findings_of("$GENERATE 1-2 a TXT x\n") == Lines{"z:4:1: info ZONE-DUPLICATE"});
}

TEST_CASE("generate: what is before and after it is not touched") {
  CHECK(
      records_of("a A 192.0.2.1\n$GENERATE 1-1 b A 192.0.2.2\n  A 192.0.2.3\n") ==
      Lines{"a.example. 60 A 192.0.2.1", "a.example. 60 A 192.0.2.3", "b.example. 60 A 192.0.2.2"});
}

TEST_CASE("generate: what cannot be understood is refused") {
  CHECK(findings_of("$GENERATE 1-2 a\n") == Lines{"z:4:1: error ZONE-BAD-GENERATE"});
  CHECK(findings_of("$GENERATE 2-1 a A 192.0.2.1\n") == Lines{"z:4:11: error ZONE-BAD-GENERATE"});
  CHECK(findings_of("$GENERATE 1-2/0 a A 192.0.2.1\n") == Lines{"z:4:11: error ZONE-BAD-GENERATE"});
  CHECK(findings_of("$GENERATE 1-2 a${x} A 192.0.2.1\n") ==
        Lines{"z:4:1: error ZONE-BAD-GENERATE"});
  CHECK(findings_of("$GENERATE 1-2 a${0,3,q} A 192.0.2.1\n") ==
        Lines{"z:4:1: error ZONE-BAD-GENERATE"});
  CHECK(findings_of("$GENERATE 1-2 a${-5} A 192.0.2.1\n") ==
        Lines{"z:4:1: error ZONE-BAD-GENERATE"});
  CHECK(findings_of("$GENERATE 1-2 a (\n A 192.0.2.1 )\n") ==
        Lines{"z:4:1: error ZONE-BAD-GENERATE"});
}

TEST_CASE("generate: the number of records that it makes is limited") {
  CHECK(findings_of("$GENERATE 0-2147483647 a$ A 192.0.2.1\n") ==
        Lines{"z:4:11: error ZONE-GENERATE-LIMIT"});
  auto options = example_options();
  options.limits.generated = 3;
  const auto text = std::string(kHead) + "$GENERATE 1-2 a$ TXT x\n$GENERATE 1-2 b$ TXT x\n";
  CHECK(summary(read_zone_text(text, "z", options).findings) ==
        Lines{"z:5:11: error ZONE-GENERATE-LIMIT"});
}
