#include "tlsa/generate.h"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crypto/pem.h"
#include "support/scoped_folder.h"
#include "tlsa/match.h"
#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

std::string file_text(const std::string& name) {
  return support::text_of(std::string(DW_TESTS_DIR) + "/golden/certificates/" + name);
}

Source source_of(const std::string& text) {
  auto source = Source::read(as_bytes(text));
  REQUIRE_MESSAGE(source.has_value(), (source ? std::string() : source.error().message()));
  return *std::move(source);
}

Combination combination(std::string_view text) {
  const auto parsed = combination_from_text(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

std::string value_of(const std::string& text, std::string_view record) {
  const auto made = generate(source_of(text), combination(record));
  REQUIRE_MESSAGE(made.has_value(), (made ? std::string() : made.error().message()));
  return to_hex(made->data);
}

Error refusal(const std::string& text, std::string_view record) {
  auto source = Source::read(as_bytes(text));
  if (!source) return std::move(source).error();
  auto made = generate(*source, combination(record));
  REQUIRE_FALSE(made.has_value());
  return std::move(made).error();
}

TEST_CASE("generate: all values are those of danetool (tests/golden/certificates/values)") {
  std::istringstream values(file_text("values"));
  std::string line;
  int checked = 0;
  while (std::getline(values, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string name, usage, selector, matching, value;
    words >> name >> usage >> selector >> matching >> value;
    CAPTURE(line);
    const auto record = usage + " " + selector + " " + matching;
    CHECK(value_of(file_text(name + "-chain.pem"), record) == value);
    // The PKIX usages speak of the same certificates (RFC 6698 section 2.1.1).
    const auto pkix = std::string(usage == "3" ? "1" : "0") + record.substr(1);
    CHECK(value_of(file_text(name + "-chain.pem"), pkix) == value);
    ++checked;
  }
  CHECK(checked == 40);
}

TEST_CASE("generate: certificate, request, public and private key give one 3 1 1") {
  for (const std::string name : {"rsa", "p256", "p384", "ed25519", "ed448"}) {
    CAPTURE(name);
    const auto expected = value_of(file_text(name + ".pem"), "3 1 1");
    for (const auto* extension : {".csr", ".pub", ".key", "-chain.pem"}) {
      CAPTURE(extension);
      CHECK(value_of(file_text(name + extension), "3 1 1") == expected);
      CHECK(value_of(file_text(name + extension), "1 1 0").size() > 64);
    }
  }
}

TEST_CASE("generate: matching type 0 is the whole value (RFC 6698 section 2.1.3)") {
  const auto blocks = crypto::pem_blocks(file_text("p256.pem"));
  REQUIRE(blocks.has_value());
  CHECK(value_of(file_text("p256.pem"), "3 0 0") == to_hex(blocks->at(0).octets));
  CHECK(value_of(file_text("p256.pem"), "3 1 0").size() == std::size_t{2} * 91);
}

TEST_CASE("generate: DER is read as PEM is") {
  const auto blocks = crypto::pem_blocks(file_text("rsa.pem"));
  REQUIRE(blocks.has_value());
  const auto der = std::string(as_text(blocks->at(0).octets));
  CHECK(value_of(der, "3 1 1") == value_of(file_text("rsa.pem"), "3 1 1"));
  CHECK_FALSE(Source::read(as_bytes(der + "x")).has_value());
}

TEST_CASE("generate: line ends of Windows, text between blocks, and other blocks do no harm") {
  std::string text =
      "subject=mx1\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
      "-----END EC PARAMETERS-----\n" +
      file_text("p256.pem");
  CHECK(value_of(text, "3 1 1") == value_of(file_text("p256.pem"), "3 1 1"));
  std::string windows;
  for (const char c : file_text("p256.pem"))
    windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(value_of(windows, "3 0 1") == value_of(file_text("p256.pem"), "3 0 1"));
}

std::string value_of_issuer(const std::string& text, std::string_view record) {
  const auto source = Source::read(as_bytes(text), Source::Holds::kIssuer);
  REQUIRE(source.has_value());
  const auto made = generate(*source, combination(record));
  REQUIRE(made.has_value());
  return to_hex(made->data);
}

TEST_CASE("generate: usage 2 takes the certificate that signed the leaf, wherever it stands") {
  const auto issuer = value_of_issuer(file_text("issuer.pem"), "2 1 1");
  const auto leaf = file_text("rsa.pem");
  CHECK(value_of(leaf + file_text("issuer.pem"), "2 1 1") == issuer);
  CHECK(value_of(leaf + file_text("root.pem") + file_text("issuer.pem"), "2 1 1") == issuer);
  CHECK(value_of(file_text("rsa-chain.pem"), "0 1 1") == issuer);
  CHECK(value_of_issuer(file_text("root.pem"), "2 1 1") != issuer);
}

TEST_CASE("generate: the server's own certificate is never its issuer (RFC 7671 section 5.2.1)") {
  const made::TestCertificate root({.name = "CA", .role = made::TestRole::kAuthority},
                                   support::make_ec_key(), nullptr);
  const made::TestCertificate self({}, support::make_ec_key(), nullptr);
  // As `openssl req -x509` makes them.
  const made::TestCertificate lone({.role = made::TestRole::kAuthority}, support::make_ec_key(),
                                   nullptr);
  const made::TestCertificate issued({.role = made::TestRole::kAuthority}, support::make_ec_key(),
                                     &root);
  for (const auto* certificate : {&self, &lone, &issued}) {
    const auto pem = certificate->pem();
    // Twice in the file, it still did not sign itself for a client that gets it first.
    for (const auto& text : {pem, pem + pem}) {
      const auto* why = certificate == &issued ? "no certificate of the issuer" : "signed itself";
      CHECK(refusal(text, "2 1 1").message().find(why) != std::string::npos);
    }
    // No client would take it: by our own reading, and by OpenSSL's.
    Chain chain;
    chain.certificates = test::good(read_blocks(as_bytes(pem)));
    CHECK_FALSE(match(chain, made::record("2 1 1", *certificate),
                      {.names = {}, .at = support::kCertificateTime}));
    CHECK(match(chain, made::record("3 1 1", *certificate),
                {.names = {}, .at = support::kCertificateTime}));
  }
  CHECK(value_of(issued.pem() + root.pem(), "2 1 1") == value_of_issuer(root.pem(), "2 1 1"));
}

TEST_CASE("generate: usage 2 without the issuer is refused with a hint") {
  const auto alone = refusal(file_text("rsa.pem"), "2 1 1");
  CHECK(alone.message().find("no certificate of the issuer") != std::string::npos);
  CHECK(alone.hint().find("fullchain.pem") != std::string::npos);
  CHECK(refusal(file_text("rsa.pem") + file_text("root.pem"), "0 0 1").code() == Errc::kBadInput);
  for (const auto* extension : {".csr", ".pub", ".key"}) {
    CHECK(refusal(file_text(std::string("rsa") + extension), "2 1 1").message().find("no issuer") !=
          std::string::npos);
  }
}

TEST_CASE("generate: a request or key has no certificate to select") {
  for (const auto* extension : {".csr", ".pub", ".key"}) {
    CHECK(refusal(file_text(std::string("p256") + extension), "3 0 1").code() == Errc::kBadInput);
  }
}

TEST_CASE("generate: a private key beside certificates must be theirs") {
  CHECK(value_of(file_text("p256-chain.pem") + file_text("p256.key"), "3 1 1") ==
        value_of(file_text("p256.pem"), "3 1 1"));
  CHECK(value_of(file_text("p256.key") + file_text("p256-chain.pem"), "3 1 1") ==
        value_of(file_text("p256.pem"), "3 1 1"));
  CHECK(refusal(file_text("p256-chain.pem") + file_text("rsa.key"), "3 1 1").code() ==
        Errc::kBadInput);
  CHECK(refusal(file_text("p256.pub") + file_text("rsa.pub"), "3 1 1").code() == Errc::kBadInput);
}

TEST_CASE("generate: nothing, nonsense and halves are refused") {
  const auto good = file_text("rsa.pem");
  for (const auto& text :
       {std::string(), std::string("x"), good.substr(0, good.size() / 2),
        std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN ")}) {
    CAPTURE(text);
    CHECK_FALSE(Source::read(as_bytes(text)).has_value());
  }
  CHECK_FALSE(Source::open("/nowhere/cert.pem").has_value());
}

TEST_CASE("generate: a request that another key signed is refused") {
  auto text = file_text("rsa.csr");
  const auto at = text.rfind("-----END");
  auto& c = text[at - 40];
  c = c == 'A' ? 'B' : 'A';
  CHECK_FALSE(Source::read(as_bytes(text)).has_value());
}

TEST_CASE("generate: a private key whose first line holds a zero octet is refused") {
  auto text = file_text("ed25519.key");
  text[text.find("KEY-----") + 3] = '\0';  // found by fuzzing: the label ended there
  CHECK_FALSE(Source::read(as_bytes(text)).has_value());
}

TEST_CASE("generate: of two private keys each is read, not the first one twice") {
  CHECK(refusal(file_text("p256.pem") + file_text("p256.key") + file_text("ed25519.key"), "3 1 1")
            .code() == Errc::kBadInput);
}

TEST_CASE("generate: damaged files are refused or read alike by both readers, never a crash") {
  const auto pem = file_text("p256-chain.pem");
  const auto blocks = crypto::pem_blocks(pem);
  REQUIRE(blocks.has_value());
  const auto der = blocks->at(0).octets;
  CHECK(rc::check("damaged certificates", [&](std::size_t at, std::uint8_t octet) {
    auto damaged = der;
    damaged[at % damaged.size()] = octet;
    if (const auto source = Source::read(damaged); source) {
      RC_ASSERT(generate(*source, Combination{}).has_value());
    }
    auto text = pem;
    text[at % text.size()] = static_cast<char>(octet);
    if (const auto source = Source::read(as_bytes(text)); source) {
      RC_ASSERT(generate(*source, Combination{}).has_value());
    }
  }));
}

}  // namespace
}  // namespace danewerk::tlsa
