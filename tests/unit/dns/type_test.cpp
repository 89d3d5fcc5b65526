#include "dns/type.h"

#include <doctest/doctest.h>

using namespace danewerk::dns;  // NOLINT(google-build-using-namespace): the tests are about it

TEST_CASE("type: mnemonics are read in any case") {
  CHECK(type_from_text("A") == RrType::kA);
  CHECK(type_from_text("aaaa") == RrType::kAaaa);
  CHECK(type_from_text("Nsec3Param") == RrType::kNsec3Param);
  CHECK(type_from_text("AMTRELAY") == RrType{260});
  CHECK(type_from_text("NSAP-PTR") == RrType{23});
  CHECK(type_from_text("DLV") == RrType{32769});
}

TEST_CASE("type: TYPEnnn stands for any number (RFC 3597 section 5)") {
  CHECK(type_from_text("TYPE65280") == RrType{65280});
  CHECK(type_from_text("type1") == RrType::kA);
  CHECK(type_from_text("TYPE0") == RrType{0});
  for (const auto* bad : {"TYPE", "TYPE65536", "TYPE1x", "TYPE-1", "TYPE+1", "TYPE 1"}) {
    CHECK_MESSAGE(!type_from_text(bad), bad);
  }
}

TEST_CASE("type: what is no type is refused, types of queries too") {
  for (const auto* bad : {"", "AA", "ANY", "AXFR", "IN", "NSEC3PARAMS", "a "}) {
    CHECK_MESSAGE(!type_from_text(bad), bad);
  }
}

TEST_CASE("type: every number reads back from its text") {
  for (unsigned number = 0; number <= 0xffff; ++number) {
    const auto type = static_cast<RrType>(number);
    REQUIRE(type_from_text(to_text(type)) == type);
  }
  CHECK(to_text(RrType::kTlsa) == "TLSA");
  CHECK(to_text(RrType{54}) == "TYPE54");
}
