#include "managed/carry_over.h"

#include <doctest/doctest.h>

#include "support/zone_text.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::managed;  // NOLINT(google-build-using-namespace)
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kTail = " 15 2 60 20300101000000 20200101000000 1 example. AAAA";
const std::string kApex =
    "example. 60 SOA ns.example.net. mail.example. 7 2 3 4 5\nexample. 60 NS ns.example.net.\n";
const std::string kContent = kApex + "a.example. 60 MX 1 b.example.net.\na.example. 60 TXT t\n";
const std::string kSigned =
    kContent + "a.example. 60 RRSIG MX" + kTail + "\na.example. 60 RRSIG TXT" + kTail +
    "\na.example. 60 NSEC example. MX TXT RRSIG NSEC\na.example. 60 RRSIG NSEC" + kTail +
    "\nexample. 60 NSEC a.example. NS SOA RRSIG NSEC\nexample. 60 RRSIG SOA" + kTail + "\n";

CarriedOver carried(const std::string& before, const std::string& content) {
  return carry_over(zone_of(before), zone_of(content));
}

bool changed(const std::string& before, const std::string& content) {
  return carried(before, content).content_changed;
}

}  // namespace

TEST_CASE("carry_over: the same content is the same version, signatures and all") {
  const auto result = carried(kSigned, kContent);
  CHECK_FALSE(result.content_changed);
  CHECK(lines_of(result.change.after) == lines_of(zone_of(kSigned)));
  CHECK(result.change.after.names().root() == result.change.before.names().root());
}

TEST_CASE("carry_over: an RRset that changed loses its RRSIG, the others keep theirs") {
  const auto result = carried(kSigned, kApex +
                                           "a.example. 60 MX 1 c.example.net.\n"
                                           "a.example. 60 TXT t\n");
  CHECK(result.content_changed);
  CHECK(lines_at(result.change.after, "a.example.") ==
        std::vector<std::string>{"a.example. 60 MX 1 c.example.net.",
                                 "a.example. 60 NSEC example. MX TXT RRSIG NSEC",
                                 "a.example. 60 RRSIG NSEC" + kTail,
                                 "a.example. 60 RRSIG TXT" + kTail, "a.example. 60 TXT \"t\""});
}

TEST_CASE("carry_over: TTL, a record more or less, a type, a name: content changed") {
  CHECK(changed(kSigned, kApex + "a.example. 61 MX 1 b.example.net.\na.example. 60 TXT t\n"));
  CHECK(changed(kSigned, kContent + "a.example. 60 MX 2 b.example.net.\n"));
  CHECK(changed(kSigned, kContent + "a.example. 60 A 192.0.2.1\n"));
  CHECK(changed(kSigned, kApex + "a.example. 60 TXT t\n"));
  CHECK(changed(kSigned, kContent + "b.example. 60 A 192.0.2.1\n"));
  CHECK(changed(kSigned, kApex));
}

TEST_CASE("carry_over: another serial alone is no change of content, but the SOA is to be signed") {
  const auto content = "example. 60 SOA ns.example.net. mail.example. 8 2 3 4 5\n" +
                       kContent.substr(kContent.find('\n') + 1);
  const auto result = carried(kSigned, content);
  CHECK_FALSE(result.content_changed);
  for (const auto& line : lines_at(result.change.after, "example.")) {
    CHECK(line.find("RRSIG SOA") == std::string::npos);
  }
}

TEST_CASE("carry_over: case of owners and of names in RDATA is content, because it is served") {
  CHECK(changed(kSigned, kApex + "A.example. 60 MX 1 b.example.net.\nA.example. 60 TXT t\n"));
  CHECK(changed(kSigned, kApex + "a.example. 60 MX 1 B.example.net.\na.example. 60 TXT t\n"));
}

TEST_CASE("carry_over: an owner whose case changed keeps its signatures (RFC 4034 section 6.2)") {
  const auto result =
      carried(kSigned, kApex + "A.example. 60 MX 1 b.example.net.\nA.example. 60 TXT t\n");
  CHECK(lines_of(result.change.after) == lines_of(zone_of(kSigned)));
}

TEST_CASE("carry_over: a ZONEMD in both is the same, for its digest comes later") {
  const std::string zonemd = "example. 60 ZONEMD 7 1 1 ";
  const auto result =
      carried(kSigned + zonemd + std::string(96, '1') + "\nexample. 60 RRSIG ZONEMD" + kTail + "\n",
              kContent + zonemd + std::string(96, '0') + "\n");
  CHECK_FALSE(result.content_changed);
  CHECK(lines_of(result.change.after, "ZONEMD").at(0).find("1111") != std::string::npos);
  CHECK(changed(kSigned, kContent + zonemd + std::string(96, '0') + "\n"));
  CHECK(changed(kSigned + zonemd + std::string(96, '1') + "\n", kContent));
}

TEST_CASE("carry_over: NSEC3 records stay for the denial stage") {
  const auto signed_zone = zone_of(kContent +
                                   "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. 60 NSEC3 1 0 0 - "
                                   "2t7b4g4vsa5smi47k61mv5bv1a22bojr A\n");
  const auto result = carry_over(signed_zone, zone_of(kApex));
  CHECK(result.change.after.denial().size() == 1);
  CHECK(result.content_changed);
}
