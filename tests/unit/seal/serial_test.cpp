#include "seal/serial.h"

#include <doctest/doctest.h>

#include "support/result.h"
#include "support/zone_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::seal;     // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

sys_seconds at(const char* text) {
  return test::good(parse_instant(text));
}

}  // namespace

TEST_CASE("serial: greater is a matter of distance on a circle (RFC 1982 section 3.2)") {
  CHECK(serial_greater(1, 0));
  CHECK_FALSE(serial_greater(0, 1));
  CHECK_FALSE(serial_greater(5, 5));
  CHECK(serial_greater(0, 0xffffffff));
  CHECK(serial_greater(0x7fffffff, 0));
  CHECK(serial_greater(0x80000005, 6));
  // At a distance of 2^31 neither is greater.
  CHECK_FALSE(serial_greater(0x80000000, 0));
  CHECK_FALSE(serial_greater(0, 0x80000000));
}

TEST_CASE("serial: increment goes over the end (RFC 1982 section 3.1)") {
  const auto now = at("20260101000000");
  CHECK(next_serial(SerialPolicy::kIncrement, 41, now) == 42);
  CHECK(next_serial(SerialPolicy::kIncrement, 0xffffffff, now) == 0);
}

TEST_CASE("serial: unixtime is the seconds since 1970, and never goes back") {
  const auto now = at("@1767225600");
  CHECK(next_serial(SerialPolicy::kUnixtime, 1, now) == 1767225600);
  CHECK(next_serial(SerialPolicy::kUnixtime, 1767225600, now) == 1767225601);  // twice in a second
  CHECK(next_serial(SerialPolicy::kUnixtime, 1767229999, now) ==
        1767230000);  // the clock went back
  CHECK(next_serial(SerialPolicy::kUnixtime, 2026010100, now) == 2026010101);  // was date before
}

TEST_CASE("serial: date is YYYYMMDDnn, from 00 on") {
  const auto now = at("20260131235959");
  CHECK(next_serial(SerialPolicy::kDate, 2026013000, now) == 2026013100);
  CHECK(next_serial(SerialPolicy::kDate, 2026013100, now) == 2026013101);
}

TEST_CASE(
    "serial: the hundredth change of a day borrows from the next, and so does a clock behind") {
  const auto now = at("20260131000000");
  CHECK(next_serial(SerialPolicy::kDate, 2026013199, now) == 2026013200);
  CHECK(next_serial(SerialPolicy::kDate, 2026020107, now) == 2026020108);
}

TEST_CASE("serial: whatever the policy and the last serial, the next one is greater") {
  for (const auto policy :
       {SerialPolicy::kIncrement, SerialPolicy::kUnixtime, SerialPolicy::kDate}) {
    for (const std::uint32_t last : {0U, 1U, 0x7ffffffeU, 0x7fffffffU, 0x80000000U, 1767225600U,
                                     2026013199U, 3914709248U, 0xfffffffeU, 0xffffffffU}) {
      CHECK(serial_greater(next_serial(policy, last, at("20260131000000")), last));
    }
  }
}

TEST_CASE("serial: policies have the names of the configuration") {
  CHECK(serial_policy_from_text("keep") == SerialPolicy::kKeep);
  CHECK(serial_policy_from_text("increment") == SerialPolicy::kIncrement);
  CHECK(serial_policy_from_text("unixtime") == SerialPolicy::kUnixtime);
  CHECK(serial_policy_from_text("date") == SerialPolicy::kDate);
  CHECK_FALSE(serial_policy_from_text("Date"));
  CHECK_FALSE(serial_policy_from_text(""));
}

TEST_CASE("serial: a version with another serial differs in the SOA only, which loses its RRSIG") {
  const auto zone = zone_of(
      "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\n"
      "example. 60 RRSIG SOA 15 1 60 20300101000000 20200101000000 1 example. AAAA\n"
      "example. 60 NS ns.example.net.\n"
      "example. 60 RRSIG NS 15 1 60 20300101000000 20200101000000 1 example. AAAA\n");
  CHECK(serial_of(zone) == 7);
  const auto next = with_serial(zone, 0xffffffff);
  CHECK(serial_of(next) == 0xffffffff);
  CHECK(lines_of(next) ==
        std::vector<std::string>{
            "example. 60 NS ns.example.net.",
            "example. 60 RRSIG NS 15 1 60 20300101000000 20200101000000 1 example. AAAA",
            "example. 60 SOA ns.example.net. mail.example. 4294967295 2 3 4 5"});
  CHECK(with_serial(zone, 7).names().root() == zone.names().root());
}
