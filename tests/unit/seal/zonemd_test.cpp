#include "seal/zonemd.h"

#include <doctest/doctest.h>

#include "seal/serial.h"
#include "support/zone_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::seal;     // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kZone =
    "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\n"
    "example. 60 NS ns.example.net.\n"
    "a.example. 60 A 192.0.2.1\n";

const std::string kSignatureTail = " 15 2 60 20300101000000 20200101000000 1 example. AAAA\n";

}  // namespace

TEST_CASE(
    "zonemd: the ZONEMD at the apex and its RRSIG are not digested (RFC 8976 section 3.3.2)") {
  const auto digest = zonemd_digest(zone_of(kZone));
  CHECK(digest.size() == 48);
  CHECK(zonemd_digest(zone_of(kZone + "example. 60 ZONEMD 7 1 1 " + std::string(96, '0') +
                              "\nexample. 60 RRSIG ZONEMD" + kSignatureTail)) == digest);
  CHECK(zonemd_digest(zone_of(kZone + "b.example. 60 ZONEMD 7 1 1 " + std::string(96, '0') +
                              "\n")) != digest);
}

TEST_CASE("zonemd: case does not count, TTL and every record do (RFC 8976 section 3.3)") {
  const auto digest = zonemd_digest(zone_of(kZone));
  CHECK(zonemd_digest(zone_of("EXAMPLE. 60 SOA NS.example.net. Mail.example. 7 2 3 4 5\n"
                              "example. 60 NS ns.EXAMPLE.net.\nA.example. 60 A 192.0.2.1\n")) ==
        digest);
  CHECK(zonemd_digest(with_serial(zone_of(kZone), 8)) != digest);
  CHECK(zonemd_digest(zone_of(kZone + "a.example. 60 TXT t\n")) != digest);
  CHECK(zonemd_digest(zone_of(kZone + "example. 60 RRSIG NS" + kSignatureTail)) != digest);
}

TEST_CASE("zonemd: an NSEC3 whose owner is a name of the zone is digested as part of that name") {
  // RFC 5155 appendix A has such a name, but no type above RRSIG there.
  const std::string owner = "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. 60 ";
  const auto records = [&](const std::string& hashed) {
    return kZone + owner + "A 192.0.2.127\n" + owner + "RRSIG A" + kSignatureTail + owner +
           "TLSA 3 1 1 00\n" + owner + "RRSIG TLSA" + kSignatureTail + hashed;
  };
  const std::string nsec3 = "NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A";
  const auto split =
      zone_of(records(owner + nsec3 + "\n" + owner + "RRSIG NSEC3" + kSignatureTail));
  REQUIRE(split.denial().size() == 1);

  // The same records at one node: the order is that of types (RFC 8976 section 3.3.1).
  const auto plain = zone_of(records(""));
  const auto key = key_of(plain, "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.");
  dns::NodeBuilder node;
  node.load(plain.node(key));
  const auto hashed = dns::read_chain_entry([&] {
    dns::Tree::Cursor cursor(split.denial());
    cursor.first();
    return cursor.entry().value;
  }());
  const auto rrset = hashed.node.find(dns::RrType::kNsec3);
  REQUIRE(rrset.has_value());
  node.add(dns::RrType::kNsec3, rrset->ttl, rrset->rdata.front());
  node.add_rrsig(rrset->rrsig_ttl, rrset->rrsigs.front());
  dns::TreeEdit edit(plain.names());
  edit.put(key, node.pack(), 0);
  CHECK(to_hex(zonemd_digest(split)) == to_hex(zonemd_digest({plain.apex(), edit.tree(), {}})));
}

TEST_CASE("zonemd: the record gets serial and digest, and loses its RRSIG when they changed") {
  const auto place = zone_of(kZone + "example. 60 ZONEMD 1 1 1 " + std::string(96, '0') +
                             "\nexample. 60 RRSIG ZONEMD" + kSignatureTail);
  const auto sealed = with_zonemd(place);
  CHECK(lines_of(sealed, "RRSIG").empty());
  const auto lines = lines_of(sealed, "ZONEMD");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with("example. 60 ZONEMD 7 1 1 "));
  auto hex = lines[0].substr(std::string("example. 60 ZONEMD 7 1 1 ").size());
  std::erase(hex, ' ');
  CHECK(from_hex(hex) == zonemd_digest(place));
  CHECK(with_zonemd(sealed).names().root() == sealed.names().root());
}

TEST_CASE("zonemd: the placeholder is SIMPLE, SHA-384 and zeros (RFC 8976 section 3.1)") {
  CHECK(to_hex(zonemd_placeholder(0x01020304)) == "010203040101" + std::string(96, '0'));
}
