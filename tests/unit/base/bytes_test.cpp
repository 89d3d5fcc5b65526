#include "base/bytes.h"

#include <utility>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace danewerk;

TEST_CASE("base64: the vectors of RFC 4648 section 10, both ways") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    CHECK(to_base64(as_bytes(plain)) == coded);
    const auto back = from_base64(coded);
    REQUIRE(back.has_value());
    CHECK(as_text(*back) == plain);
  }
}

TEST_CASE("base64: surplus bits, foreign characters and wrong padding are refused") {
  for (const char* text :
       {"Zh==", "Zg=", "Zg", "Z===", "Zm9=", "Zm9v!mFy", "Zg==Zg==", "====", "Zm9v====", " Zg=="}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text).has_value());
  }
}

TEST_CASE("base32hex: the vectors of RFC 4648 section 10 without padding, lower case") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "co"},
                                                         {"fo", "cpng"},
                                                         {"foo", "cpnmu"},
                                                         {"foob", "cpnmuog"},
                                                         {"fooba", "cpnmuoj1"},
                                                         {"foobar", "cpnmuoj1e8"}};
  for (const auto& [plain, coded] : vectors) {
    CHECK(to_base32hex(as_bytes(plain)) == coded);
    const auto back = from_base32hex(coded);
    REQUIRE(back.has_value());
    CHECK(as_text(*back) == plain);
  }
  CHECK(from_base32hex("CPNMUOJ1E8") == from_base32hex("cpnmuoj1e8"));
  CHECK_FALSE(from_base32hex("cp=").has_value());
  CHECK_FALSE(from_base32hex("w0").has_value());
  CHECK_FALSE(from_base32hex("c").has_value());
}

TEST_CASE("hex: lower case out, any case in, odd counts refused") {
  CHECK(to_hex(Bytes{0x00, 0xab, 0xff}) == "00abff");
  CHECK(from_hex("00ABff") == Bytes{0x00, 0xab, 0xff});
  CHECK_FALSE(from_hex("0").has_value());
  CHECK_FALSE(from_hex("0g").has_value());
}

TEST_CASE("codings: what is written is read back, for any octets") {
  CHECK(rc::check("round trip", [](const Bytes& octets) {
    RC_ASSERT(from_base64(to_base64(octets)) == octets);
    RC_ASSERT(from_base32hex(to_base32hex(octets)) == octets);
    RC_ASSERT(from_hex(to_hex(octets)) == octets);
  }));
}

TEST_CASE("secret: a moved secret is empty, and wiping leaves zeros") {
  Secret first(Bytes{1, 2, 3});
  Secret second(std::move(first));
  CHECK(first.view().empty());  // NOLINT(bugprone-use-after-move): that is the question
  CHECK(second.view().size() == 3);
  wipe(second.writable());
  CHECK(second.view()[0] == 0);
  CHECK(second.view()[2] == 0);
}

TEST_CASE("text: lower and upper case are of ASCII letters alone (RFC 4343 section 3)") {
  CHECK(to_lower("A-Z[\\]09\xc4") == "a-z[\\]09\xc4");
  CHECK(to_upper("ksk-z{|}\xe4") == "KSK-Z{|}\xe4");
}
