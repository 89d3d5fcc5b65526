#include "crypto/signature.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/algorithm.h"
#include "crypto/private_key.h"

namespace danewerk::crypto {
namespace {

constexpr std::array kSigning{Algorithm::kRsaSha256, Algorithm::kRsaSha512, Algorithm::kEcdsaP256,
                              Algorithm::kEcdsaP384, Algorithm::kEd25519,   Algorithm::kEd448};

std::uint8_t number_of(Algorithm algorithm) {
  return static_cast<std::uint8_t>(algorithm);
}

struct Signed {
  Bytes public_key;
  Bytes data;
  Bytes signature;
};

Signed make_signed(Algorithm algorithm, std::string_view text) {
  const auto key = generate(algorithm, 2048);
  REQUIRE(key.has_value());
  const auto signer = (*key)->new_signer();
  REQUIRE(signer.has_value());
  Signed out{(*key)->public_key(), Bytes(text.begin(), text.end()),
             Bytes((*signer)->signature_size())};
  REQUIRE((*signer)->sign(out.data, out.signature).has_value());
  return out;
}

TEST_CASE("signature: what a key signs its public half verifies, and nothing else") {
  for (const auto algorithm : kSigning) {
    CAPTURE(to_text(algorithm));
    auto made = make_signed(algorithm, "a message");
    auto key = PublicKey::from_dnskey(number_of(algorithm), made.public_key);
    REQUIRE(key.has_value());
    CHECK(key->verifies(made.data, made.signature));
    for (const std::size_t at :
         {std::size_t{0}, made.signature.size() / 2, made.signature.size() - 1}) {
      made.signature[at] ^= 1U;
      CHECK_FALSE(key->verifies(made.data, made.signature));
      made.signature[at] ^= 1U;
    }
    made.data[0] ^= 1U;
    CHECK_FALSE(key->verifies(made.data, made.signature));
    made.data[0] ^= 1U;
    CHECK(key->verifies(made.data, made.signature));  // a refusal leaves no trace in the context
  }
}

TEST_CASE("signature: another length than the key's is refused") {
  for (const auto algorithm : kSigning) {
    CAPTURE(to_text(algorithm));
    auto made = make_signed(algorithm, "a message");
    auto key = PublicKey::from_dnskey(number_of(algorithm), made.public_key);
    REQUIRE(key.has_value());
    auto longer = made.signature;
    longer.push_back(0);
    CHECK_FALSE(key->verifies(made.data, longer));
    CHECK_FALSE(key->verifies(made.data, ByteView(made.signature).first(longer.size() - 2)));
    CHECK_FALSE(key->verifies(made.data, {}));
  }
}

TEST_CASE("signature: sizes are those of RFC 6605 section 4 and RFC 8080 section 4") {
  CHECK(make_signed(Algorithm::kRsaSha256, "x").signature.size() == 256);
  CHECK(make_signed(Algorithm::kEcdsaP256, "x").signature.size() == 64);
  CHECK(make_signed(Algorithm::kEcdsaP384, "x").signature.size() == 96);
  CHECK(make_signed(Algorithm::kEd25519, "x").signature.size() == 64);
  CHECK(make_signed(Algorithm::kEd448, "x").signature.size() == 114);
}

TEST_CASE("signature: a signer signs many messages, each verified, ECDSA numbers filled up") {
  const auto key = generate(Algorithm::kEcdsaP256, 0);
  REQUIRE(key.has_value());
  auto signer = (*key)->new_signer();
  auto verifier = PublicKey::from_dnskey(13, (*key)->public_key());
  REQUIRE(verifier.has_value());
  Bytes signature((*signer)->signature_size());
  bool has_short_number = false;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    Bytes data;
    append_u32(data, i);
    REQUIRE((*signer)->sign(data, signature).has_value());
    has_short_number = has_short_number || signature[0] == 0 || signature[32] == 0;
    REQUIRE(verifier->verifies(data, signature));
  }
  CHECK(has_short_number);  // 2000 signatures without one: once in 10 million runs
}

TEST_CASE("signature: keys that are none are refused, not crashed on") {
  const std::vector<std::pair<std::uint8_t, Bytes>> bad{
      {8, {}},
      {8, {0}},
      {8, {0, 0}},
      {8, {0, 0, 0, 1}},
      {8, {3, 1, 0, 1}},     // exponent and no modulus
      {8, {1, 3, 0, 0x81}},  // leading zero in the modulus
      {8, {2, 0, 3, 0x81}},  // leading zero in the exponent
      {8, {1, 3, 0x81}},     // eight bits
      {13, Bytes(63, 1)},
      {13, Bytes(64, 1)},  // not on the curve
      {14, Bytes(96, 1)},
      {15, Bytes(31, 1)},
      {16, Bytes(56, 1)},
      {1, Bytes(64, 1)},
      {250, Bytes(64, 1)},
  };
  for (const auto& [algorithm, octets] : bad) {
    CAPTURE(int{algorithm});
    CAPTURE(to_hex(octets));
    CHECK_FALSE(PublicKey::from_dnskey(algorithm, octets).has_value());
  }
}

TEST_CASE("signature: an RSA exponent may have the long form of its length (RFC 3110 section 2)") {
  const auto made = make_signed(Algorithm::kRsaSha256, "long form");
  REQUIRE(made.public_key[0] == 3);
  Bytes long_form{0, 0, 3};
  long_form.insert(long_form.end(), made.public_key.begin() + 1, made.public_key.end());
  auto key = PublicKey::from_dnskey(8, long_form);
  REQUIRE(key.has_value());
  CHECK(key->verifies(made.data, made.signature));
}

TEST_CASE("signature: an RSA modulus beyond 4096 bits is refused before any arithmetic") {
  Bytes huge{3, 1, 0, 1};
  huge.resize(4 + 4096, 0xff);
  CHECK_FALSE(PublicKey::from_dnskey(8, huge).has_value());
}

TEST_CASE("signature: random octets are no key, or one that verifies nothing random") {
  CHECK(rc::check("random keys", [](const Bytes& key, const Bytes& signature) {
    for (const auto algorithm : kSigning) {
      auto parsed = PublicKey::from_dnskey(number_of(algorithm), key);
      if (parsed) RC_ASSERT(!parsed->verifies(key, signature));
    }
  }));
}

TEST_CASE("digest: the examples of FIPS 180, whole and in pieces") {
  const auto abc = as_bytes("abc");
  const std::vector<std::pair<DigestType, std::string>> known{
      {DigestType::kSha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {DigestType::kSha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {DigestType::kSha384,
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
       "8086072ba1e7cc2358baeca134c825a7"},
      {DigestType::kSha512,
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
  };
  for (const auto& [type, hex] : known) {
    CHECK(to_hex(digest(type, abc).view()) == hex);
    CHECK(to_hex(digest(type, abc).view()) == hex);  // the context is used again
    DigestStream stream(type);
    stream.update(abc.first(1));
    stream.update({});
    stream.update(abc.subspan(1));
    CHECK(to_hex(stream.finish().view()) == hex);
  }
  CHECK(to_hex(digest(DigestType::kSha1, {}).view()) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("algorithm: names and numbers") {
  CHECK(to_text(Algorithm::kRsaSha256) == "RSASHA256");
  CHECK(algorithm_from_text("rsasha256") == Algorithm::kRsaSha256);
  CHECK(algorithm_from_text("ECDSAP256SHA256") == Algorithm::kEcdsaP256);
  CHECK(algorithm_from_text("16") == Algorithm::kEd448);
  CHECK_FALSE(algorithm_from_text("264").has_value());
  CHECK_FALSE(algorithm_from_text("8x").has_value());
  CHECK_FALSE(algorithm_from_text("").has_value());
  CHECK_FALSE(algorithm_from_number(3).has_value());
}

}  // namespace
}  // namespace danewerk::crypto
