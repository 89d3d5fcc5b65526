#include "crypto/private_key.h"

#include <doctest/doctest.h>

#include "crypto/algorithm.h"

namespace danewerk::crypto {
namespace {

constexpr std::array kSigning{Algorithm::kRsaSha256, Algorithm::kRsaSha512, Algorithm::kEcdsaP256,
                              Algorithm::kEcdsaP384, Algorithm::kEd25519,   Algorithm::kEd448};

std::unique_ptr<PrivateKey> make(Algorithm algorithm) {
  auto key = generate(algorithm, 2048);
  REQUIRE(key.has_value());
  return *std::move(key);
}

PrivateFields copy_of(const PrivateFields& fields) {
  PrivateFields copy;
  for (const auto& field : fields) {
    copy.push_back(
        {field.name, Secret(Bytes(field.value.view().begin(), field.value.view().end()))});
  }
  return copy;
}

TEST_CASE("private key: PEM and back is the same key") {
  for (const auto algorithm : kSigning) {
    CAPTURE(to_text(algorithm));
    const auto key = make(algorithm);
    const auto pem = key->to_pem();
    REQUIRE(pem.has_value());
    CHECK(as_text(pem->view()).starts_with("-----BEGIN PRIVATE KEY-----\n"));
    const auto again = private_key_from_pem(algorithm, pem->view());
    REQUIRE(again.has_value());
    CHECK((*again)->public_key() == key->public_key());
    CHECK((*again)->bits() == key->bits());
    CHECK(prove_pair(**again, key->public_key()).has_value());
  }
}

TEST_CASE("private key: parts and back is the same key") {
  for (const auto algorithm : kSigning) {
    CAPTURE(to_text(algorithm));
    const auto key = make(algorithm);
    const auto fields = key->fields();
    REQUIRE(fields.has_value());
    CHECK(fields->size() == (is_rsa(algorithm) ? 8 : 1));
    const auto again = private_key_from_fields(algorithm, *fields);
    REQUIRE(again.has_value());
    CHECK((*again)->public_key() == key->public_key());
    CHECK(prove_pair(**again, key->public_key()).has_value());
  }
}

TEST_CASE("private key: RSA numbers that contradict each other are refused, each of them") {
  const auto key = make(Algorithm::kRsaSha256);
  const auto fields = key->fields();
  REQUIRE(fields.has_value());
  for (std::size_t i = 0; i < fields->size(); ++i) {
    CAPTURE((*fields)[i].name);
    auto bad = copy_of(*fields);
    bad[i].value.writable().back() ^= 2U;
    const auto result = private_key_from_fields(Algorithm::kRsaSha256, bad);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code() == Errc::kBadInput);
    auto missing = copy_of(*fields);
    missing.erase(missing.begin() + static_cast<long>(i));
    CHECK_FALSE(private_key_from_fields(Algorithm::kRsaSha256, missing).has_value());
  }
}

TEST_CASE("private key: scalars out of range are refused") {
  const auto field = [](std::size_t size, std::uint8_t fill) {
    PrivateFields fields;
    fields.push_back({"PrivateKey", Secret(Bytes(size, fill))});
    return fields;
  };
  CHECK_FALSE(private_key_from_fields(Algorithm::kEcdsaP256, field(32, 0)).has_value());
  CHECK_FALSE(private_key_from_fields(Algorithm::kEcdsaP256, field(32, 0xff)).has_value());
  CHECK_FALSE(private_key_from_fields(Algorithm::kEcdsaP256, field(48, 1)).has_value());
  CHECK_FALSE(private_key_from_fields(Algorithm::kEcdsaP384, field(480, 1)).has_value());
  CHECK_FALSE(private_key_from_fields(Algorithm::kEd25519, field(31, 1)).has_value());
  CHECK_FALSE(private_key_from_fields(Algorithm::kEd448, field(0, 1)).has_value());
  CHECK(private_key_from_fields(Algorithm::kEcdsaP256, field(31, 1)).has_value());
}

TEST_CASE("private key: halves that do not belong together are refused") {
  for (const auto algorithm : kSigning) {
    CAPTURE(to_text(algorithm));
    const auto one = make(algorithm);
    const auto other = make(algorithm);
    CHECK(prove_pair(*one, one->public_key()).has_value());
    CHECK_FALSE(prove_pair(*one, other->public_key()).has_value());
  }
}

TEST_CASE("private key: a key of another type or curve is refused") {
  const auto rsa = make(Algorithm::kRsaSha256)->to_pem();
  const auto p256 = make(Algorithm::kEcdsaP256)->to_pem();
  CHECK(private_key_from_pem(Algorithm::kRsaSha512, rsa->view()).has_value());
  CHECK_FALSE(private_key_from_pem(Algorithm::kEcdsaP256, rsa->view()).has_value());
  CHECK_FALSE(private_key_from_pem(Algorithm::kEcdsaP384, p256->view()).has_value());
  CHECK_FALSE(private_key_from_pem(Algorithm::kEd25519, p256->view()).has_value());
  CHECK_FALSE(private_key_from_pem(Algorithm::kRsaSha256, p256->view()).has_value());
}

TEST_CASE("private key: sizes and algorithms that must not sign are refused") {
  for (const unsigned bits : {0U, 512U, 1023U, 4097U, 16384U}) {
    const auto key = generate(Algorithm::kRsaSha256, bits);
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().code() == Errc::kRefused);
  }
  CHECK_FALSE(generate(Algorithm::kRsaSha1, 2048).has_value());
  CHECK_FALSE(generate(Algorithm::kRsaSha1Nsec3, 2048).has_value());
}

TEST_CASE("private key: what is no PEM, or encrypted, is refused without a prompt") {
  CHECK_FALSE(private_key_from_pem(Algorithm::kRsaSha256, {}).has_value());
  CHECK_FALSE(private_key_from_pem(Algorithm::kRsaSha256, as_bytes("nonsense")).has_value());
  // openssl genpkey -algorithm ed25519 -aes-128-cbc -pass pass:secret
  const auto encrypted =
      private_key_from_pem(Algorithm::kEd25519, as_bytes(R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAixa0Tp6EV7aAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEENe95LyOoPm3LblTPI1baxkEQHqa
Z5CeFLKfPtxGuX+xWMTg8o71eH3BqPzyoG19YhlYgiUdyVDNdMBcj3Ryj1oNs1Y6
dqQSUg6c+S1rkQvEOeA=
-----END ENCRYPTED PRIVATE KEY-----
)"));
  REQUIRE_FALSE(encrypted.has_value());
  CHECK(encrypted.error().message() == "the private key is encrypted");
}

}  // namespace
}  // namespace danewerk::crypto
