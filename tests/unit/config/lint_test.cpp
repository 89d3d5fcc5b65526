#include "config/lint.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "unit/config/read_text.h"

namespace danewerk::config {

using std::chrono::days;
using std::chrono::hours;

namespace {

constexpr std::size_t kOwner = 13;  // example.org.
const ZoneFacts kQuiet{.soa_expire = days(14), .largest_ttl = hours(1), .owner_octets = kOwner};

model::Policy ecdsa() {
  model::Policy policy;
  policy.algorithm = crypto::Algorithm::kEcdsaP256;
  return policy;
}

Findings lint(const model::Policy& policy, const ZoneFacts& facts = kQuiet) {
  return lint_content({.name = "example.org."}, policy, facts);
}

/// The only finding.
Finding only(const Findings& findings) {
  for (const auto& finding : findings.list()) INFO(danewerk::to_text(finding));
  REQUIRE(findings.list().size() == 1);
  return findings.list()[0];
}

}  // namespace

TEST_CASE("lint: the defaults on a usual zone have nothing to complain about but size") {
  CHECK(lint(ecdsa()).empty());
  CHECK(only(lint(model::Policy())).id == "POLICY-DNSKEY-FRAGMENTS");
  CHECK(only(lint(model::Policy())).level == Level::kInfo);
}

TEST_CASE("lint: refresh must be more than the largest TTL, the propagation delay and a day") {
  auto policy = ecdsa();
  const ZoneFacts facts{.soa_expire = hours(1), .largest_ttl = hours(3), .owner_octets = kOwner};
  policy.signatures.refresh = hours(3 + 1 + 24);
  const auto found = only(lint(policy, facts));
  CHECK(found.id == "POLICY-REFRESH-SHORT");
  CHECK(found.level == Level::kError);
  CHECK(found.owner == "example.org.");
  CHECK(found.hint == "set refresh to more than 1d4h, and validity to 3d or more");
  policy.signatures.refresh = hours(3 + 1 + 24) + seconds(1);
  CHECK(lint(policy, facts).empty());
}

TEST_CASE("lint: validity less spread must be more than refresh") {
  auto policy = ecdsa();
  policy.signatures.refresh = days(20);
  policy.signatures.spread = days(10);
  const auto found = only(lint(policy));
  CHECK(found.id == "POLICY-VALIDITY-SHORT");
  CHECK(found.level == Level::kError);
  policy.signatures.spread = days(10) - seconds(1);
  CHECK(lint(policy).empty());
}

TEST_CASE("lint: what is said of DNSKEY alone is held to the same rules") {
  auto policy = ecdsa();
  policy.signatures.dnskey_validity = days(10);
  CHECK(only(lint(policy)).id == "POLICY-VALIDITY-SHORT");
  policy.signatures.dnskey_refresh = days(3);
  CHECK(lint(policy).empty());
  policy.signatures.dnskey_refresh = days(1);
  CHECK(only(lint(policy)).id == "POLICY-REFRESH-SHORT");
}

TEST_CASE("lint: an EXPIRE beyond refresh less TTL and propagation delay is a warning") {
  auto policy = ecdsa();
  policy.signatures.refresh = days(10);
  ZoneFacts facts = kQuiet;
  facts.soa_expire = days(10) - hours(2);
  CHECK(lint(policy, facts).empty());
  facts.soa_expire += seconds(1);
  const auto found = only(lint(policy, facts));
  CHECK(found.id == "POLICY-EXPIRE-LONG");
  CHECK(found.level == Level::kWarning);
  CHECK(found.hint.find("set EXPIRE to 9d22h,") == 0);
}

TEST_CASE("lint: the validity that the hint names is one that EXPIRE fits into") {
  for (const int expire : {21, 28, 42, 100}) {
    auto policy = ecdsa();
    ZoneFacts facts = kQuiet;
    facts.soa_expire = days(expire);
    const auto found = only(lint(policy, facts));
    CHECK(found.id == "POLICY-EXPIRE-LONG");
    const auto text = found.hint.substr(found.hint.rfind(' ') + 1);
    policy.signatures.validity = parse_duration(text).value_or(seconds(0));
    CHECK_MESSAGE(lint(policy, facts).empty(), found.hint);
  }
}

TEST_CASE("lint: a lifetime shorter than the roll takes is a warning") {
  auto policy = ecdsa();
  // 1 h TTL and 1 h delay: publish 2 h, sign and expire 2 h, remove 2 h.
  policy.zsk.lifetime = hours(6);
  CHECK(only(lint(policy)).id == "POLICY-LIFETIME-SHORT");
  policy.zsk.lifetime = hours(6) + seconds(1);
  CHECK(lint(policy).empty());
  // Child 2 h, parent 25 h, child 2 h.
  policy.ksk.lifetime = hours(29);
  CHECK(only(lint(policy)).message == "a KSK lives 1d5h, and to roll it takes 1d5h");
  policy.ksk_roll = model::KskRoll::kDoubleDs;
  policy.ksk.lifetime = hours(52);
  CHECK(only(lint(policy)).id == "POLICY-LIFETIME-SHORT");
  policy.ksk.lifetime = hours(53);
  CHECK(lint(policy).empty());
}

TEST_CASE("lint: a TTL above the policy's limit is a warning") {
  auto policy = ecdsa();
  policy.max_zone_ttl = hours(1);
  CHECK(lint(policy).empty());
  policy.max_zone_ttl = hours(1) - seconds(1);
  CHECK(only(lint(policy)).id == "POLICY-TTL-ABOVE-LIMIT");
}

TEST_CASE("lint: a DNSKEY answer over 4096 octets is a warning, over 1232 an info") {
  model::Policy policy;
  policy.ksk.bits = 4096;
  policy.zsk.bits = 4096;
  const auto found = only(lint(policy));
  CHECK(found.id == "POLICY-DNSKEY-FRAGMENTS");
  policy.standby_ksks = 1;
  policy.standby_zsks = 2;
  CHECK(only(lint(policy)).id == "POLICY-DNSKEY-LARGE");
  CHECK(only(lint(policy)).level == Level::kWarning);
}

TEST_CASE("lint: the DNSKEY answer has the octets that the RFCs give its parts") {
  // Header 12, question 13 + 4, OPT 11; a key 12 + 4 + 4 + 256 (RFC 3110), a signature
  // 12 + 18 + 13 + 256.
  const auto rsa = project_dnskey_answers(model::Policy(), kOwner);
  REQUIRE(rsa.size() == 4);
  CHECK(rsa[0].octets == 40 + 2 * 276 + 299);
  CHECK(rsa[1].octets == 40 + 3 * 276 + 299);
  CHECK(rsa[2].octets == 40 + 3 * 276 + 2 * 299);
  CHECK(rsa[3].octets == 40 + 4 * 276 + 2 * 299);
  auto policy = ecdsa();
  CHECK(project_dnskey_answers(policy, kOwner)[0].octets == 40 + 2 * 80 + 107);
  policy.algorithm = crypto::Algorithm::kEd25519;
  CHECK(project_dnskey_answers(policy, kOwner)[0].octets == 40 + 2 * 48 + 107);
  policy.algorithm = crypto::Algorithm::kEd448;
  CHECK(project_dnskey_answers(policy, kOwner)[0].octets == 40 + 2 * 73 + 157);
  policy = ecdsa();
  policy.has_csk = true;
  CHECK(project_dnskey_answers(policy, kOwner)[1].octets == 40 + 2 * 80 + 2 * 107);
  policy = ecdsa();
  policy.ksk_roll = model::KskRoll::kDoubleDs;
  CHECK(project_dnskey_answers(policy, kOwner)[2].octets == 40 + 2 * 80 + 107);
}

TEST_CASE("lint: an unsigned zone has nothing to renew") {
  auto policy = ecdsa();
  policy.is_unsigned = true;
  policy.signatures.refresh = seconds(1);
  CHECK(lint(policy).empty());
}

TEST_CASE("lint: iterations, serial keep and secondaries without TSIG are warnings") {
  const auto config = good_config(R"(policies:
  default: {denial: {iterations: 1}, serial: keep}
  other: {}
zones:
  example.org: {file: z, secondaries: [{address: 192.0.2.1}, {address: 192.0.2.2, tsig: k}]}
tsig: {k: {secret-file: s}}
)");
  const auto findings = lint_config(config);
  CHECK(findings.count("POLICY-NSEC3-ITERATIONS") == 1);
  CHECK(findings.count("POLICY-SERIAL-KEEP") == 1);
  CHECK(findings.count("POLICY-NO-TSIG") == 1);
  CHECK(findings.count("POLICY-UNUSED") == 1);
  CHECK(findings.count(Level::kWarning) == 3);
  CHECK(findings.list()[0].message.find("192.0.2.1@53") != std::string::npos);
  for (const auto& finding : findings.list()) CHECK(finding.place.line > 0);
}

TEST_CASE("lint: a TTL of TLSA records above an hour wants a standby key") {
  const auto lint_of = [](std::string_view keys) {
    return lint_config(good_config(
        fmt::format("certificates: {{m: {{certificate: c, services: [a:25/smtp], {}}}}}", keys)));
  };
  CHECK(lint_of("ttl: 1h").empty());
  const auto found = only(lint_of("ttl: 3601"));
  CHECK(found.id == "TLSA-D14");
  CHECK(found.level == Level::kWarning);
  CHECK(found.owner == "m");
  CHECK(found.place.line == 1);
  CHECK(lint_of("ttl: 1d, key-policy: next").empty());
}

TEST_CASE("lint: records that lean on the authority alone are told (RFC 7671 section 5.2)") {
  const auto lint_of = [](std::string_view records) {
    return lint_config(good_config(
        fmt::format("certificates: {{m: {{certificate: c, services: [a:25/smtp], key-policy: any,\n"
                    "records: [{}]}}}}",
                    records)));
  };
  CHECK(lint_of("3 1 1, 2 1 1").empty());
  const auto alone = only(lint_of("2 1 1"));
  CHECK(alone.id == "CONFIG-ISSUER-ONLY");
  CHECK(alone.level == Level::kWarning);
  CHECK(alone.owner == "m");
  CHECK(alone.place.line == 1);
  CHECK(alone.hint.find("CAA") != std::string::npos);
  const auto selector = only(lint_of("3 1 1, 2 0 1"));
  CHECK(selector.id == "CONFIG-ISSUER-SELECTOR");
  CHECK(selector.level == Level::kWarning);
  CHECK(selector.hint.find("'2 1 1'") == 0);
  CHECK(lint_of("2 0 1").count("CONFIG-ISSUER-ONLY") == 1);
  CHECK(lint_of("2 0 1").count("CONFIG-ISSUER-SELECTOR") == 1);
}

TEST_CASE("lint: what makes the gates of a certificate less careful is told") {
  const auto lint_of = [](std::string_view keys) {
    return lint_config(good_config(
        fmt::format("certificates: {{m: {{certificate: c, services: [a:25/smtp], {}}}}}", keys)));
  };
  for (const auto* keys : {"ttl-factor: 1", "margin: 59s", "gate: relaxed", "ttl: 0",
                           "key-policy: any, records: [3 1 1, 2 1 1], new-key: at-once"}) {
    INFO(keys);
    const auto found = only(lint_of(keys));
    CHECK(found.id == "CONFIG-LESS-CARE");
    CHECK(found.level == Level::kWarning);
    CHECK(found.owner == "m");
  }
  CHECK(lint_of("ttl-factor: 10, margin: 1d, gate: strict, new-key: announced, rollback: 0s")
            .empty());
}

TEST_CASE("lint: what a certificate's configuration asks for in vain is told") {
  const auto lint_of = [](std::string_view zone, std::string_view keys) {
    return lint_config(
        good_config(fmt::format("zones: {{{}: {{file: z}}}}\n"
                                "certificates: {{m: {{certificate: c, services: "
                                "[a.example.org:25/smtp, b.net:25/smtp]{}}}}}",
                                zone, keys)));
  };
  const auto unused = [&](std::string_view zone, std::string_view keys) {
    return lint_of(zone, keys).count("CONFIG-UNUSED");
  };
  CHECK(unused("example.org", "") == 0);
  CHECK(unused("example.org", ", update: print") == 0);  // for the host in b.net
  CHECK(unused("example.com", ", update: print") == 0);
  CHECK(unused("net: {file: n}, a.example.org", ", update: print") == 1);
  CHECK(unused("example.org", ", next-key: manual, key-policy: next") == 0);
  CHECK(unused("example.org", ", next-key: manual") == 1);
}

TEST_CASE("lint: records that break with each renewal, or that not every client knows") {
  const auto ids_of = [](std::string_view records) {
    std::string ids;
    const auto findings = lint_config(good_config(fmt::format(
        "certificates: {{m: {{certificate: c, services: [a:25/smtp], records: [{}]}}}}", records)));
    for (const auto& finding : findings.list()) {
      CHECK(finding.level == Level::kWarning);
      ids += std::string(finding.id) + " ";
    }
    return ids;
  };
  CHECK(ids_of("3 1 1, 2 1 1, 3 1 2") == "");
  CHECK(ids_of("3 0 1") == "TLSA-D01 ");
  CHECK(ids_of("3 1 2") == "TLSA-D06 ");
  CHECK(ids_of("3 1 1, 2 1 2") == "TLSA-D06 ");
  CHECK(ids_of("3 0 2") == "TLSA-D01 TLSA-D06 ");
}

TEST_CASE("lint: certificates of one owner with other records wait for each other") {
  const auto lint_of = [](std::string_view first, std::string_view second) {
    return lint_config(good_config(
        fmt::format("certificates:\n"
                    "  ecdsa: {{certificate: c, services: [a:25/smtp, b:25/smtp], records: [{}]}}\n"
                    "  rsa: {{certificate: d, services: [b:25/smtp, a:25/smtp], records: [{}]}}\n",
                    first, second)));
  };
  CHECK(lint_of("3 1 1, 2 1 1", "2 1 1, 3 1 1").empty());
  const auto found = only(lint_of("3 1 1, 2 1 1", "3 1 1"));
  CHECK(found.id == "CONFIG-RECORDS-DIFFER");
  CHECK(found.level == Level::kWarning);
  CHECK(found.place.line == 3);
  CHECK(found.message.find("'ecdsa'") != std::string::npos);
  CHECK(found.message.find("'rsa'") != std::string::npos);
  CHECK(found.message.find("ROLL-TLSA-NEIGHBOUR") != std::string::npos);
}

}  // namespace danewerk::config
