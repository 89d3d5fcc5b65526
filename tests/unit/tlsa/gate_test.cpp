#include "tlsa/gate.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/dane_match.h"
#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

constexpr sys_seconds kNow = kCertificateTime;
constexpr seconds kTtl = std::chrono::hours(1);

struct Site {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  TestCertificate renewed = authority.server();
  TestCertificate moved{{}, renewed.key(), &authority.second_issuer};
  Chain chain = chain_of({&leaf, &authority.issuer, &authority.cross});
  ClientView view{.names = {"mx1.example.org."}, .at = kNow};

  [[nodiscard]] static GateOwner owner(std::vector<RrsetVersion> versions) {
    return {"_25._tcp.mx1.example.org.", {"mx1.example.org."}, std::move(versions)};
  }
  [[nodiscard]] static GateVerdict judge(const Chain& chain, std::vector<RrsetVersion> versions,
                                         const GateRules& rules = {}, sys_seconds now = kNow) {
    const std::vector owners{owner(std::move(versions))};
    return judge_gate(chain, owners, now, rules);
  }
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

TEST_CASE("gate: open for records that match, and without any") {
  const Site site;
  CHECK(Site::judge(site.chain, {}).is_open);
  CHECK(Site::judge(site.chain, {{.ttl = kTtl}}).is_open);
  const auto verdict = Site::judge(
      site.chain,
      {{.associations = {record("3 1 1", site.leaf), record("2 1 1", site.authority.issuer)},
        .ttl = kTtl}});
  CHECK(verdict.is_open);
  CHECK(verdict.findings.empty());
  REQUIRE(verdict.views.size() == 1);
  CHECK(verdict.views[0].combinations.at(0).matched == 0U);
  CHECK(verdict.views[0].combinations.at(1).matched == 1U);
}

TEST_CASE("gate: each combination has to suffice by itself (RFC 7671 section 8)") {
  const Site site;
  const auto chain = chain_of({&site.moved, &site.authority.second_issuer});
  const std::vector<RrsetVersion> versions{
      {.associations = {record("3 1 1", site.renewed), record("2 1 1", site.authority.issuer)},
       .ttl = kTtl}};
  const auto strict = Site::judge(chain, versions);
  CHECK_FALSE(strict.is_open);
  CHECK_FALSE(strict.opens_at);
  CHECK(strict.findings.count("TLSA-GATE-CLOSED") == 1);
  const auto relaxed = Site::judge(chain, versions, {.mode = GateRules::Mode::kRelaxed});
  CHECK(relaxed.is_open);
  CHECK(relaxed.findings.count(Level::kWarning) == 1);
}

TEST_CASE("gate: several records of one combination: one that matches will do") {
  const Site site;
  CHECK(Site::judge(site.chain,
                    {{.associations = {record("3 1 1", site.renewed), record("3 1 1", site.leaf)},
                      .ttl = kTtl}})
            .is_open);
}

TEST_CASE("gate: a resolver may hold an older version for K TTLs and a margin") {
  const Site site;
  const auto last = kNow - std::chrono::minutes(30);
  const std::vector<RrsetVersion> versions{
      {.associations = {record("3 1 1", site.leaf)}, .ttl = kTtl, .last_served = last},
      {.associations = {record("3 1 1", site.leaf), record("3 1 1", site.renewed)}, .ttl = kTtl}};
  const auto chain = chain_of({&site.renewed, &site.authority.issuer});
  const auto verdict = Site::judge(chain, versions);
  CHECK_FALSE(verdict.is_open);
  const auto end = last + 2 * kTtl + seconds(300);
  CHECK(held_until(versions[0], {}) == end);
  REQUIRE(verdict.opens_at);
  CHECK(*verdict.opens_at == end + seconds(1));
  CHECK_FALSE(Site::judge(chain, versions, {}, end).is_open);
  CHECK(Site::judge(chain, versions, {}, end + seconds(1)).is_open);
  CHECK(Site::judge(chain, versions, {.ttl_multiplier = 1, .margin = seconds(0)},
                    last + kTtl + seconds(1))
            .is_open);
}

TEST_CASE("gate: all versions in the way have to go, and all owners count") {
  const Site site;
  const auto chain = chain_of({&site.renewed, &site.authority.issuer});
  const RrsetVersion older{.associations = {record("3 1 1", site.leaf)},
                           .ttl = std::chrono::hours(10),
                           .last_served = kNow - std::chrono::hours(2)};
  RrsetVersion old = older;
  old.ttl = kTtl;
  old.last_served = kNow - std::chrono::hours(1);
  const RrsetVersion now{
      .associations = {record("3 1 1", site.leaf), record("3 1 1", site.renewed)}, .ttl = kTtl};
  const std::vector owners{Site::owner({old, now}),
                           GateOwner{"_443._tcp.mx1.example.org.", {}, {older, now}}};
  const auto verdict = judge_gate(chain, owners, kNow, {});
  CHECK_FALSE(verdict.is_open);
  CHECK(verdict.views.size() == 4);
  REQUIRE(verdict.opens_at);
  CHECK(*verdict.opens_at == *held_until(older, {}) + seconds(1));
  CHECK(verdict.findings.count("TLSA-GATE-CLOSED") == 2);
}

TEST_CASE("gate: it does not open for a certificate that is over by then") {
  const Site site;
  const TestCertificate brief({.until = kNow + std::chrono::minutes(10)}, support::make_ec_key(),
                              &site.authority.issuer);
  const auto verdict =
      Site::judge(chain_of({&brief, &site.authority.issuer}),
                  {{.associations = {record("3 1 1", site.leaf)}, .ttl = kTtl, .last_served = kNow},
                   {.associations = {record("3 1 1", brief)}, .ttl = kTtl}});
  CHECK_FALSE(verdict.is_open);
  CHECK_FALSE(verdict.opens_at);
}

TEST_CASE("gate: an expired certificate passes 3 1 1 and not 2 1 1") {
  const Site site;
  const auto late = kNow + std::chrono::days(61);
  CHECK(
      Site::judge(site.chain, {{.associations = {record("3 1 1", site.leaf)}}}, {}, late).is_open);
  CHECK_FALSE(Site::judge(site.chain, {{.associations = {record("2 1 1", site.authority.issuer)}}},
                          {}, late)
                  .is_open);
}

TEST_CASE("gate: an anchor has to be in the chain; a cross-signed one is the same for selector 1") {
  const Site site;
  const RrsetVersion key{.associations = {record("2 1 1", site.authority.root)}};
  const RrsetVersion whole{.associations = {record("2 0 1", site.authority.root)}};
  const auto without = chain_of({&site.leaf, &site.authority.issuer});
  CHECK_FALSE(Site::judge(without, {key}).is_open);
  CHECK(Site::judge(site.chain, {key}).is_open);
  CHECK_FALSE(Site::judge(site.chain, {whole}).is_open);
  const auto appended = chain_of({&site.leaf, &site.authority.issuer, &site.authority.root});
  CHECK(Site::judge(appended, {whole}).is_open);
}

TEST_CASE("gate: relaxed, a client with digest agility still counts (RFC 7671 section 9)") {
  const Site site;
  const GateRules relaxed{.mode = GateRules::Mode::kRelaxed};
  const auto chain = chain_of({&site.renewed, &site.authority.issuer});
  // The stronger digest is of the old key alone: a client that knows it looks at no other.
  const RrsetVersion agile{.associations = {record("3 1 1", site.leaf),
                                            record("3 1 1", site.renewed),
                                            record("3 1 2", site.leaf)}};
  CHECK_FALSE(Site::judge(chain, {agile}, relaxed).is_open);
  const RrsetVersion both{
      .associations = {record("3 1 1", site.renewed), record("3 1 2", site.renewed)}};
  CHECK(Site::judge(chain, {both}, relaxed).is_open);
  const RrsetVersion whole{
      .associations = {record("3 1 0", site.renewed), record("3 1 2", site.leaf)}};
  CHECK(Site::judge(chain, {whole}, relaxed).is_open);
  const RrsetVersion other_group{
      .associations = {record("3 1 2", site.leaf), record("2 1 1", site.authority.issuer)}};
  CHECK(Site::judge(chain, {other_group}, relaxed).is_open);
}

TEST_CASE("gate: usages 0 and 1 stand in nobody's way") {
  const Site site;
  CHECK(Site::judge(site.chain, {{.associations = {record("1 1 1", site.renewed)}}}).is_open);
}

/// A client with OpenSSL that holds one view, all records together.
bool is_accepted(const Chain& chain, const RrsetVersion& view, const ClientView& client) {
  if (view.associations.empty()) return true;
  std::vector<crypto::DaneRecord> records;
  for (const auto& association : view.associations) {
    const auto& c = association.combination;
    records.push_back({static_cast<std::uint8_t>(c.usage), static_cast<std::uint8_t>(c.selector),
                       static_cast<std::uint8_t>(c.matching), association.data});
  }
  const auto outcome = test::good(crypto::match_dane(
      {.chain = chain.octets(), .names = client.names, .at = client.at}, records));
  return outcome.depth.has_value();
}

TEST_CASE("gate: when it is open, a client with OpenSSL accepts each view, strict or relaxed") {
  const Site site;
  const std::vector<Chain> chains{
      site.chain, chain_of({&site.leaf}), chain_of({&site.renewed, &site.authority.issuer}),
      chain_of({&site.moved, &site.authority.second_issuer, &site.authority.root})};
  std::vector<Association> pool;
  for (const auto* text : {"3 1 1", "3 0 1", "3 1 2"}) {
    for (const auto* certificate : {&site.leaf, &site.renewed, &site.moved}) {
      pool.push_back(record(text, *certificate));
    }
  }
  for (const auto* text : {"2 1 1", "2 0 1", "2 0 2"}) {
    for (const auto* certificate : {&site.authority.issuer, &site.authority.second_issuer,
                                    &site.authority.root, &site.authority.cross}) {
      pool.push_back(record(text, *certificate));
    }
  }
  std::size_t opened = 0;
  CHECK(rc::check(
      "views", [&](const std::vector<std::uint8_t>& picks, std::uint8_t which, std::int16_t days) {
        RrsetVersion view{.ttl = kTtl};
        for (const auto pick : picks) view.associations.push_back(pool[pick % pool.size()]);
        const auto& chain = chains[which % chains.size()];
        const auto now = kNow + std::chrono::days(days % 90);
        const ClientView client{.names = {"mx1.example.org."}, .at = now};
        for (const auto mode : {GateRules::Mode::kStrict, GateRules::Mode::kRelaxed}) {
          const auto verdict = Site::judge(chain, {view}, {.mode = mode}, now);
          RC_ASSERT(verdict.findings.count("TLSA-GATE-DISPUTED") == 0);
          if (verdict.is_open) ++opened;
          if (verdict.is_open) RC_ASSERT(is_accepted(chain, view, client));
        }
      }));
  CHECK(opened > 20);
}

TEST_CASE(
    "publication: a combination that matches only the future is refused "
    "(RFC 7671 section 8.2)") {
  const Site site;
  const std::vector<const Chain*> served{&site.chain};
  Publication publication{.owner = "_25._tcp.mx1.example.org.", .names = site.view.names};
  publication.associations = {record("3 1 1", site.leaf), record("3 1 1", site.renewed)};
  CHECK(judge_publication(publication, served, kNow).empty());
  publication.associations = {record("3 1 1", site.leaf), record("2 1 1", site.authority.root),
                              record("3 1 2", site.renewed)};
  CHECK(judge_publication(publication, served, kNow).count("TLSA-PUBLISH-UNMATCHED") == 1);
  const auto other = chain_of({&site.renewed, &site.authority.issuer});
  const std::vector<const Chain*> both{&site.chain, &other};
  publication.associations = {record("3 1 1", site.leaf)};
  CHECK(judge_publication(publication, both, kNow).count("TLSA-PUBLISH-UNMATCHED") == 1);
}

}  // namespace
}  // namespace danewerk::tlsa
