#include "publish/zone_text.h"

#include <doctest/doctest.h>

#include "support/result.h"
#include "support/signed_zone.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::publish;  // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

struct Printed {
  std::string text;
  std::uint64_t records = 0;
};

Printed print(const dns::Zone& zone, unsigned jobs = 1) {
  Printed printed;
  printed.records = test::good(print_zone(zone, jobs, [&](std::string_view part) -> Result<void> {
    printed.text += part;
    return {};
  }));
  return printed;
}

const std::string kTail = " 15 2 60 20300101000000 20200101000000 1 example. AAAA";

std::uint64_t count_lines(const std::string& text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("zone_text: one record a line, SOA first, each RRset followed by its RRSIGs") {
  const auto zone = zone_of(
      "a.example. 60 MX 1 b.example.net.\na.example. 60 RRSIG MX" + kTail +
      "\nexample. 60 NS ns.example.net.\nexample. 60 RRSIG SOA" + kTail +
      "\nexample. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\na.example. 60 A 192.0.2.1\n");
  const auto printed = print(zone);
  const auto tail = [](std::string_view type) {
    return "IN\tRRSIG\t" + std::string(type) + kTail + "\n";
  };
  CHECK(printed.text ==
        "example.\t60\tIN\tSOA\tns.example.net. mail.example. 7 2 3 4 5\n"
        "example.\t60\t" +
            tail("SOA") +
            "example.\t60\tIN\tNS\tns.example.net.\n"
            "a.example.\t60\tIN\tA\t192.0.2.1\n"
            "a.example.\t60\tIN\tMX\t1 b.example.net.\n"
            "a.example.\t60\t" +
            tail("MX"));
  CHECK(printed.records == 6);
}

TEST_CASE("zone_text: the case in which owners were read is kept, special characters escaped") {
  const auto printed = print(zone_of(
      "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\nexample. 60 NS ns.example.net.\n"
      "WWW.Example. 60 A 192.0.2.1\na\\.b\\009.example. 60 A 192.0.2.1\n"));
  CHECK(printed.text.find("WWW.Example.\t60\tIN\tA\t192.0.2.1\n") != std::string::npos);
  CHECK(printed.text.find("a\\.b\\009.example.\t60\tIN\tA\t192.0.2.1\n") != std::string::npos);
}

TEST_CASE("zone_text: the root zone's hashed owners have one dot") {
  const auto printed = print(zone_of(
      ". 60 SOA ns.example.net. mail.example. 7 2 3 4 5\n. 60 NS ns.example.net.\n"
      "2t7b4g4vsa5smi47k61mv5bv1a22bojr. 60 NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS\n"));
  CHECK(printed.text.find("\n2t7b4g4vsa5smi47k61mv5bv1a22bojr.\t60\tIN\tNSEC3\t") !=
        std::string::npos);
}

TEST_CASE("zone_text: what was printed reads back as the same zone, with any number of threads") {
  std::string text =
      "$ORIGIN example.\n$TTL 60\n@ SOA ns.example.net. mail 7 2 3 4 5\n@ NS ns.example.net.\n";
  for (int i = 0; i < 1200; ++i) {  // more than one part for each thread
    text += "h" + std::to_string(i) + " A 192.0.2.1\nh" + std::to_string(i) + " TXT \"t;\\\"\"\n";
  }
  const auto content = zone_of(text);
  const auto zone =
      test::good(denial::update({dns::Zone(content.apex()), content}, {.parameters = {}}));
  const auto one = print(zone, 1);
  CHECK(one.text == print(zone, 3).text);
  CHECK(one.records == count_lines(one.text));
  CHECK(lines_of(zone_of(one.text)) == lines_of(zone));
}

TEST_CASE("zone_text: when the taker fails, printing ends with its error") {
  const auto zone = zone_of(
      "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\nexample. 60 NS ns.example.net.\n");
  const auto result = print_zone(zone, 2, [](std::string_view) -> Result<void> {
    return fail(Errc::kUnavailable, "the disk is full");
  });
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message() == "the disk is full");
}
