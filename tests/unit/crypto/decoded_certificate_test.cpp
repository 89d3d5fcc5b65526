#include "crypto/decoded_certificate.h"

#include <atomic>
#include <vector>

#include <doctest/doctest.h>

#include "base/parallel.h"
#include "support/certificates.h"

namespace danewerk::crypto {
namespace {

TEST_CASE("decoded certificate: the same octets give what was decoded before") {
  const support::TestAuthority authority;
  const auto der = authority.issuer.der();
  const auto first = decoded_certificate(der);
  REQUIRE(first != nullptr);
  CHECK(decoded_certificate(der).get() == first.get());
  CHECK(decoded_certificate(authority.cross.der()).get() != first.get());
}

TEST_CASE("decoded certificate: one octet more or less is none, whatever was decoded before") {
  const support::TestAuthority authority;
  auto der = authority.issuer.der();
  REQUIRE(decoded_certificate(der) != nullptr);
  der.push_back(0);
  CHECK(decoded_certificate(der) == nullptr);
  CHECK(decoded_certificate(der) == nullptr);
  der.resize(der.size() - 2);
  CHECK(decoded_certificate(der) == nullptr);
  CHECK(decoded_certificate({}) == nullptr);
}

TEST_CASE("decoded certificate: what is in use outlives what is kept") {
  const support::TestAuthority authority;
  const auto der = authority.issuer.der();
  const auto held = decoded_certificate(der);
  const EVP_PKEY* key = X509_get0_pubkey(held.get());
  for (int i = 0; i < 300; ++i) REQUIRE(decoded_certificate(authority.server().der()) != nullptr);
  CHECK(X509_get0_pubkey(held.get()) == key);
  CHECK(X509_cmp(decoded_certificate(der).get(), held.get()) == 0);
}

TEST_CASE("decoded certificate: from several threads at once") {
  const support::TestAuthority authority;
  const auto issuer = authority.issuer.der();
  std::vector<Bytes> leaves;
  leaves.reserve(40);
  for (int i = 0; i < 40; ++i) leaves.push_back(authority.server().der());
  std::atomic<int> sound = 0;
  for_each_part(4, 4 * leaves.size(), [&](std::size_t part) {
    const auto leaf = decoded_certificate(leaves[part % leaves.size()]);
    const auto above = decoded_certificate(issuer);
    if (leaf == nullptr || above == nullptr) return;
    if (X509_verify(leaf.get(), X509_get0_pubkey(above.get())) == 1) ++sound;
  });
  CHECK(sound == 160);
}

}  // namespace
}  // namespace danewerk::crypto
