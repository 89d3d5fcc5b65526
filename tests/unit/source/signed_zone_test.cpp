#include <doctest/doctest.h>

#include "unit/source/read_support.h"

using namespace danewerk;
using namespace danewerk::source;

namespace {

constexpr std::string_view kSigned =
    "@ RRSIG NS 8 1 60 20260101000000 20251201000000 1 example. AQID\n"
    "@ DNSKEY 257 3 8 AQID\n"
    "@ CDS 1 8 2 00\n"
    "@ CDNSKEY 257 3 8 AQID\n"
    "@ NSEC3PARAM 1 0 0 -\n"
    "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM 5 NSEC3 1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s NS SOA\n"
    "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 5 RRSIG NSEC3 8 2 5 20260101000000 20251201000000 1 example. "
    "AQ==\n"
    "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom TXT \"a name like any other\"\n"
    "short NSEC3 1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s A\n"
    "a A 192.0.2.1\n"
    "a RRSIG A 8 2 60 20250101000000 20241201000000 1 example. AQID\n"
    "a NSEC b A RRSIG NSEC\n";

}  // namespace

TEST_CASE("zone_file: what a signer made is dropped and counted") {
  const auto read = read_body(kSigned);
  REQUIRE(read.zone);
  CHECK(read.dropped == std::map<dns::RrType, std::uint64_t>{{dns::RrType::kRrsig, 3},
                                                             {dns::RrType::kNsec, 1},
                                                             {dns::RrType::kDnskey, 1},
                                                             {dns::RrType::kNsec3, 2},
                                                             {dns::RrType::kNsec3Param, 1},
                                                             {dns::RrType::kCds, 1},
                                                             {dns::RrType::kCdnskey, 1}});
  CHECK(read.findings.count("ZONE-DROPPED") == 7);
  CHECK(records(*read.zone).size() == 4);
  CHECK(read.names == 3);
  CHECK(read.findings.list()[0].message == "3 RRSIG records are dropped: signing makes its own");
}

TEST_CASE("zone_file: keys of other signers are kept when asked to (RFC 8901)") {
  const auto read = read_body(kSigned, Dnssec::kKeepKeys);
  REQUIRE(read.zone);
  CHECK(read.dropped.size() == 4);
  CHECK(read.records == 7);
  CHECK(read.zone->apex_node().has(dns::RrType::kDnskey));
}

TEST_CASE("zone_file: a signed zone is kept whole, NSEC3 by hash") {
  const auto read = read_body(kSigned, Dnssec::kKeepAll);
  REQUIRE(read.zone);
  CHECK(read.findings.empty());
  CHECK(read.records == 14);
  CHECK(read.names == 4);
  CHECK(read.zone->denial().size() == 1);
  const auto all = records(*read.zone);
  CHECK(all == Lines{"example. 60 NS ns.elsewhere.",
                     "example. 60 RRSIG NS 8 1 60 20260101000000 20251201000000 1 example. AQID",
                     "example. 60 SOA ns.elsewhere. mail. 1 2 3 4 5",
                     "example. 60 DNSKEY 257 3 8 AQID", "example. 60 NSEC3PARAM 1 0 0 -",
                     "example. 60 CDS 1 8 2 00", "example. 60 CDNSKEY 257 3 8 AQID",
                     "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.example. 60 TXT \"a name like any other\"",
                     "a.example. 60 A 192.0.2.1",
                     "a.example. 60 RRSIG A 8 2 60 20250101000000 20241201000000 1 example. AQID",
                     "a.example. 60 NSEC b.example. A RRSIG NSEC",
                     "short.example. 60 NSEC3 1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s A",
                     "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 5 NSEC3 1 0 0 - "
                     "2vptu5timamqttgl4luu9kg21e0aor3s NS SOA",
                     "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 5 RRSIG NSEC3 8 2 5 "
                     "20260101000000 20251201000000 1 example. AQ=="});
}

TEST_CASE("zone_file: a node's deadline is its first expiration") {
  const auto read = read_body(kSigned, Dnssec::kKeepAll);
  REQUIRE(read.zone);
  constexpr dns::Deadline kStartOf2025 = 1'735'689'600;
  CHECK(read.zone->names().earliest() == kStartOf2025);
  CHECK(read.zone->denial().earliest() == 1'767'225'600);
}
