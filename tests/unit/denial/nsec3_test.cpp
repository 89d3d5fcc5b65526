#include "denial/nsec3.h"

#include <doctest/doctest.h>

#include "chain_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::denial;   // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const model::DenialParameters kOptOut{.opt_out = true};

constexpr const char* kDs =
    " DS 4711 8 2 0000000000000000000000000000000000000000000000000000000000000000\n";

}  // namespace

TEST_CASE("nsec3: parameters go into the RDATA, flags only into NSEC3 (RFC 5155 section 4.1.2)") {
  const model::DenialParameters parameters{
      .iterations = 258, .salt = {0xab, 0xcd}, .opt_out = true};
  CHECK(to_hex(nsec3param_rdata(parameters)) == "0100010202abcd");
  Bytes rdata{0xff};
  nsec3_rdata(rdata, {}, dns::Standing::kEmptyNonTerminal, Hash{}, parameters);
  CHECK(to_hex(rdata) == "0101010202abcd14" + std::string(40, '0'));
}

TEST_CASE("nsec3: names hash alike whatever their case (RFC 5155 section 5)") {
  const auto lower = zone_of("x.example. 60 SOA a. b. 1 2 3 4 5\nx.example. 60 NS a.\n");
  const dns::Name upper = *dns::name_from_text("X.EXAMPLE.");
  CHECK(nsec3_hash("a\0" + std::string(1, '\0'), upper, {}) ==
        nsec3_hash("a\0" + std::string(1, '\0'), lower.apex(), {}));
}

TEST_CASE("nsec3: each name with authoritative data has a record (RFC 5155 section 7.1)") {
  const auto zone = chained("a A 192.0.2.1\na TLSA 3 1 1 00\n*.w TXT t\nw MX 1 a\n");
  CHECK(chain_of(zone) == Lines{"example.: NS SOA RRSIG", "a.example.: A RRSIG TLSA",
                                "w.example.: MX RRSIG", "*.w.example.: TXT RRSIG"});
}

TEST_CASE("nsec3: empty non-terminals of all levels have one without types") {
  const auto zone = chained("a.b.c.d A 192.0.2.1\nx.c.d A 192.0.2.1\n");
  CHECK(chain_of(zone) == Lines{"example.: NS SOA RRSIG", "d.example.:", "c.d.example.:",
                                "b.c.d.example.:", "a.b.c.d.example.: A RRSIG",
                                "x.c.d.example.: A RRSIG"});
}

TEST_CASE("nsec3: a delegation shows NS, and DS with RRSIG; glue has no record") {
  const auto zone =
      chained("i NS ns.i\nns.i A 192.0.2.1\ns NS ns.s\nns.s A 192.0.2.1\ns" + std::string(kDs));
  CHECK(chain_of(zone) ==
        Lines{"example.: NS SOA RRSIG", "i.example.: NS", "s.example.: NS DS RRSIG"});
}

TEST_CASE("nsec3: other types at a delegation are the child's (RFC 4035 section 2.3)") {
  auto zone = zone_of(kHead + "i NS ns.example.net.\n");
  zone = with(zone, "i.example.", dns::RrType::kTxt, "\"child's\"");
  zone = test::good(update({empty_zone(), zone}, {}));
  CHECK(chain_of(zone) == Lines{"example.: NS SOA RRSIG", "i.example.: NS"});
}

TEST_CASE("nsec3: opt-out leaves insecure delegations out (RFC 5155 section 6)") {
  const auto zone =
      chained("i NS ns.example.net.\ns NS ns.example.net.\ns" + std::string(kDs), kOptOut);
  CHECK(chain_of(zone) == Lines{"example.: NS SOA RRSIG", "s.example.: NS DS RRSIG"});
  CHECK(parameters_of(zone) == kOptOut);
}

TEST_CASE("nsec3: opt-out leaves out empty non-terminals that lead to insecure ones only") {
  const auto zone = chained(
      "i.ent NS ns.example.net.\ni.both NS ns.example.net.\ns.both NS ns.example.net.\ns.both" +
          std::string(kDs),
      kOptOut);
  CHECK(chain_of(zone) ==
        Lines{"example.: NS SOA RRSIG", "both.example.:", "s.both.example.: NS DS RRSIG"});
}

TEST_CASE("nsec3: what is below a DNAME has no record (RFC 6672 section 2.4)") {
  auto zone = zone_of(kHead + "d DNAME example.net.\n");
  zone = with(zone, "x.y.d.example.", dns::RrType::kA, "192.0.2.1");
  zone = test::good(update({empty_zone(), zone}, {}));
  CHECK(chain_of(zone) == Lines{"example.: NS SOA RRSIG", "d.example.: DNAME RRSIG"});
}

TEST_CASE("nsec3: TTL is the lesser of SOA TTL and SOA MINIMUM (RFC 9077 section 3)") {
  CHECK(lines_of(chained("a A 192.0.2.1\n"), "NSEC3").at(0).find(" 300 NSEC3 ") !=
        std::string::npos);
  const auto short_soa = zone_of(
      "$ORIGIN example.\n@ 60 SOA ns.example.net. mail 1 2 3 4 300\n@ 3600 NS ns.example.net.\n");
  CHECK(denial_ttl(short_soa) == 60);
}

TEST_CASE("nsec3: a salt of 255 octets and many iterations are part of the hash") {
  const model::DenialParameters parameters{.iterations = 50, .salt = Bytes(255, 0x5a)};
  const auto zone = chained("a A 192.0.2.1\n", parameters);
  CHECK(chain_of(zone).size() == 2);  // which checks the hashes
  CHECK(parameters_of(zone) == parameters);
}

TEST_CASE("nsec3: two names with one hash are refused (RFC 5155 section 7.1)") {
  const auto zone = chained("a A 192.0.2.1\n");
  // Nobody has two names with one hash, so the entry of another name is planted.
  const auto key = key_of(zone, "b.example.");
  std::string packed;
  const auto other =
      zone.denial().find(as_key(nsec3_hash(key_of(zone, "a.example."), zone.apex(), {})));
  REQUIRE(other.has_value());
  dns::pack_chain_entry(packed, dns::read_chain_entry(other->value));
  dns::TreeEdit edit(zone.denial());
  edit.put(as_key(nsec3_hash(key, zone.apex(), {})), packed, 0);
  const dns::Zone planted(zone.apex(), zone.names(), edit.tree());
  const auto result =
      update({planted, with(planted, "b.example.", dns::RrType::kA, "192.0.2.1")}, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code() == Errc::kRefused);
  CHECK(result.error().message() == "the names b.example. and a.example. have the same NSEC3 hash");
}
