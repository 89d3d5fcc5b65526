#include "tlsa/match.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/dane_match.h"
#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

constexpr sys_seconds kNow = kCertificateTime;

struct Site {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  TestCertificate renewed = authority.server();
  TestCertificate moved{{}, renewed.key(), &authority.second_issuer};
  Chain chain = chain_of({&leaf, &authority.issuer, &authority.cross});
  ClientView view{.names = {"mx1.example.org."}, .at = kNow};
};

TEST_CASE("match: what OpenSSL accepts and we do is what clients accept") {
  const Site site;
  const auto depth = [&](std::string_view text, const TestCertificate& certificate) {
    return match(site.chain, record(text, certificate), site.view).depth;
  };
  CHECK(depth("3 1 1", site.leaf) == 0U);
  CHECK(depth("3 0 2", site.leaf) == 0U);
  CHECK(depth("2 1 1", site.authority.issuer) == 1U);
  CHECK(depth("2 1 1", site.authority.root) == 2U);
  CHECK(depth("2 0 1", site.authority.cross) == 2U);
  CHECK(depth("2 0 0", site.authority.issuer) == 1U);
}

TEST_CASE("match: what does not is told in plain words") {
  const Site site;
  const auto reason = [&](std::string_view text, const TestCertificate& certificate) {
    const auto found = match(site.chain, record(text, certificate), site.view);
    CHECK_FALSE(found.depth);
    CHECK_FALSE(found.is_disputed);
    return found.reason;
  };
  CHECK(reason("3 1 1", site.renewed) == "it is not the server's key");
  CHECK(reason("3 0 1", site.renewed) == "it is not the server's certificate");
  CHECK(reason("2 1 1", site.authority.second_issuer).find("no issuer in the chain") == 0);
  CHECK(reason("2 0 1", site.authority.root).find("no issuer in the chain") == 0);
  CHECK(reason("1 1 1", site.leaf).find("usages 0 and 1") == 0);
}

TEST_CASE(
    "match: a bare anchor that nobody sends is refused, though OpenSSL takes it "
    "(RFC 7671 section 5.2.3)") {
  const Site site;
  const auto chain = chain_of({&site.leaf});
  for (const auto* text : {"2 1 0", "2 0 0"}) {
    CAPTURE(text);
    const auto association = record(text, site.authority.issuer);
    const auto data = association.data;
    const crypto::DaneRecord raw{2, static_cast<std::uint8_t>(association.combination.selector), 0,
                                 data};
    CHECK(
        test::good(crypto::match_dane(
                       {.chain = chain.octets(), .names = site.view.names, .at = kNow}, {&raw, 1}))
            .depth);
    CHECK_FALSE(match(chain, association, site.view).depth);
  }
}

TEST_CASE("match: dates and names count for usage 2 alone (RFC 7671 section 5.1)") {
  const Site site;
  auto view = site.view;
  view.at = kNow + std::chrono::days(61);
  CHECK(match(site.chain, record("3 1 1", site.leaf), view));
  CHECK_FALSE(match(site.chain, record("2 1 1", site.authority.issuer), view));
  view = site.view;
  view.names = {"mx2.example.org"};
  CHECK(match(site.chain, record("3 1 1", site.leaf), view));
  CHECK_FALSE(match(site.chain, record("2 1 1", site.authority.issuer), view));
  view.names.emplace_back("mx1.example.org");
  CHECK(match(site.chain, record("2 1 1", site.authority.issuer), view));
}

TEST_CASE("match: our own reading sees dates, names, signatures and what is missing by itself") {
  const Site site;
  const auto issuer = record("2 1 1", site.authority.issuer);
  const auto root = record("2 1 1", site.authority.root);
  const auto own = [&](const Chain& chain, const Association& association, const ClientView& view) {
    return own_match(chain, association, view).depth;
  };
  CHECK(own(site.chain, issuer, site.view) == 1U);
  CHECK(own(site.chain, root, site.view) == 2U);
  auto late = site.view;
  late.at = kNow + std::chrono::days(61);
  CHECK_FALSE(own(site.chain, issuer, late));
  auto elsewhere = site.view;
  elsewhere.names = {"mx2.example.org"};
  CHECK_FALSE(own(site.chain, issuer, elsewhere));
  CHECK_FALSE(own(chain_of({&site.leaf}), issuer, site.view));
  const auto impostor = TestAuthority::make("Issuer 1", nullptr);
  auto forged = site.chain;
  forged.certificates[1] = test::good(read_blocks(as_bytes(impostor.pem()))).front();
  CHECK_FALSE(own(forged, record("2 1 1", impostor), site.view));
  const auto old = TestAuthority::make("Old", &site.authority.root, kNow - std::chrono::days(1));
  const TestCertificate leaf({}, support::make_ec_key(), &old);
  const auto expired = chain_of({&leaf, &old, &site.authority.root});
  CHECK_FALSE(own(expired, root, site.view));
  CHECK(own(expired, record("3 1 1", leaf), site.view) == 0U);
}

TEST_CASE("match: what OpenSSL alone sees is refused all the same: the purpose of a certificate") {
  const Site site;
  const TestCertificate leaf({.purpose = "clientAuth"}, support::make_ec_key(),
                             &site.authority.issuer);
  const auto chain = chain_of({&leaf, &site.authority.issuer});
  const auto issuer = record("2 1 1", site.authority.issuer);
  CHECK(own_match(chain, issuer, site.view));
  const auto found = match(chain, issuer, site.view);
  CHECK_FALSE(found);
  CHECK_FALSE(found.is_disputed);
  CHECK_FALSE(found.reason.empty());
  CHECK(match(chain, record("3 1 1", leaf), site.view));
}

TEST_CASE("match: a certificate with its issuer's name that somebody else signed is refused") {
  const Site site;
  const auto impostor = TestAuthority::make("Issuer 1", nullptr);
  const TestCertificate forged({}, support::make_ec_key(), &impostor);
  Chain chain = site.chain;
  chain.certificates.front() = test::good(read_blocks(as_bytes(forged.pem()))).front();
  CHECK_FALSE(match(chain, record("2 1 1", site.authority.issuer), site.view));
}

TEST_CASE("match: authorities that sign each other in a ring end, with or without the anchor") {
  const Site site;
  const auto one = TestAuthority::make("One", nullptr);
  const auto two = TestAuthority::make("Two", nullptr);
  const auto named = [](const char* name) {
    return TestWish{.name = name, .role = TestRole::kAuthority, .until = TestAuthority::kUntil};
  };
  const TestCertificate one_by_two(named("One"), one.key(), &two);
  const TestCertificate two_by_one(named("Two"), two.key(), &one);
  const TestCertificate leaf({}, support::make_ec_key(), &one);
  const auto chain = chain_of({&leaf, &one_by_two, &two_by_one});
  CHECK(match(chain, record("2 1 1", two), site.view));
  CHECK_FALSE(match(chain, record("2 1 1", site.authority.root), site.view));
}

}  // namespace
}  // namespace danewerk::tlsa
