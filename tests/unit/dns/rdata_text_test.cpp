#include "dns/rdata_text.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace danewerk;
using namespace danewerk::dns;

namespace {

RrType type(const char* mnemonic) {
  return type_from_text(mnemonic).value();
}

Name origin() {
  return *name_from_text("example.");
}

/// Text to octets to text.
std::string twice(const char* mnemonic, std::string_view text) {
  const Name base = origin();
  const NameView view = base;
  const auto wire = rdata_from_text(type(mnemonic), text, &view);
  if (!wire) return "error: " + wire.error().message();
  return rdata_to_text(type(mnemonic), *wire);
}

std::string wire_of(const char* mnemonic, std::string_view text) {
  const Name base = origin();
  const NameView view = base;
  const auto wire = rdata_from_text(type(mnemonic), text, &view);
  return wire ? to_hex(*wire) : "error: " + wire.error().message();
}

bool is_refused(const char* mnemonic, std::string_view text) {
  return wire_of(mnemonic, text).starts_with("error");
}

std::optional<RdataFault> fault_of(const char* mnemonic,
                                   const std::vector<std::string_view>& texts) {
  std::vector<RdataField> fields;
  fields.reserve(texts.size());
  for (const auto text : texts) fields.push_back({text, false});
  Bytes out;
  return parse_rdata(type(mnemonic), fields, nullptr, out);
}

}  // namespace

TEST_CASE("rdata_text: types of big zones come back as they were written") {
  CHECK(twice("A", "192.0.2.1") == "192.0.2.1");
  CHECK(twice("AAAA", "2001:DB8:0:0::1") == "2001:db8::1");
  CHECK(twice("NS", "ns1") == "ns1.example.");
  CHECK(twice("CNAME", "@") == "example.");
  CHECK(twice("DNAME", "Other.Example.") == "Other.Example.");
  CHECK(twice("MX", "10 mail") == "10 mail.example.");
  CHECK(twice("SRV", "0 5 25 mail") == "0 5 25 mail.example.");
  CHECK(twice("TXT", "plain \"two words\" \"q\\\" b\\\\ \\007\"") ==
        "\"plain\" \"two words\" \"q\\\" b\\\\ \\007\"");
  CHECK(twice("SOA", "ns hostmaster 1 1h 15m 2w 300") ==
        "ns.example. hostmaster.example. 1 3600 900 1209600 300");
  CHECK(twice("CAA", "0 issue \"ca.example; x=1\"") == "0 issue \"ca.example; x=1\"");
  CHECK(twice("TLSA", "3 1 1 0123 4567 89AB") == "3 1 1 0123456789ab");
  CHECK(twice("DS", "1 8 2 00ff") == "1 8 2 00ff");
  CHECK(twice("CDS", "0 0 0 00") == "0 0 0 00");
  CHECK(twice("CDNSKEY", "0 3 0 AA==") == "0 3 0 AA==");
  CHECK(twice("DNSKEY", "257 3 13 AQID BAUG") == "257 3 13 AQIDBAUG");
  CHECK(twice("SSHFP", "4 2 abcd") == "4 2 abcd");
  CHECK(twice("ZONEMD", "2018031500 1 1 00ff") == "2018031500 1 1 00ff");
  CHECK(twice("NSEC", "b A RRSIG NSEC TYPE1234") == "b.example. A RRSIG NSEC TYPE1234");
  CHECK(twice("NSEC3", "1 1 10 aabb 2vptu5timamqttgl4luu9kg21e0aor3s") ==
        "1 1 10 aabb 2vptu5timamqttgl4luu9kg21e0aor3s");
  CHECK(twice("NSEC3", "1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S MX A") ==
        "1 0 0 - 2vptu5timamqttgl4luu9kg21e0aor3s A MX");
  CHECK(twice("NSEC3PARAM", "1 0 0 -") == "1 0 0 -");
  CHECK(twice("RRSIG", "A 8 2 3600 20260101000000 20251201000000 12345 @ AQID") ==
        "A 8 2 3600 20260101000000 20251201000000 12345 example. AQID");
}

TEST_CASE("rdata_text: types that only ldns knows come back as they were written") {
  CHECK(twice("NAPTR", "100 50 \"s\" \"SIP+D2U\" \"!^(.*)$!sip:\\\\1@x!\" _sip._udp") ==
        "100 50 \"s\" \"SIP+D2U\" \"!^(.*)$!sip:\\\\1@x!\" _sip._udp.example.");
  CHECK(twice("HINFO", "PC \"a b\"") == "\"PC\" \"a b\"");
  CHECK(twice("URI", "10 1 \"https://example/\"") == "10 1 \"https://example/\"");
  CHECK(twice("CSYNC", "66 3 A NS AAAA") == "66 3 A NS AAAA");
  CHECK(twice("EUI48", "00-00-5e-00-53-2a") == "00-00-5e-00-53-2a");
  CHECK(twice("LP", "10 l64") == "10 l64.example.");
  CHECK(twice("RP", "admin txt") == "admin.example. txt.example.");
  CHECK(twice("AFSDB", "1 afs") == "1 afs.example.");
  CHECK(twice("LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m") ==
        "52 22 23.000 N 04 53 32.000 E -2m 0.00m 10000m 10m");
  CHECK(twice("APL", "1:192.0.2.0/24 !2:2001:db8::/32") ==
        "1:192.0.2.0/24 !2:2001:0db8:0000:0000:0000:0000:0000:0000/32");
  CHECK(twice("CERT", "1 0 0 AQID") == "PKIX 0 0 AQID");
  CHECK(twice("SMIMEA", "3 0 1 00ff") == "3 0 1 00ff");
  CHECK(twice("OPENPGPKEY", "AQID") == "AQID");
  CHECK(twice("IPSECKEY", "10 3 2 gw AQID") == "10 3 2 gw.example. AQID");
}

TEST_CASE("rdata_text: SvcParams are put in order of their keys (RFC 9460 section 2.2)") {
  CHECK(wire_of("SVCB", "1 foo port=53 alpn=\"h2,h3\"") ==
        wire_of("SVCB", "1 foo alpn=h2,h3 port=53"));
  CHECK(twice("HTTPS", "0 alias") == "0 alias.example.");
  CHECK(wire_of("HTTPS", "1 . ipv4hint=192.0.2.1") == "00010000040004c0000201");
}

TEST_CASE("rdata_text: any type can be written as RFC 3597 section 5 has it") {
  CHECK(wire_of("TYPE65280", "\\# 3 ab cd ef") == "abcdef");
  CHECK(twice("TYPE65280", "\\# 0") == "\\# 0");
  CHECK(twice("TYPE65280", "\\# 3 abcdef") == "\\# 3 abcdef");
  CHECK(twice("A", "\\# 4 c0000201") == "192.0.2.1");
  CHECK(twice("AMTRELAY", "\\# 2 0a00") == "\\# 2 0a00");
  CHECK(twice("HINFO", "\\# 4 01410142") == "\"A\" \"B\"");
  SUBCASE("but the octets of a known type must be its own") {
    CHECK(is_refused("A", "\\# 3 c00002"));
    CHECK(is_refused("NS", "\\# 2 c000"));
    CHECK(is_refused("MX", "\\# 4 000a0141"));
    CHECK(is_refused("HINFO", "\\# 3 014102"));
    CHECK(is_refused("NAPTR", "\\# 3 000100"));
  }
  SUBCASE("and their number must be right") {
    CHECK(is_refused("TYPE65280", "\\# 2 abcdef"));
    CHECK(is_refused("TYPE65280", "\\#"));
    CHECK(is_refused("TYPE65280", "\\# x"));
    CHECK(is_refused("TYPE65280", "\\# 1 a"));
    CHECK(is_refused("TYPE65280", "\\# 65536 00"));
  }
}

TEST_CASE("rdata_text: a type that ldns lacks says how to write it") {
  const auto fault = fault_of("AMTRELAY", {"10", "0", "0", "."});
  REQUIRE(fault);
  CHECK(fault->kind == RdataFault::Kind::kUnknownType);
  CHECK(fault->hint == "write: TYPE260 \\# OCTETS HEX");
}

TEST_CASE("rdata_text: a fault names the field") {
  CHECK(fault_of("MX", {"x", "mail."})->field == 0);
  CHECK(fault_of("MX", {"65536", "mail."})->field == 0);
  CHECK(fault_of("MX", {"10", "mail..example."})->field == 1);
  CHECK(fault_of("MX", {"10", "mail..example."})->name == NameFault::kEmptyLabel);
  CHECK(fault_of("MX", {"10", "mail"})->name == NameFault::kNoOrigin);
  CHECK(fault_of("MX", {"10"})->field == 1);
  CHECK(fault_of("MX", {"10", "mail.", "more"})->field == 2);
  CHECK(fault_of("TXT", {"fine", "bad\\"})->field == 1);
  CHECK(fault_of("TXT", {"fine", "bad\\256"})->kind == RdataFault::Kind::kEscape);
  CHECK(fault_of("TXT", {std::string(256, 'x')})->field == 0);
  CHECK(fault_of("NSEC", {"b.", "A", "NOTYPE"})->field == 2);
  CHECK(fault_of("NAPTR", {"1", "1", "s", "s", "s", "relative"})->name == NameFault::kNoOrigin);
}

TEST_CASE("rdata_text: what is nearly right is refused") {
  CHECK(is_refused("A", "192.0.2"));
  CHECK(is_refused("A", "192.0.2.256"));
  CHECK(is_refused("A", "192.0.2.01"));
  CHECK(is_refused("A", "192.0.2.1.5"));
  CHECK(is_refused("AAAA", "2001:db8"));
  CHECK(is_refused("AAAA", "2001:db8::1%eth0"));
  CHECK(is_refused("TLSA", "3 1 1"));
  CHECK(is_refused("TLSA", "3 1 1 abc"));
  CHECK(is_refused("TLSA", "3 1 256 ab"));
  CHECK(is_refused("DNSKEY", "257 3 8 A"));
  CHECK(is_refused("CAA", "0 is-sue \"x\""));
  CHECK(is_refused("RRSIG", "A 8 2 3600 20260230000000 20251201000000 1 @ AQID"));
  CHECK(is_refused("RRSIG", "A 8 2 3600 21070101000000 20251201000000 1 @ AQID"));
  CHECK(is_refused("SOA", "ns hostmaster 1 1h 15x 2w 300"));
  CHECK(is_refused("HINFO", "one"));
  CHECK(is_refused("HINFO", "one two three"));
  CHECK(is_refused("URI", "10 1"));
  CHECK(is_refused("RP", "admin txt more"));
}

TEST_CASE("rdata_text: mnemonics in number fields go to ldns (RFC 4034 section 3.2, RFC 7218)") {
  CHECK(twice("RRSIG", "A RSASHA256 2 3600 20260101000000 20251201000000 1 @ AQID") ==
        "A 8 2 3600 20260101000000 20251201000000 1 example. AQID");
  CHECK(twice("DNSKEY", "257 3 ED25519 AQID") == "257 3 15 AQID");
  CHECK(twice("NSEC", "b CAA A") == "b.example. A CAA");
}

TEST_CASE("rdata_text: RDATA holds at most 65,535 octets (RFC 1035 section 3.2.1)") {
  const std::string fits = "1 1 1 " + std::string(2 * (65535 - 3), 'a');
  CHECK(wire_of("TLSA", fits).size() == 2 * 65535);
  CHECK(fault_of("TLSA", {"1", "1", "1", fits.substr(6) + "aa"})->kind ==
        RdataFault::Kind::kTooLong);
  CHECK(fault_of("CERT", {"1", "0", "0", std::string(80'000, 'A')})->kind ==
        RdataFault::Kind::kTooLong);
}

TEST_CASE("rdata_text: octets that are no RDATA of their type are printed as unknown ones") {
  CHECK(rdata_to_text(type("A"), as_bytes("abc")) == "\\# 3 616263");
  CHECK(rdata_to_text(type("HINFO"), as_bytes("\1a\2b")) == "\\# 4 01610262");
  CHECK(rdata_to_text(type("NSEC"), as_bytes(std::string_view("\0\0\1\0", 4))) == "\\# 4 00000100");
}
