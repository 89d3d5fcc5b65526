#include "tlsa/lint_set.h"

#include <doctest/doctest.h>

#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

/// A mail host with nothing wrong.
struct Site {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  TestCertificate other = authority.server();
  Chain chain = chain_of({&leaf, &authority.issuer});
  Chain other_chain = chain_of({&other, &authority.issuer});
  RecordSet set{.owner = test::good(owner_from_text("_25._tcp.mx1.example.org")),
                .associations = {record("3 1 1", leaf), record("2 1 1", authority.issuer)},
                .ttl = std::chrono::hours(1),
                .names = {"mx1.example.org."},
                .served = {&chain},
                .now = kCertificateTime};
  Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site() = default;

  [[nodiscard]] std::uint64_t count(std::string_view id) const { return lint_set(set).count(id); }
};

TEST_CASE("lint set: good records have nothing against them") {
  Site site;
  CHECK(lint_set(site.set).empty());
  site.set.is_renewed_by_machine = site.set.keeps_key = site.set.has_standby = Known::kYes;
  site.set.is_mail_host = site.set.has_good_denial = Known::kYes;
  site.set.own_keys = {key_digest_of(site.leaf)};
  site.set.endpoints = {{"192.0.2.1", Known::kYes, &site.chain, true}};
  site.set.siblings = {{"mx2.example.org", {record("3 1 1", site.other)}, true}};
  CHECK(lint_set(site.set).empty());
}

TEST_CASE("lint set: what a record says by itself") {
  Site site;
  site.set.served.clear();
  site.set.is_renewed_by_machine = Known::kYes;
  const auto with = [&](std::string_view text, const TestCertificate& certificate) {
    site.set.associations = {record(text, certificate)};
    return lint_set(site.set);
  };
  CHECK(with("3 0 1", site.leaf).count("TLSA-D01") == 1);
  CHECK(with("2 1 0", site.authority.issuer).count("TLSA-D05") == 1);
  CHECK(with("2 0 0", site.authority.issuer).count("TLSA-D05") == 1);
  CHECK(with("3 1 0", site.leaf).count("TLSA-FULL") == 1);
  CHECK(with("3 1 2", site.leaf).count("TLSA-D06") == 1);
  CHECK(with("1 1 1", site.leaf).count("TLSA-D07") == 1);
  CHECK(with("3 1 1", site.leaf).empty());
  site.set.associations = {record("3 1 1", site.leaf), record("3 1 2", site.leaf),
                           record("3 1 1", site.leaf)};
  CHECK(lint_set(site.set).count("TLSA-D06") == 0);
  CHECK(lint_set(site.set).count("TLSA-DUPLICATE") == 1);
  site.set.associations = {
      {combination("3 1 1"),
       *from_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")}};
  CHECK(lint_set(site.set).count("TLSA-EMPTY-DIGEST") == 1);
}

TEST_CASE("lint set: values under the wrong usage") {
  Site site;
  site.set.associations = {record("3 1 1", site.leaf), record("3 1 1", site.authority.issuer)};
  CHECK(site.count("TLSA-USAGE-MIXED-UP") == 1);
  site.set.associations = {record("3 1 1", site.leaf), record("2 1 1", site.leaf)};
  CHECK(site.count("TLSA-USAGE-MIXED-UP") == 1);
}

TEST_CASE("lint set: anchors that are not sent, and certificates that no record matches") {
  Site site;
  site.set.associations = {record("3 1 1", site.leaf), record("2 1 1", site.authority.root)};
  CHECK(site.count("TLSA-D03") == 1);
  site.set.associations = {record("3 1 1", site.other)};
  CHECK(site.count("TLSA-D10") == 1);
  site.set.served = {&site.chain, &site.other_chain};
  CHECK(site.count("TLSA-D09") == 1);
  CHECK(site.count("TLSA-D10") == 0);
}

TEST_CASE("lint set: an expired certificate is a warning under usage 3") {
  Site site;
  site.set.associations = {record("3 1 1", site.leaf)};
  site.set.now = kCertificateTime + std::chrono::days(61);
  CHECK(site.count("TLSA-D18") == 1);
  CHECK_FALSE(lint_set(site.set).has_errors());
}

TEST_CASE("lint set: dates and names count under usage 2 (RFC 7671 section 5.2)") {
  Site site;
  site.set.now = kCertificateTime + std::chrono::days(61);
  CHECK(site.count("TLSA-EXPIRED") == 1);
  CHECK(lint_set(site.set).has_errors());
  site.set.now = kCertificateTime;
  site.set.names = {"mx2.example.org"};
  CHECK(site.count("TLSA-NAME") == 1);
  site.set.associations = {record("3 1 1", site.leaf)};
  CHECK(lint_set(site.set).empty());
}

TEST_CASE("lint set: issuers that may be next, and roots") {
  Site site;
  const auto entry = [](const TestCertificate& certificate, std::string name,
                        model::IssuerRole role) {
    return model::Issuer{.name = std::move(name),
                         .authority = "Tests",
                         .role = role,
                         .family = model::KeyFamily::kEcdsa,
                         .key_digest = key_digest_of(certificate),
                         .pem = certificate.pem()};
  };
  auto read =
      Catalogue::make({entry(site.authority.issuer, "One", model::IssuerRole::kIssuer),
                       entry(site.authority.second_issuer, "Two", model::IssuerRole::kIssuer),
                       entry(site.authority.root, "Root", model::IssuerRole::kRoot)});
  REQUIRE(read.findings.empty());
  site.set.catalogue = &read.catalogue;
  CHECK(site.count("TLSA-D04") == 1);
  CHECK(site.count("TLSA-D17") == 0);
  site.set.associations.push_back(record("2 1 1", site.authority.second_issuer));
  CHECK(site.count("TLSA-D04") == 0);
  site.set.associations = {record("3 1 1", site.leaf), record("3 1 1", site.authority.issuer)};
  CHECK(site.count("TLSA-USAGE-MIXED-UP") >= 1);
  site.set.associations = {record("3 1 1", site.leaf), record("2 1 1", site.authority.issuer)};
  const auto whole = chain_of({&site.leaf, &site.authority.issuer, &site.authority.root});
  site.set.served = {&whole};
  site.set.associations = {record("3 1 1", site.leaf), record("2 1 1", site.authority.root)};
  CHECK(site.count("TLSA-D04") == 0);
  CHECK(site.count("TLSA-D17") == 1);
}

TEST_CASE("lint set: issuers whose time is over") {
  Site site;
  model::Issuer entry{.name = "One",
                      .authority = "Tests",
                      .family = model::KeyFamily::kEcdsa,
                      .key_digest = key_digest_of(site.authority.issuer),
                      .pem = site.authority.issuer.pem()};
  const auto findings = [&](model::IssuerState state) {
    entry.state = state;
    const auto read = Catalogue::make({entry});
    REQUIRE(read.findings.empty());
    site.set.catalogue = &read.catalogue;
    auto found = lint_set(site.set);
    site.set.catalogue = nullptr;
    return found;
  };
  CHECK(findings(model::IssuerState::kActive).empty());
  CHECK(findings(model::IssuerState::kBackup).empty());
  CHECK(findings(model::IssuerState::kRetired).count("TLSA-ISSUER-RETIRED") == 1);
  CHECK(findings(model::IssuerState::kExpired).count("TLSA-ISSUER-RETIRED") == 1);
  CHECK(findings(model::IssuerState::kRevoked).count("TLSA-ISSUER-REVOKED") == 1);
  CHECK(findings(model::IssuerState::kStaging).count("TLSA-ISSUER-REVOKED") == 1);
}

TEST_CASE("lint set: what was seen of the service") {
  Site site;
  site.set.endpoints = {{"192.0.2.1", Known::kNo, nullptr, true},
                        {"192.0.2.2", Known::kYes, &site.other_chain, false}};
  site.set.associations = {record("3 1 1", site.leaf)};
  CHECK(site.count("TLSA-D08") == 1);
  CHECK(site.count("TLSA-D10") == 1);
  CHECK(site.count("TLSA-D16") == 1);
  site.set.endpoints.clear();
  site.set.siblings = {{"mx2.example.org", {}, false},
                       {"mx3.example.org", site.set.associations, true}};
  CHECK(site.count("TLSA-D09") == 1);
  CHECK(site.count("TLSA-D13") == 1);
}

TEST_CASE("lint set: how it is run") {
  Site site;
  site.set.keeps_key = site.set.has_standby = Known::kNo;
  site.set.is_mail_host = site.set.has_good_denial = Known::kNo;
  site.set.ttl = std::chrono::hours(2);
  CHECK(site.count("TLSA-D02") == 1);
  CHECK(site.count("TLSA-D11") == 1);
  CHECK(site.count("TLSA-D12") == 1);
  CHECK(site.count("TLSA-D14") == 1);
  site.set.own_keys = {Bytes(32, 7)};
  site.set.associations = {record("3 1 1", site.leaf), record("3 1 1", site.other)};
  CHECK(site.count("TLSA-D15") == 1);
}

}  // namespace
}  // namespace danewerk::tlsa
