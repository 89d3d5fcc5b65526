#include "denial/nsec.h"

#include <doctest/doctest.h>

#include "chain_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::denial;   // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const model::DenialParameters kNsec{.kind = model::DenialKind::kNsec};

std::string next_of(const dns::Zone& zone, std::string_view name) {
  const auto key = next_in_chain(zone, key_of(zone, name));
  return dns::to_text(dns::name_from_sort_key(key, zone.apex()).view());
}

std::string previous_of(const dns::Zone& zone, std::string_view name) {
  const auto key = previous_in_chain(zone, key_of(zone, name));
  return dns::to_text(dns::name_from_sort_key(key, zone.apex()).view());
}

const std::string kMixed = kHead +
                           "a A 192.0.2.1\n"
                           "e.n.t A 192.0.2.1\n"
                           "i NS ns.i\n"
                           "ns.i A 192.0.2.1\n"
                           "z A 192.0.2.1\n";

}  // namespace

TEST_CASE("nsec: the chain goes through the names in canonical order and closes at the apex") {
  const auto zone = zone_of(kMixed);
  CHECK(next_of(zone, "example.") == "a.example.");
  CHECK(next_of(zone, "a.example.") == "i.example.");
  CHECK(next_of(zone, "i.example.") ==
        "e.n.t.example.");  // glue and empty non-terminals are not in it
  CHECK(next_of(zone, "e.n.t.example.") == "z.example.");
  CHECK(next_of(zone, "z.example.") == "example.");
}

TEST_CASE("nsec: the name before another need not know that one") {
  const auto zone = zone_of(kMixed);
  CHECK(previous_of(zone, "z.example.") == "e.n.t.example.");
  CHECK(previous_of(zone, "e.n.t.example.") == "i.example.");  // not the glue below it
  CHECK(previous_of(zone, "j.example.") == "i.example.");
  CHECK(previous_of(zone, "zz.example.") == "z.example.");
  CHECK(previous_of(zone, "example.") == "z.example.");
}

TEST_CASE("nsec: a zone of one name points to itself (RFC 4034 section 4.1.1)") {
  const auto zone = chained("", kNsec);
  CHECK(lines_of(zone, "NSEC") == Lines{"example. 300 NSEC example. NS SOA RRSIG NSEC"});
}

TEST_CASE("nsec: each name has a record, delegations too; glue has none (RFC 4035 section 2.3)") {
  const auto zone = test::good(update({empty_zone(), zone_of(kMixed)}, {kNsec}));
  CHECK(lines_of(zone, "NSEC") == Lines{"a.example. 300 NSEC i.example. A RRSIG NSEC",
                                        "e.n.t.example. 300 NSEC z.example. A RRSIG NSEC",
                                        "example. 300 NSEC a.example. NS SOA RRSIG NSEC",
                                        "i.example. 300 NSEC e.n.t.example. NS RRSIG NSEC",
                                        "z.example. 300 NSEC example. A RRSIG NSEC"});
  CHECK(zone.denial().size() == 0);
}

TEST_CASE("nsec: types above 255 stand in a window of their own (RFC 4034 section 4.1.2)") {
  const auto zone = chained("a CAA 0 issue \"ca.example.net\"\na TYPE65534 \\# 0\n", kNsec);
  CHECK(lines_of(zone, "NSEC").at(0) == "a.example. 300 NSEC example. RRSIG NSEC CAA TYPE65534");
}

TEST_CASE("nsec: a DNAME at the apex leaves the apex alone in the chain") {
  auto zone = zone_of(kHead + "@ DNAME example.net.\n");
  zone = with(zone, "a.example.", dns::RrType::kA, "192.0.2.1");
  zone = test::good(update({empty_zone(), zone}, {kNsec}));
  CHECK(lines_of(zone, "NSEC") == Lines{"example. 300 NSEC example. NS SOA DNAME RRSIG NSEC"});
}
