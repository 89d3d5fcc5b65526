#include <doctest/doctest.h>

#include "support/scoped_folder.h"
#include "tlsa/generate.h"

namespace danewerk::tlsa {
namespace {

using namespace std::chrono_literals;
constexpr sys_seconds kValid = std::chrono::sys_days(2030y / 1 / 1);

Findings found(const std::string& file, std::string_view record, std::string_view owner_text = {},
               sys_seconds now = kValid) {
  const auto holds = file == "root.pem" ? Source::Holds::kIssuer : Source::Holds::kServer;
  const auto source =
      Source::open(std::string(DW_TESTS_DIR) + "/golden/certificates/" + file, holds);
  REQUIRE(source.has_value());
  const auto combination = combination_from_text(record);
  REQUIRE(combination.has_value());
  if (owner_text.empty()) return lint(*source, *combination, nullptr, now);
  const auto owner = owner_from_text(owner_text);
  REQUIRE(owner.has_value());
  return lint(*source, *combination, &*owner, now);
}

TEST_CASE("lint: 3 1 1 and 2 1 1 of a good chain have nothing to say") {
  CHECK(found("rsa-chain.pem", "3 1 1", "_25._tcp.mx1.mail.example").empty());
  CHECK(found("rsa-chain.pem", "2 1 1", "_25._tcp.mx1.mail.example").empty());
  CHECK(found("rsa.key", "3 1 1").empty());
}

TEST_CASE(
    "lint: dates are a warning where clients ignore them, else an error (RFC 7671 section 5.1)") {
  const auto late = kValid + std::chrono::years(200);
  const auto early = std::chrono::sys_days(2020y / 1 / 1);
  CHECK(found("rsa-chain.pem", "3 1 1", {}, late).count("TLSA-EXPIRED") == 1);
  CHECK_FALSE(found("rsa-chain.pem", "3 1 1", {}, late).has_errors());
  CHECK(found("rsa-chain.pem", "2 1 1", {}, late).count("TLSA-EXPIRED") == 2);  // leaf and issuer
  CHECK(found("rsa-chain.pem", "2 1 1", {}, late).has_errors());
  CHECK(found("rsa-chain.pem", "1 1 1", {}, early).count("TLSA-NOT-YET-VALID") == 1);
}

TEST_CASE("lint: the name counts for usage 2 and not for 3") {
  CHECK(found("rsa-chain.pem", "2 1 1", "_25._tcp.mx2.mail.example").count("TLSA-NAME") == 1);
  CHECK(found("rsa-chain.pem", "3 1 1", "_25._tcp.mx2.mail.example").empty());
  CHECK(found("rsa-chain.pem", "2 1 1", "_25._tcp.a.pool.mail.example").empty());
  CHECK(found("rsa-chain.pem", "2 1 1", "_25._tcp.a.b.pool.mail.example").count("TLSA-NAME") == 1);
  CHECK(found("rsa-chain.pem", "2 1 1", "_25._tcp.MX1.mail.Example").empty());
}

TEST_CASE("lint: an authority's certificate is hardly the server's own") {
  CHECK(found("root.pem", "3 1 1").count("TLSA-USAGE-MIXED-UP") == 1);
  CHECK_FALSE(found("root.pem", "3 1 1").has_errors());
  CHECK(found("root.pem", "2 1 1").count("TLSA-USAGE-MIXED-UP") == 0);
  CHECK(found("rsa-chain.pem", "3 1 1").count("TLSA-USAGE-MIXED-UP") == 0);
}

TEST_CASE("lint: common mistakes have identifiers") {
  CHECK(found("rsa-chain.pem", "3 0 1").count("TLSA-D01") == 1);
  CHECK(found("root.pem", "2 1 1").count("TLSA-D03") == 1);
  CHECK(found("rsa-chain.pem", "2 1 0").count("TLSA-D05") == 1);
  CHECK(found("rsa-chain.pem", "2 1 0").has_errors());
  CHECK(found("rsa-chain.pem", "3 1 2").count("TLSA-D06") == 1);
  CHECK(found("rsa-chain.pem", "1 1 1", "_25._tcp.mx1.mail.example").count("TLSA-D07") == 1);
  CHECK(found("rsa-chain.pem", "1 1 1", "_443._tcp.mx1.mail.example").empty());
  CHECK(found("rsa-chain.pem", "3 0 0").count("TLSA-FULL") == 1);
  CHECK(found("short.pem", "3 1 1").count("TLSA-KEY-SHORT") == 1);
}

}  // namespace
}  // namespace danewerk::tlsa
