#include "tlsa/catalogue.h"

#include <doctest/doctest.h>

#include "config/issuers.h"
#include "support/scoped_folder.h"
#include "unit/tlsa/catalogue_site.h"
#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

using model::IssuerRole;
using model::IssuerState;
using model::KeyFamily;

/// Between the day the shipped file speaks of and the first expiry in it.
constexpr sys_seconds kShippedTime = std::chrono::sys_days(std::chrono::year(2026) / 8 / 1);

const Catalogue& shipped() {
  static const Catalogue catalogue = [] {
    const Path file = std::string(DW_TESTS_DIR) + "/../contrib/issuers/letsencrypt.yaml";
    auto read = config::read_issuers_text(support::text_of(file), file);
    REQUIRE(read.findings.empty());
    auto made = Catalogue::make(std::move(read.issuers));
    for (const auto& finding : made.findings.list()) MESSAGE(to_text(finding));
    REQUIRE(made.findings.empty());
    return std::move(made.catalogue);
  }();
  return catalogue;
}

const KnownIssuer& named(const std::string& name) {
  for (const auto& issuer : shipped().issuers()) {
    if (issuer.entry.name == name) return issuer;
  }
  FAIL("no such issuer: " << name);
  return shipped().issuers().front();
}

Association pin(const KnownIssuer& issuer, std::string_view text = "2 1 1") {
  const auto parsed = combination(text);
  return {parsed, own_association_data(issuer.block, parsed.selector, parsed.matching)};
}

TEST_CASE("catalogue: the shipped issuers have the keys that were published for them") {
  struct Row {
    const char* name;
    const char* digest;  ///< its first 16 hexadecimal digits
    IssuerState state;
    KeyFamily family;
  };
  const Row rows[] = {
      {"YE1", "6ebcefb4210b0886", IssuerState::kActive, KeyFamily::kEcdsa},
      {"YE2", "b3fb5d00e994cddf", IssuerState::kActive, KeyFamily::kEcdsa},
      {"YE3", "a698a20824be04e4", IssuerState::kBackup, KeyFamily::kEcdsa},
      {"YR1", "2e8307068b6db620", IssuerState::kActive, KeyFamily::kRsa},
      {"YR2", "9d637b3d27a9e570", IssuerState::kActive, KeyFamily::kRsa},
      {"YR3", "51aaa87d984b559a", IssuerState::kBackup, KeyFamily::kRsa},
      {"Root YE", "b0292ae545978e0f", IssuerState::kActive, KeyFamily::kEcdsa},
      {"Root YR", "7e4e8838a8add629", IssuerState::kActive, KeyFamily::kRsa},
      {"ISRG Root X1", "0b9fa5a59eed715c", IssuerState::kActive, KeyFamily::kRsa},
      {"ISRG Root X2", "762195c225586ee6", IssuerState::kActive, KeyFamily::kEcdsa},
      {"R10", "2bbad93ab5c79279", IssuerState::kRetired, KeyFamily::kRsa},
      {"R11", "6ddac18698f7f1f7", IssuerState::kRetired, KeyFamily::kRsa},
      {"R12", "919c0df7a787b597", IssuerState::kRetired, KeyFamily::kRsa},
      {"R13", "025490860b498ab7", IssuerState::kRetired, KeyFamily::kRsa},
      {"R14", "f1647a5ee3efac54", IssuerState::kRetired, KeyFamily::kRsa},
      {"E5", "3586d4ecf070578c", IssuerState::kRetired, KeyFamily::kEcdsa},
      {"E6", "d016e1fe311948ac", IssuerState::kRetired, KeyFamily::kEcdsa},
      {"E7", "cbbc559b44d524d6", IssuerState::kRetired, KeyFamily::kEcdsa},
      {"E8", "885bf0572252c674", IssuerState::kRetired, KeyFamily::kEcdsa},
      {"E9", "f1440a9b76e1e41e", IssuerState::kRetired, KeyFamily::kEcdsa},
      {"R3", "8d02536c887482bc", IssuerState::kExpired, KeyFamily::kRsa},
      {"R4", "e5545e2113472418", IssuerState::kExpired, KeyFamily::kRsa},
      {"E1", "276fe8a8c4ec7611", IssuerState::kExpired, KeyFamily::kEcdsa},
      {"E2", "bd936e72b212ef6f", IssuerState::kExpired, KeyFamily::kEcdsa},
      {"Let's Encrypt Authority X3", "60b87575447dcba2", IssuerState::kExpired, KeyFamily::kRsa},
      {"Let's Encrypt Authority X1", "60b87575447dcba2", IssuerState::kExpired, KeyFamily::kRsa},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto& issuer = named(row.name);
    CHECK(to_hex(key_digest(issuer.block)).substr(0, 16) == row.digest);
    CHECK(issuer.state_at(kShippedTime) == row.state);
    CHECK(issuer.entry.family == row.family);
  }
  CHECK(shipped().issuers().size() == 80);
}

TEST_CASE("catalogue: an issuer is found by its key, the one in use before those that are over") {
  const auto& root = named("Root YE");
  CHECK(shipped().with_key(root.entry.key_digest).size() == 3);  // itself, by X2, revoked
  const auto* found = shipped().find(named("ISRG Root X2").entry.key_digest, kShippedTime);
  REQUIRE(found != nullptr);
  CHECK(found->entry.state == IssuerState::kActive);
  CHECK(shipped().find(Bytes(32, 1), kShippedTime) == nullptr);
  for (const auto* text : {"2 1 1", "2 1 2", "2 0 1", "2 0 0", "0 1 1"}) {
    CAPTURE(text);
    const auto* issuer = shipped().find_named(pin(named("YR1"), text), kShippedTime);
    REQUIRE(issuer != nullptr);
    CHECK(issuer->entry.name == "YR1");
  }
}

TEST_CASE("catalogue: a last day is over, whatever the file says") {
  const auto late = std::chrono::sys_days(std::chrono::year(2029) / 1 / 1);
  CHECK(named("YE1").state_at(late) == IssuerState::kExpired);
  CHECK_FALSE(named("YE1").may_issue(late));
  CHECK(named("YE1").may_issue(kShippedTime));
  CHECK(named("YE3").may_issue(kShippedTime));
  CHECK_FALSE(named("Root YE").may_issue(kShippedTime));
}

TEST_CASE("coverage: each issuer that may be next has to be named, backups too") {
  const CoverageQuestion ecdsa{
      .authority = "Let's Encrypt", .family = KeyFamily::kEcdsa, .now = kShippedTime};
  const std::vector active{pin(named("YE1")), pin(named("YE2")), pin(named("E5"))};
  const auto partly = coverage(shipped(), active, ecdsa);
  CHECK(partly.covered.size() == 2);
  REQUIRE(partly.missing.size() == 1);
  CHECK(partly.missing[0]->entry.name == "YE3");
  REQUIRE(partly.idle.size() == 1);
  CHECK(partly.idle[0]->entry.name == "E5");
  const std::vector all{pin(named("YE1")), pin(named("YE2")), pin(named("YE3"))};
  CHECK(coverage(shipped(), all, ecdsa).is_whole());
  auto rsa = ecdsa;
  rsa.family = KeyFamily::kRsa;
  CHECK(coverage(shipped(), all, rsa).missing.size() == 3);
}

TEST_CASE("coverage: an anchor above all issuers covers them when the server sends it") {
  Chain served;
  for (const auto* name : {"YE1", "YE1", "Root YE by ISRG Root X2"}) {
    served.certificates.push_back(named(name).block);
  }
  served.line = 3;
  CoverageQuestion question{.authority = "Let's Encrypt",
                            .family = KeyFamily::kEcdsa,
                            .now = kShippedTime,
                            .served = &served};
  const std::vector root{pin(named("Root YE"))};
  CHECK(coverage(shipped(), root, question).is_whole());
  question.served = nullptr;
  CHECK(coverage(shipped(), root, question).missing.size() == 3);
  question.served = &served;
  const std::vector other_root{pin(named("ISRG Root X2"))};
  CHECK(coverage(shipped(), other_root, question).missing.size() == 3);
}

/// A small authority of our own as a catalogue.
TEST_CASE("catalogue: an entry that is not what it says is left out and reported") {
  const CatalogueSite site;
  const auto left_out = [](model::Issuer entry) {
    const auto read = Catalogue::make({std::move(entry)});
    return read.catalogue.issuers().empty() && read.findings.count("TLSA-CATALOGUE") == 1;
  };
  const auto good = site.entries().front();
  CHECK_FALSE(left_out(good));
  auto bad = good;
  bad.key_digest[0] ^= 1U;
  CHECK(left_out(bad));
  bad = good;
  bad.role = IssuerRole::kRoot;
  CHECK(left_out(bad));
  bad = good;
  bad.family = KeyFamily::kRsa;
  CHECK(left_out(bad));
  bad = good;
  bad.pem = "noise";
  CHECK(left_out(bad));
  bad = CatalogueSite::entry(site.leaf, "Leaf", IssuerRole::kIssuer);
  CHECK(left_out(bad));
}

TEST_CASE("catalogue: of two entries for one certificate the later counts") {
  const CatalogueSite site;
  auto entries = site.entries();
  entries.push_back(entries.front());
  entries.back().state = IssuerState::kRevoked;
  const auto catalogue = CatalogueSite::made(entries);
  CHECK(catalogue.issuers().size() == 2);
  CHECK(standing_of(catalogue, site.chain, kCertificateTime) == IssuerStanding::kRevoked);
  CHECK(judge_issuer(catalogue, site.chain, kCertificateTime).count("TLSA-ISSUER-REVOKED") == 1);
}

TEST_CASE("catalogue: an issuer is in use, retired, a test system's, new or unknown") {
  const CatalogueSite site;
  const auto standing = [&](IssuerState state) {
    auto entries = site.entries();
    entries.front().state = state;
    return standing_of(CatalogueSite::made(entries), site.chain, kCertificateTime);
  };
  CHECK(standing(IssuerState::kActive) == IssuerStanding::kInUse);
  CHECK(standing(IssuerState::kBackup) == IssuerStanding::kInUse);
  CHECK(standing(IssuerState::kRetired) == IssuerStanding::kRetired);
  CHECK(standing(IssuerState::kStaging) == IssuerStanding::kStaging);
  const auto root_alone = CatalogueSite::made({site.entries().back()});
  CHECK(standing_of(root_alone, site.chain, kCertificateTime) == IssuerStanding::kNewOfKnown);
  CHECK(judge_issuer(root_alone, site.chain, kCertificateTime).count(Level::kWarning) == 1);
  CHECK(judge_issuer(root_alone, site.chain, kCertificateTime).count("TLSA-ISSUER-UNKNOWN") == 1);
  const auto none = CatalogueSite::made({});
  CHECK(standing_of(none, site.chain, kCertificateTime) == IssuerStanding::kUnknown);
  CHECK(judge_issuer(none, site.chain, kCertificateTime).count(Level::kInfo) == 1);
  CHECK(judge_issuer(none, site.chain, kCertificateTime).count("TLSA-ISSUER-UNKNOWN") == 1);
}

TEST_CASE("catalogue: a test system is found out, also by an issuer that it has and we do not") {
  const CatalogueSite site;
  auto entries = site.entries();
  entries.back().state = IssuerState::kStaging;
  const auto catalogue = CatalogueSite::made({entries.back()});
  ChainDemands demands{.now = kCertificateTime, .catalogue = &catalogue};
  CHECK(judge_chain(site.chain, demands).count("TLSA-CHAIN-STAGING") == 1);
}

}  // namespace
}  // namespace danewerk::tlsa
