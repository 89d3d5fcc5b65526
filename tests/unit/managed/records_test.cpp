#include "managed/records.h"

#include <doctest/doctest.h>

#include "support/result.h"
#include "support/zone_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::managed;  // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kApex =
    "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\nexample. 60 NS ns.example.net.\n";

model::Dnskey key(std::initializer_list<std::uint8_t> octets) {
  return {.flags = 256, .algorithm = 15, .public_key = octets};
}

}  // namespace

TEST_CASE("records: DNSKEY has its own TTL, NSEC3PARAM 0, ZONEMD that of the SOA") {
  const auto managed = test::good(add_records(zone_of(kApex), {.dnskeys = {key({1, 2, 3, 4})},
                                                               .dnskey_ttl = 77,
                                                               .nsec3param = Bytes{1, 0, 0, 0, 0},
                                                               .zonemd = Bytes(54)}));
  CHECK(lines_of(managed.zone, "DNSKEY") ==
        std::vector<std::string>{"example. 77 DNSKEY 256 3 15 AQIDBA=="});
  CHECK(lines_of(managed.zone, "NSEC3PARAM") ==
        std::vector<std::string>{"example. 0 NSEC3PARAM 1 0 0 -"});
  CHECK(lines_of(managed.zone, "ZONEMD").at(0).starts_with("example. 60 ZONEMD "));
  CHECK_FALSE(managed.dropped_zonemd);
}

TEST_CASE("records: foreign DNSKEYs stay, and their TTL rules (RFC 2181 section 5.2)") {
  const auto zone = zone_of(kApex + "example. 55 DNSKEY 256 3 8 AwEAAQID\n");
  const auto managed = test::good(add_records(zone, {.dnskeys = {key({1, 2, 3, 4})}}));
  CHECK(lines_of(managed.zone, "DNSKEY") ==
        std::vector<std::string>{"example. 55 DNSKEY 256 3 15 AQIDBA==",
                                 "example. 55 DNSKEY 256 3 8 AwEAAQID"});
}

TEST_CASE("records: a foreign DNSKEY with the tag of ours is refused (RFC 4034 section 5.3)") {
  // Swapping 16-bit words keeps the tag.
  const auto ours = key({1, 2, 3, 4});
  const auto theirs = key({3, 4, 1, 2});
  REQUIRE(ours.tag() == theirs.tag());
  const auto zone = zone_of(kApex + "example. 55 DNSKEY 256 3 15 AwQBAg==\n");
  const auto result = add_records(zone, {.dnskeys = {ours}});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code() == Errc::kRefused);
  CHECK(add_records(zone, {.dnskeys = {theirs}}).has_value());  // the same key is no stranger
}

TEST_CASE("records: a ZONEMD of the author's cannot stay (RFC 8976 section 2)") {
  const auto zone = zone_of(kApex + "example. 60 ZONEMD 7 1 1 " + std::string(96, 'a') + "\n");
  const auto managed = test::good(add_records(zone, {}));
  CHECK(managed.dropped_zonemd);
  CHECK(lines_of(managed.zone, "ZONEMD").empty());
}
