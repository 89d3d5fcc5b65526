#include "crypto/dane_match.h"

#include <doctest/doctest.h>

#include "crypto/certificate.h"
#include "crypto/signature.h"
#include "support/certificates.h"
#include "support/result.h"

namespace danewerk::crypto {
namespace {

using support::kCertificateTime;
using support::TestAuthority;
using support::TestCertificate;
using test::good;

/// A record and the octets it points to.
struct Owned311 {
  Bytes data;
  DaneRecord record;
  Owned311(std::uint8_t usage, std::uint8_t selector, std::uint8_t matching,
           const TestCertificate& certificate) {
    const auto der = certificate.der();
    const auto credential = good(read_credentials(der)).front();
    const auto& octets = selector == 1 ? credential.key_info : credential.certificate;
    if (matching == 0) {
      data = octets;
    } else {
      const auto hash = digest(matching == 1 ? DigestType::kSha256 : DigestType::kSha512, octets);
      data.assign(hash.view().begin(), hash.view().end());
    }
    record = {usage, selector, matching, data};
  }
};

struct Scene {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  std::vector<Bytes> der{leaf.der(), authority.issuer.der(), authority.cross.der()};

  [[nodiscard]] DanePresentation shown() const {
    return {
        .chain = {der.begin(), der.end()}, .names = {"mx1.example.org."}, .at = kCertificateTime};
  }
  [[nodiscard]] DaneOutcome with(const Owned311& made) const { return with(made, shown()); }
  [[nodiscard]] static DaneOutcome with(const Owned311& made, const DanePresentation& shown) {
    const auto record = made.record;
    return good(match_dane(shown, {&record, 1}));
  }
};

TEST_CASE("dane: 3 1 1 and 3 0 1 match the server's own certificate, at depth 0") {
  const Scene scene;
  for (const std::uint8_t selector : {std::uint8_t{0}, std::uint8_t{1}}) {
    for (const std::uint8_t matching : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}}) {
      CAPTURE(selector);
      CAPTURE(matching);
      CHECK(scene.with({3, selector, matching, scene.leaf}).depth == 0U);
      CHECK_FALSE(scene.with({3, selector, matching, scene.authority.issuer}).depth);
    }
  }
  CHECK_FALSE(scene.with({3, 1, 1, scene.authority.issuer}).reason.empty());
}

TEST_CASE(
    "dane: 2 1 1 matches an issuer in the chain, not the server's own (RFC 7671 section 5.2)") {
  const Scene scene;
  CHECK(scene.with({2, 1, 1, scene.authority.issuer}).depth == 1U);
  CHECK(scene.with({2, 1, 1, scene.authority.cross}).depth == 2U);
  CHECK_FALSE(scene.with({2, 1, 1, scene.leaf}).depth);
  CHECK_FALSE(scene.with({2, 1, 1, scene.authority.second_issuer}).depth);
}

TEST_CASE("dane: an anchor that is not in the chain does not count (RFC 7671 section 5.2.2)") {
  const Scene scene;
  CHECK_FALSE(scene.with({2, 1, 1, scene.authority.other_root}).depth);
}

TEST_CASE("dane: a cross-signed root has its key, and not its own certificate") {
  const Scene scene;
  CHECK(scene.with({2, 1, 1, scene.authority.root}).depth == 2U);
  CHECK_FALSE(scene.with({2, 0, 1, scene.authority.root}).depth);
  CHECK(scene.with({2, 0, 1, scene.authority.cross}).depth == 2U);
}

TEST_CASE("dane: dates count for usage 2 and not for 3 (RFC 7671 section 5.1)") {
  const Scene scene;
  for (const auto moment :
       {kCertificateTime + std::chrono::days(61), kCertificateTime - std::chrono::days(31)}) {
    auto shown = scene.shown();
    shown.at = moment;
    CHECK(Scene::with({3, 1, 1, scene.leaf}, shown).depth == 0U);
    const auto refused = Scene::with({2, 1, 1, scene.authority.issuer}, shown);
    CHECK_FALSE(refused.depth);
    CHECK_FALSE(refused.reason.empty());
  }
}

TEST_CASE("dane: names count for usage 2, any of them, and for 3 only when asked for") {
  const Scene scene;
  auto shown = scene.shown();
  shown.names = {"mx2.example.org"};
  CHECK_FALSE(Scene::with({2, 1, 1, scene.authority.issuer}, shown).depth);
  CHECK(Scene::with({3, 1, 1, scene.leaf}, shown).depth == 0U);
  shown.server_names = DanePresentation::ServerNames::kChecked;
  CHECK_FALSE(Scene::with({3, 1, 1, scene.leaf}, shown).depth);
  shown.names.emplace_back("MX1.example.org");
  CHECK(Scene::with({3, 1, 1, scene.leaf}, shown).depth == 0U);
  CHECK(Scene::with({2, 1, 1, scene.authority.issuer}, shown).depth == 1U);
  shown.names.clear();
  CHECK(Scene::with({2, 1, 1, scene.authority.issuer}, shown).depth == 1U);
}

TEST_CASE("dane: the order of the other certificates does not matter") {
  Scene scene;
  std::swap(scene.der[1], scene.der[2]);
  CHECK(scene.with({2, 1, 1, scene.authority.cross}).depth == 2U);
}

TEST_CASE("dane: of several records the client takes the strongest digest (RFC 7671 section 9)") {
  const Scene scene;
  const Owned311 weak(3, 1, 1, scene.leaf);
  const Owned311 strong_other(3, 1, 2, scene.authority.issuer);
  const Owned311 strong(3, 1, 2, scene.leaf);
  const std::vector misses{weak.record, strong_other.record};
  CHECK_FALSE(good(match_dane(scene.shown(), misses)).depth);
  const std::vector hits{weak.record, strong_other.record, strong.record};
  const auto outcome = good(match_dane(scene.shown(), hits));
  CHECK(outcome.depth == 0U);
  CHECK(outcome.record == 2);
}

TEST_CASE("dane: records that cannot be used are none, and there is no falling back") {
  const Scene scene;
  CHECK_FALSE(good(match_dane(scene.shown(), {})).depth);
  const Bytes shortened(31, 1);
  const DaneRecord broken{3, 1, 1, shortened};
  const DaneRecord unknown{3, 1, 200, shortened};
  const DaneRecord empty{3, 1, 0, {}};
  for (const auto& record : {broken, unknown, empty}) {
    const auto outcome = good(match_dane(scene.shown(), {&record, 1}));
    CHECK_FALSE(outcome.depth);
    CHECK(outcome.reason == "no record that a client can use");
  }
  for (const std::uint8_t usage : {std::uint8_t{0}, std::uint8_t{1}}) {
    const Owned311 pkix(usage, 1, 1, usage == 1 ? scene.leaf : scene.authority.issuer);
    CHECK_FALSE(scene.with(pkix).depth);
  }
}

TEST_CASE("dane: what is no certificate, no chain or no name is bad input") {
  const Scene scene;
  const Owned311 own(3, 1, 1, scene.leaf);
  auto shown = scene.shown();
  shown.chain.clear();
  CHECK(match_dane(shown, {&own.record, 1}).error().code() == Errc::kBadInput);
  const Bytes noise(40, 7);
  shown.chain = {noise};
  CHECK(match_dane(shown, {&own.record, 1}).error().code() == Errc::kBadInput);
  shown = scene.shown();
  shown.names = {"."};
  CHECK(match_dane(shown, {&own.record, 1}).error().code() == Errc::kBadInput);
}

}  // namespace
}  // namespace danewerk::crypto
