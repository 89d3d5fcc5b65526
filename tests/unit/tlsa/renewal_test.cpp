#include "tlsa/renewal.h"

#include <doctest/doctest.h>

#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

using Keys = RenewalPolicy::Keys;

/// A service with 3 1 1 and 2 1 1, and the renewals that may come.
struct Site {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  TestCertificate same_key{{}, leaf.key(), &authority.issuer};
  TestCertificate other_issuer{{}, leaf.key(), &authority.second_issuer};
  TestCertificate new_key = authority.server();
  TestCertificate new_both{{}, new_key.key(), &authority.second_issuer};
  Chain served = chain_of({&leaf, &authority.issuer});
  RenewalPolicy policy{.records = {combination("3 1 1"), combination("2 1 1")}};
  RenewalFacts facts{.served = &served,
                     .published = {record("3 1 1", leaf), record("2 1 1", authority.issuer)},
                     .base_domains = {"mx1.example.org."},
                     .now = kCertificateTime};
  Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  ~Site() = default;

  [[nodiscard]] Renewal of(const Chain& chain) const {
    auto renewal = test::good(classify(chain, policy, facts));
    CHECK_FALSE(renewal.reason.empty());
    return renewal;
  }
  [[nodiscard]] Renewal of(const TestCertificate& certificate,
                           const TestCertificate& issuer) const {
    return of(chain_of({&certificate, &issuer}));
  }
};

TEST_CASE("renewal: the same key under a named issuer is deployed, with nothing to publish") {
  const Site site;
  const auto renewal = site.of(site.same_key, site.authority.issuer);
  CHECK(renewal.which == RenewalCase::kSameKey);
  CHECK(renewal.handling == Handling::kDeploy);
  CHECK(renewal.publish.empty());
}

TEST_CASE("renewal: the same key under another issuer waits for that issuer's record") {
  Site site;
  const auto renewal = site.of(site.other_issuer, site.authority.second_issuer);
  CHECK(renewal.which == RenewalCase::kSameKeyNewIssuer);
  CHECK(renewal.handling == Handling::kStage);
  CHECK(renewal.may_relax);
  REQUIRE(renewal.publish.size() == 1);
  CHECK(renewal.publish[0] == record("2 1 1", site.authority.second_issuer));
  site.policy.records = {combination("2 1 1")};
  CHECK_FALSE(site.of(site.other_issuer, site.authority.second_issuer).may_relax);
  site.policy.records = {combination("3 1 1")};
  CHECK(site.of(site.other_issuer, site.authority.second_issuer).handling == Handling::kDeploy);
}

TEST_CASE(
    "renewal: a key that nobody announced: staged, refused when pinned or when another is "
    "announced") {
  Site site;
  const auto staged = site.of(site.new_key, site.authority.issuer);
  CHECK(staged.which == RenewalCase::kNewKey);
  CHECK(staged.handling == Handling::kStage);
  CHECK_FALSE(staged.hint.empty());
  REQUIRE(staged.publish.size() == 1);
  CHECK(staged.publish[0] == record("3 1 1", site.new_key));
  const auto refused = [&] {
    const auto renewal = site.of(site.new_key, site.authority.issuer);
    return renewal.which == RenewalCase::kKeyNotAllowed && renewal.handling == Handling::kRefuse;
  };
  site.policy.is_key_pinned = true;
  CHECK(refused());
  site.policy.is_key_pinned = false;
  site.policy.keys = Keys::kNext;
  CHECK(refused());
  site.policy.keys = Keys::kStable;
  site.facts.next_key = Bytes(32, 1);
  CHECK(refused());
  site.policy.keys = Keys::kAny;
  CHECK_FALSE(refused());
}

TEST_CASE("renewal: the announced key is deployed when the gate opens") {
  Site site;
  site.policy.keys = Keys::kNext;
  site.facts.next_key = key_digest_of(site.new_key);
  site.facts.published.push_back(record("3 1 1", site.new_key));
  const auto renewal = site.of(site.new_key, site.authority.issuer);
  CHECK(renewal.which == RenewalCase::kNextKey);
  CHECK(renewal.handling == Handling::kDeploy);
  const auto both = site.of(site.new_both, site.authority.second_issuer);
  CHECK(both.which == RenewalCase::kNextKeyNewIssuer);
  CHECK(both.handling == Handling::kStage);
  REQUIRE(both.publish.size() == 1);
  CHECK(both.publish[0] == record("2 1 1", site.authority.second_issuer));
}

TEST_CASE("renewal: key and issuer never change in one step") {
  Site site;
  site.policy.keys = Keys::kAny;
  const auto renewal = site.of(site.new_both, site.authority.second_issuer);
  CHECK(renewal.which == RenewalCase::kNewKeyNewIssuer);
  CHECK(renewal.handling == Handling::kStage);
  CHECK_FALSE(renewal.may_relax);
  CHECK(renewal.publish.size() == 2);
}

TEST_CASE(
    "renewal: fast, a new key under a named issuer is served at once on the issuer's record") {
  Site site;
  site.policy.keys = Keys::kAny;
  CHECK(site.of(site.new_key, site.authority.issuer).handling == Handling::kStage);
  site.policy.pace = RenewalPolicy::Pace::kFast;
  const auto fast = site.of(site.new_key, site.authority.issuer);
  CHECK(fast.handling == Handling::kDeploy);
  CHECK(fast.replaces_own);
  CHECK(fast.publish.size() == 1);
  site.policy.pace = RenewalPolicy::Pace::kStrict;
  site.policy.records = {combination("2 1 1")};
  const auto issuer_only = site.of(site.new_key, site.authority.issuer);
  CHECK(issuer_only.handling == Handling::kDeploy);
  CHECK(issuer_only.publish.empty());
}

TEST_CASE("renewal: what voids records with usage 2 is refused") {
  Site site;
  const auto refused = [&](const Renewal& renewal, RenewalCase which) {
    return renewal.which == which && renewal.handling == Handling::kRefuse;
  };
  CHECK(refused(site.of(chain_of({&site.same_key})), RenewalCase::kAnchorMissing));
  const TestCertificate other_name({.name = "mx2.example.org"}, site.leaf.key(),
                                   &site.authority.issuer);
  CHECK(refused(site.of(other_name, site.authority.issuer), RenewalCase::kNameMissing));
  const auto brief = TestAuthority::make("Brief", nullptr, kCertificateTime + std::chrono::days(9));
  const TestCertificate long_leaf({}, site.leaf.key(), &brief);
  CHECK(refused(site.of(long_leaf, brief), RenewalCase::kAnchorTooShort));
  site.policy.records = {combination("3 1 1")};
  CHECK(site.of(chain_of({&site.same_key})).handling == Handling::kDeploy);
  CHECK(site.of(other_name, site.authority.issuer).handling == Handling::kDeploy);
}

TEST_CASE("renewal: a named root above the chain is missed, when the catalogue knows it") {
  Site site;
  site.facts.published = {record("3 1 1", site.leaf), record("2 1 1", site.authority.root)};
  auto read = Catalogue::make({{.name = "Root",
                                .authority = "Tests",
                                .role = model::IssuerRole::kRoot,
                                .family = model::KeyFamily::kEcdsa,
                                .key_digest = key_digest_of(site.authority.root),
                                .pem = site.authority.root.pem()}});
  REQUIRE(read.findings.empty());
  site.facts.catalogue = &read.catalogue;
  const auto missing = site.of(site.same_key, site.authority.issuer);
  CHECK(missing.which == RenewalCase::kAnchorMissing);
  CHECK(missing.handling == Handling::kRefuse);
  const auto whole =
      site.of(chain_of({&site.same_key, &site.authority.issuer, &site.authority.root}));
  CHECK(whole.which == RenewalCase::kSameKey);
  CHECK(whole.handling == Handling::kDeploy);
}

TEST_CASE("renewal: the first certificate is served, and its records follow") {
  Site site;
  site.facts.served = nullptr;
  site.facts.published.clear();
  const auto renewal = site.of(site.leaf, site.authority.issuer);
  CHECK(renewal.which == RenewalCase::kFirst);
  CHECK(renewal.handling == Handling::kDeploy);
  CHECK(renewal.publish.size() == 2);
}

TEST_CASE("renewal: a record of the whole certificate makes each renewal wait") {
  Site site;
  site.policy.records = {combination("3 0 1")};
  site.facts.published = {record("3 0 1", site.leaf)};
  const auto renewal = site.of(site.same_key, site.authority.issuer);
  CHECK(renewal.handling == Handling::kStage);
  REQUIRE(renewal.publish.size() == 1);
  CHECK(renewal.publish[0] == record("3 0 1", site.same_key));
}

TEST_CASE("renewal: cases and handlings have words") {
  CHECK(to_text(RenewalCase::kFirst) == "first certificate");
  CHECK(to_text(RenewalCase::kAnchorTooShort) == "anchor ends too early");
  CHECK(to_text(Handling::kRefuse) == "refuse");
}

}  // namespace
}  // namespace danewerk::tlsa
