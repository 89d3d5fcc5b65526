#include "crypto/certificate_request.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/algorithm.h"
#include "crypto/certificate.h"
#include "crypto/private_key.h"

namespace danewerk::crypto {
namespace {

Secret key_pem(Algorithm algorithm) {
  auto key = generate(algorithm, 2048);
  REQUIRE(key.has_value());
  auto pem = (*key)->to_pem();
  REQUIRE(pem.has_value());
  return *std::move(pem);
}

/// By the library's own parser, not by what made it.
std::vector<std::string> names_in(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(
      PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr), X509_REQ_free);
  REQUIRE(request != nullptr);
  auto* extensions = X509_REQ_get_extensions(request.get());
  REQUIRE(extensions != nullptr);
  auto* names = static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
  REQUIRE(names != nullptr);
  std::vector<std::string> out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names, i);
    REQUIRE(name->type == GEN_DNS);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
    out.emplace_back(as_text({ASN1_STRING_get0_data(name->d.dNSName), size}));
  }
  GENERAL_NAMES_free(names);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  return out;
}

TEST_CASE("request: it is signed by its own key, whatever its kind, and has all names (RFC 2986)") {
  const std::vector<std::string> names{"mx1.example.org", "mail.example.org"};
  for (const auto algorithm : {Algorithm::kRsaSha256, Algorithm::kEcdsaP256, Algorithm::kEcdsaP384,
                               Algorithm::kEd25519, Algorithm::kEd448}) {
    CAPTURE(to_text(algorithm));
    const auto pem = key_pem(algorithm);
    const auto request = make_request(pem.view(), names);
    REQUIRE(request.has_value());
    // Checks the request's own signature.
    const auto read = read_credentials(as_bytes(*request));
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 1);
    CHECK(read->front().kind == CredentialKind::kRequest);
    CHECK(read->front().subject == "CN=mx1.example.org");
    const auto key = read_credentials(pem.view());
    REQUIRE(key.has_value());
    CHECK(read->front().key_info == key->front().key_info);
    CHECK(names_in(*request) == names);
  }
}

TEST_CASE("request: a name that is too long for a common name is in the others alone") {
  const auto pem = key_pem(Algorithm::kEd25519);
  const std::string long_name = std::string(60, 'a') + ".example.org";
  const auto request = make_request(pem.view(), {long_name});
  REQUIRE(request.has_value());
  CHECK(read_credentials(as_bytes(*request))->front().subject.empty());
  CHECK(names_in(*request) == std::vector{long_name});
  const auto two = make_request(pem.view(), {long_name, "mx1.example.org"});
  CHECK(read_credentials(as_bytes(*two))->front().subject == "CN=mx1.example.org");
}

TEST_CASE("request: no name, what is none, and what is no key are refused") {
  const auto pem = key_pem(Algorithm::kEd25519);
  CHECK_FALSE(make_request(pem.view(), {}).has_value());
  for (const auto* name : {"", "mx1.example.org.", "a,DNS:b", "a b", "a\nb", "email:x"}) {
    CHECK_FALSE_MESSAGE(make_request(pem.view(), {name}).has_value(), name);
  }
  CHECK_FALSE(make_request(as_bytes("no key"), {"mx1.example.org"}).has_value());
}

}  // namespace
}  // namespace danewerk::crypto
