#include "crypto/hmac.h"

#include <array>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace danewerk::crypto {
namespace {

std::string mac(DigestType type, std::string_view key, std::string_view data) {
  return to_hex(hmac(type, as_bytes(key), as_bytes(data)).view());
}

TEST_CASE("hmac: test case 2 of RFC 4231 section 4.3") {
  constexpr std::string_view kData = "what do ya want for nothing?";
  CHECK(mac(DigestType::kSha256, "Jefe", kData) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(mac(DigestType::kSha384, "Jefe", kData) ==
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
        "8e2240ca5e69e2c78b3239ecfab21649");
  CHECK(mac(DigestType::kSha512, "Jefe", kData) ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST_CASE("hmac: a key longer than a block is hashed first: test case 6 of RFC 4231 section 4.7") {
  const std::string key(131, '\xaa');
  CHECK(mac(DigestType::kSha256, key, "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("hmac: an empty key is a key") {
  CHECK(mac(DigestType::kSha256, "", "") ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("hmac: octets are equal when all of them are, and there are as many") {
  CHECK(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
  CHECK_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("samf")));
  CHECK_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sam")));
  CHECK(equal_in_constant_time({}, {}));
}

TEST_CASE("hmac: random octets do not come twice") {
  std::set<std::array<std::uint8_t, 16>> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<std::uint8_t, 16> octets{};
    fill_randomly(octets);
    seen.insert(octets);
  }
  CHECK(seen.size() == 100);
}

}  // namespace
}  // namespace danewerk::crypto
