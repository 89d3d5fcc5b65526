#include "sign/rrsig.h"

#include <set>

#include <doctest/doctest.h>

#include "support/signed_zone.h"
#include "verify/verify.h"

using namespace danewerk;           // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::support;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kHead =
    "$ORIGIN example.\n$TTL 3600\n@ SOA ns.example.net. mail 1 2 3 4 300\n@ NS ns.example.net.\n";

constexpr const char* kDs =
    " DS 4711 8 2 0000000000000000000000000000000000000000000000000000000000000000\n";

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> out(1);
  for (const char c : line) {
    if (c == ' ') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

/// "owner type" of all that is signed, hashed owners as "#".
std::set<std::string> signed_rrsets(const dns::Zone& zone) {
  std::set<std::string> out;
  for (const auto& line : lines_of(zone, "RRSIG")) {
    const auto part = words(line);
    out.insert((part[3] == "NSEC3" ? "#" : part[0]) + " " + part[3]);
  }
  return out;
}

/// The words of the RRSIG of a type at a name: 3 type, 4 algorithm, 5 labels, 6 original TTL, 7
/// expiration, 8 inception, 9 tag, 10 signer.
std::vector<std::string> rrsig_at(const dns::Zone& zone, const std::string& owner,
                                  const std::string& type) {
  for (const auto& line : lines_at(zone, owner)) {
    const auto part = words(line);
    if (part[2] == "RRSIG" && part[3] == type) return part;
  }
  FAIL("no RRSIG for " << type << " at " << owner);
  return {};
}

}  // namespace

TEST_CASE("rrsig: labels count neither the root nor an asterisk (RFC 4034 section 3.1.3)") {
  const auto zone = signed_zone(zone_of(kHead + "*.w A 192.0.2.1\na.*.w TXT t\n"), ed25519_keys());
  CHECK(rrsig_at(zone, "example.", "SOA")[5] == "1");
  CHECK(rrsig_at(zone, "*.w.example.", "A")[5] == "2");
  CHECK(rrsig_at(zone, "a.*.w.example.", "TXT")[5] == "4");
}

TEST_CASE("rrsig: original TTL and own TTL are those of the RRset (RFC 4034 section 3)") {
  const auto zone = signed_zone(zone_of(kHead + "a 77 A 192.0.2.1\n"), ed25519_keys());
  const auto rrsig = rrsig_at(zone, "a.example.", "A");
  CHECK(rrsig[1] == "77");
  CHECK(rrsig[6] == "77");
  CHECK(rrsig_at(zone, "example.", "NSEC3PARAM")[1] == "0");
}

TEST_CASE("rrsig: inception lies back by the offset, expiration ahead by the validity") {
  const auto rrsig = rrsig_at(signed_zone(zone_of(kHead), ed25519_keys()), "example.", "SOA");
  CHECK(rrsig[8] == "20251231230000");
  CHECK(rrsig[7] == "20260131000000");
  CHECK(rrsig[9] == "11784");
  CHECK(rrsig[10] == "example.");
}

TEST_CASE("rrsig: KSKs sign DNSKEY, CDS and CDNSKEY (RFC 7344 section 4.1), ZSKs the rest") {
  const auto zone =
      signed_zone(zone_of(kHead + "@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n"), ed25519_keys());
  for (const auto& line : lines_of(zone, "RRSIG")) {
    const auto part = words(line);
    const bool by_ksk = part[3] == "DNSKEY" || part[3] == "CDS" || part[3] == "CDNSKEY";
    CHECK_MESSAGE(part[9] == (by_ksk ? "31945" : "11784"), line);
  }
}

TEST_CASE(
    "rrsig: at a delegation DS and NSEC are signed, glue and NS are not (RFC 4035 section 2.2)") {
  const auto content = zone_of(kHead + "a A 192.0.2.1\ni NS ns.i\nns.i A 192.0.2.1\ns NS ns.s\n" +
                               "ns.s A 192.0.2.1\ns" + kDs);
  CHECK(signed_rrsets(signed_zone(content, ed25519_keys())) ==
        std::set<std::string>{"example. SOA", "example. NS", "example. DNSKEY",
                              "example. NSEC3PARAM", "a.example. A", "s.example. DS", "# NSEC3"});
  CHECK(signed_rrsets(signed_zone(content, ed25519_keys(), {.kind = model::DenialKind::kNsec})) ==
        std::set<std::string>{"example. SOA", "example. NS", "example. DNSKEY", "example. NSEC",
                              "a.example. A", "a.example. NSEC", "i.example. NSEC", "s.example. DS",
                              "s.example. NSEC"});
}

TEST_CASE("rrsig: what is below a DNAME is not signed, the DNAME is") {
  auto content = zone_of(kHead + "d DNAME example.net.\n");
  content = with(content, "x.d.example.", dns::RrType::kA, "192.0.2.1");
  const auto all = signed_rrsets(signed_zone(content, ed25519_keys()));
  CHECK(all.contains("d.example. DNAME"));
  CHECK_FALSE(all.contains("x.d.example. A"));
}

TEST_CASE("rrsig: case of owner and of names in RDATA is not signed (RFC 4034 section 6.2)") {
  const auto lower = signed_zone(zone_of(kHead + "a MX 1 mx.example.\n"), ed25519_keys());
  const auto upper = signed_zone(zone_of(kHead + "A MX 1 MX.Example.\n"), ed25519_keys());
  CHECK(lines_of(lower, "RRSIG") == lines_of(upper, "RRSIG"));
  CHECK(lines_of(lower, "MX") != lines_of(upper, "MX"));
}

TEST_CASE("rrsig: expirations spread over names and types, the same way each time") {
  std::string text = kHead;
  for (int i = 0; i < 50; ++i) text += "h" + std::to_string(i) + " A 192.0.2.1\n";
  const auto zone = prepared(zone_of(text), ed25519_keys());
  auto spread = policy();
  spread.spread = std::chrono::days(10);
  const auto sign = [&] {
    return test::good(sign::sign_change({dns::Zone(zone.apex()), zone}, ed25519_keys(),
                                        {.policy = spread}))
        .zone;
  };
  const auto first = sign();
  std::set<std::string> expirations;
  for (const auto& line : lines_of(first, "RRSIG")) expirations.insert(words(line)[7]);
  CHECK(expirations.size() > 50);
  CHECK(*expirations.begin() >= "20260121000000");
  CHECK(*expirations.rbegin() <= "20260131000000");
  CHECK(*expirations.begin() < "20260123000000");   // over the whole span,
  CHECK(*expirations.rbegin() > "20260129000000");  // not just a part of it
  CHECK(lines_of(first) == lines_of(sign()));
}

TEST_CASE("rrsig: our verifier accepts what every algorithm signs, NSEC3 and NSEC") {
  const auto content = zone_of(kHead + "a A 192.0.2.1\nx.y.z TXT t\n*.w MX 1 a\ni NS ns.i\n" +
                               "ns.i A 192.0.2.1\ns NS ns.s\nns.s A 192.0.2.1\ns" + kDs);
  for (const std::string name : {"rsa2048", "rsa2048-sha512", "p256", "p384", "ed25519", "ed448"}) {
    const auto keys = signing_keys({name + "-ksk-1", name + "-zsk-1"});
    for (const auto kind : {model::DenialKind::kNsec3, model::DenialKind::kNsec}) {
      const auto report = verify::verify_zone(signed_zone(content, keys, {.kind = kind}),
                                              {.at = new_year(), .ds = {}});
      std::string findings;
      for (const auto& finding : report.findings.list()) findings += to_text(finding) + "\n";
      CHECK_MESSAGE(findings.empty(), name, ": ", findings);
    }
  }
}

TEST_CASE("rrsig: with two algorithms every RRset has a signature of each") {
  const auto zone =
      signed_zone(zone_of(kHead + "a A 192.0.2.1\n"),
                  signing_keys({"p256-ksk-1", "p256-zsk-1", "ed25519-ksk-1", "ed25519-zsk-1"}));
  CHECK(lines_of(zone, "RRSIG").size() == 2 * signed_rrsets(zone).size() + 2);  // two NSEC3
  CHECK(verify::verify_zone(zone, {.at = new_year(), .ds = {}}).is_good());
}
