#include "tlsa/chain_facts.h"

#include <doctest/doctest.h>

#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

struct Site {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  Chain chain = chain_of({&leaf, &authority.issuer, &authority.cross});
  Bytes own = record("3 1 1", leaf).rdata();
  Bytes issuer = record("2 1 1", authority.issuer).rdata();
  Bytes root = record("2 1 1", authority.root).rdata();
  Bytes stranger = record("3 1 1", authority.second_issuer).rdata();
  std::vector<ClientView> views{{.names = {"mx1.example.org."}, .at = kCertificateTime}};
};

TEST_CASE("facts: a chain satisfies the records that a client accepts it by") {
  const Site site;
  const model::RdataSet records{site.own, site.issuer, site.root, site.stranger, {3, 1}};
  CHECK(satisfied(site.chain, records, site.views) ==
        model::RdataSet{site.own, site.issuer, site.root});
  CHECK(satisfied(site.chain, records, {}).empty());
  auto views = site.views;
  views.push_back({.names = {"mx2.example.org."}, .at = kCertificateTime});
  CHECK(satisfied(site.chain, records, views) == model::RdataSet{site.own});
}

TEST_CASE("facts: a chain as the rollover engine has it") {
  const Site site;
  const auto facts =
      test::good(chain_facts(site.chain, {.records = {site.root, site.stranger},
                                          .wanted = {combination("3 1 1"), combination("2 1 1")},
                                          .views = site.views}));
  CHECK(facts.key == to_hex(key_digest_of(site.leaf)));
  CHECK(facts.issuers.size() == 2);
  CHECK(facts.wanted == model::RdataSet{site.own, site.issuer});
  CHECK(facts.satisfies == model::RdataSet{site.own, site.issuer, site.root});
  CHECK(facts.key_record == site.own);
  CHECK(facts.not_after == kCertificateTime + std::chrono::days(60));
  CHECK(facts.anchor_not_after == TestAuthority::kUntil);
  CHECK(facts.issuer == model::IssuerStanding::kUnknown);
  CHECK(facts.id.size() == 64);
  const auto alone = chain_of({&site.leaf});
  CHECK_FALSE(chain_facts(alone, {.wanted = {combination("2 1 1")}}).has_value());
  CHECK_FALSE(test::good(chain_facts(alone, {.views = site.views})).anchor_not_after);
}

TEST_CASE("facts: the anchor ends with the first certificate on the way to it") {
  const Site site;
  const auto soon = kCertificateTime + std::chrono::days(90);
  const auto root = TestAuthority::make("Long", nullptr);
  const auto brief = TestAuthority::make("Brief", &root, soon);
  const TestCertificate leaf({}, support::make_ec_key(), &brief);
  const auto chain = chain_of({&leaf, &brief, &root});
  const auto facts = test::good(
      chain_facts(chain, {.records = {record("2 1 1", root).rdata()}, .views = site.views}));
  CHECK(facts.anchor_not_after == soon);
}

TEST_CASE(
    "facts: of several anchors of a combination the last to end counts, of combinations the "
    "first") {
  const Site site;
  const auto soon = kCertificateTime + std::chrono::days(90);
  const TestCertificate brief_root({.name = "Root", .role = TestRole::kAuthority, .until = soon},
                                   site.authority.root.key(), &site.authority.other_root);
  const auto chain = chain_of({&site.leaf, &site.authority.issuer, &brief_root});
  const auto end = [&](const model::RdataSet& records) {
    return test::good(chain_facts(chain, {.records = records, .views = site.views}))
        .anchor_not_after;
  };
  const auto whole = record("2 0 1", brief_root).rdata();
  CHECK(end({site.issuer}) == TestAuthority::kUntil);
  CHECK(end({site.issuer, site.root}) == TestAuthority::kUntil);
  CHECK(end({site.issuer, whole}) == soon);
}

}  // namespace
}  // namespace danewerk::tlsa
