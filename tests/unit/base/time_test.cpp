#include "base/time.h"

#include <doctest/doctest.h>

#include "support/result.h"

using namespace danewerk;
using test::good;
using namespace std::chrono_literals;

TEST_CASE("duration: numbers with units, sums of them, bare seconds") {
  CHECK(good(parse_duration("30d")) == 30 * 24h);
  CHECK(good(parse_duration("1h30m")) == 90min);
  CHECK(good(parse_duration("2w")) == 14 * 24h);
  CHECK(good(parse_duration("1y")) == 365 * 24h);
  CHECK(good(parse_duration("90")) == 90s);
  CHECK(good(parse_duration("0")) == 0s);
}

TEST_CASE("duration: what is not one is refused with a hint") {
  for (const char* text : {"", "d", "1x", "-1d", "1 d", "1.5h", "+1d", "1d-1h",
                           "9999999999999999999s", "101y", "99999999999y"}) {
    CAPTURE(text);
    const auto duration = parse_duration(text);
    REQUIRE_FALSE(duration.has_value());
    CHECK(duration.error().code() == Errc::kBadInput);
    CHECK_FALSE(duration.error().hint().empty());
  }
}

TEST_CASE("duration: its text is exact and reads back") {
  CHECK(to_text(30 * 86400s) == "30d");
  CHECK(to_text(5400s) == "1h30m");
  CHECK(to_text(0s) == "0s");
  CHECK(to_text(-90s) == "-1m30s");
  for (const seconds span : {1s, 61s, 86399s, 90061s, 3153600000s}) {
    CHECK(good(parse_duration(to_text(span))) == span);
  }
}

TEST_CASE("instant: the three forms mean the same") {
  const sys_seconds instant(1795224000s);
  CHECK(good(parse_instant("@1795224000")) == instant);
  CHECK(good(parse_instant("20261121012000")) == instant);
  CHECK(good(parse_instant("2026-11-21T01:20:00Z")) == instant);
  CHECK(good(parse_instant("2026-11-21t02:20:00+01:00")) == instant);
  CHECK(good(parse_instant("2026-11-20T20:50:00-04:30")) == instant);
  CHECK(to_text(instant) == "2026-11-21T01:20:00Z");
  CHECK(to_dns_text(instant) == "20261121012000");
}

TEST_CASE("instant: dates that are none, and moments that RRSIG cannot say, are refused") {
  for (const char* text :
       {"", "@", "@-1", "@4294967296", "20260229000000", "20261301000000", "20261121240000",
        "2026-11-21", "2026-11-21T01:20:00", "2026-11-21T01:20:00+1:00", "20261121", "now",
        "21070101000000", "-0261121012000", "2026-11-21T01:20:00Zx"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text).has_value());
  }
  CHECK(parse_instant("@4294967295").has_value());
  CHECK(parse_instant("20240229000000").has_value());
}

TEST_CASE("RRSIG time: serial arithmetic finds the nearest instant (RFC 4034 section 3.1.5)") {
  const auto near = good(parse_instant("20261121000000"));
  CHECK(from_rrsig_time(to_rrsig_time(near + 48h), near) == near + 48h);
  CHECK(from_rrsig_time(to_rrsig_time(near - 48h), near) == near - 48h);
  const sys_seconds wrap(4294967290s);
  CHECK(from_rrsig_time(5, wrap) == wrap + 11s);
}
