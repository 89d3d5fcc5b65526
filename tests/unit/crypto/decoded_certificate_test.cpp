#include "crypto/decoded_certificate.h"

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace danewerk::crypto
