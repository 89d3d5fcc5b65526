#include "tlsa/append_root.h"

#include <doctest/doctest.h>

#include "unit/tlsa/catalogue_site.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

using model::IssuerRole;
using model::IssuerState;

TEST_CASE("append: the root comes to the end of the chain, and the same one the next time") {
  const CatalogueSite site;
  const auto catalogue = CatalogueSite::made(site.entries());
  RootWish wish{.key_digest = key_digest_of(site.authority.root), .now = kCertificateTime};
  const auto appended = test::good(append_root(catalogue, site.chain, wish));
  CHECK(appended.chain.line == 3);
  CHECK(appended.chain.certificates.back().certificate == site.authority.root.der());
  CHECK(appended.certificate_digest.size() == 32);
  wish.last_appended = appended.certificate_digest;
  CHECK(append_root(catalogue, site.chain, wish).has_value());
  const auto again = test::good(append_root(catalogue, appended.chain, wish));
  CHECK(again.chain.certificates.size() == 3);
  wish.last_appended = Bytes(32, 1);
  CHECK(append_root(catalogue, site.chain, wish).error().code() == Errc::kRefused);
}

TEST_CASE("append: a root that is unknown, over, or did not sign the chain is refused") {
  const CatalogueSite site;
  const auto refused = [&](const std::vector<model::Issuer>& entries, const TestCertificate& root,
                           sys_seconds now = kCertificateTime) {
    const auto appended = append_root(CatalogueSite::made(entries), site.chain,
                                      {.key_digest = key_digest_of(root), .now = now});
    return !appended && appended.error().code() == Errc::kRefused;
  };
  auto entries = site.entries();
  CHECK_FALSE(refused(entries, site.authority.root));
  CHECK(refused(entries, site.authority.other_root));
  CHECK(refused(entries, site.authority.root, TestAuthority::kUntil + std::chrono::days(1)));
  CHECK(refused(entries, site.authority.root, kCertificateTime - std::chrono::days(40)));
  entries.push_back(CatalogueSite::entry(site.authority.other_root, "Old", IssuerRole::kRoot));
  CHECK(refused(entries, site.authority.other_root));
  entries[1].state = IssuerState::kRevoked;
  CHECK(refused(entries, site.authority.root));
}

TEST_CASE(
    "append: a root is missing when a record with usage 2 names it and the chain ends below it") {
  const CatalogueSite site;
  const auto catalogue = CatalogueSite::made(site.entries());
  const auto& root = site.authority.root;
  const auto missing = [&](const Chain& chain, const char* form, const TestCertificate& named) {
    return missing_root(catalogue, chain, {record(form, named).rdata()});
  };
  for (const auto* form : {"2 1 1", "2 1 2", "2 0 1"})
    CHECK(missing(site.chain, form, root) == key_digest_of(root));
  CHECK_FALSE(missing(site.chain, "3 1 1", root));
  CHECK_FALSE(missing(site.chain, "0 1 1", root));
  CHECK_FALSE(missing(site.chain, "2 1 1", site.authority.issuer));
  CHECK_FALSE(missing(site.chain, "2 1 1", site.authority.other_root));
  CHECK_FALSE(missing(chain_of({&site.leaf, &site.authority.issuer, &root}), "2 1 1", root));
  // The same key by another authority's signature is above it as well.
  CHECK_FALSE(missing(chain_of({&site.leaf, &site.authority.issuer, &site.authority.cross}),
                      "2 1 1", root));
  const auto alone = TestAuthority::make("Alone", nullptr);
  const TestCertificate other({}, support::make_ec_key(), &alone);
  CHECK_FALSE(missing(chain_of({&other, &alone}), "2 1 1", root));
}

}  // namespace
}  // namespace danewerk::tlsa
