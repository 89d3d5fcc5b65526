#include "crypto/software_key.h"

#include <array>

#include <fmt/format.h>
#include <openssl/pem.h>

#include "crypto/algorithm.h"
#include "crypto/pem.h"

namespace danewerk::crypto {

namespace {

/// Asked for the passphrase of an encrypted key: there is none. Without it OpenSSL would prompt.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

SoftwareKey::SoftwareKey(Algorithm algorithm, PkeyPtr key, Bytes public_key)
    : algorithm_(algorithm), key_(std::move(key)), public_key_(std::move(public_key)) {}

Result<void> check_may_sign(Algorithm algorithm, unsigned bits) {
  if (!is_for_signing(algorithm)) {
    return fail(
        Errc::kRefused,
        fmt::format("{} is not for signing any more (RFC 8624 section 3.1)", to_text(algorithm)),
        "take a key of algorithm 8 or 13");
  }
  if (is_rsa(algorithm) && (bits < kMinRsaBits || bits > kMaxRsaBits)) {
    return fail(Errc::kRefused, fmt::format("RSA modulus of {} bits: only {} to {} can be used",
                                            bits, kMinRsaBits, kMaxRsaBits));
  }
  return {};
}

Result<std::unique_ptr<PrivateKey>> SoftwareKey::from(Algorithm algorithm, PkeyPtr key) {
  DW_TRY_VOID(check_key_type(algorithm, key.get()));
  DW_TRY_VOID(check_may_sign(algorithm, static_cast<unsigned>(EVP_PKEY_get_bits(key.get()))));
  DW_TRY(auto public_key, dnskey_public_key(algorithm, key.get()));
  return std::unique_ptr<PrivateKey>(
      new SoftwareKey(algorithm, std::move(key), std::move(public_key)));
}

unsigned SoftwareKey::bits() const {
  return static_cast<unsigned>(EVP_PKEY_get_bits(key_.get()));
}

Result<std::unique_ptr<Signer>> SoftwareKey::new_signer() const {
  return make_signer(algorithm_, key_.get());
}

Result<Secret> SoftwareKey::to_pem() const {
  // A secure-memory BIO wipes what it gives back, also when it grows.
  const BioPtr out(BIO_new(BIO_s_secmem()));
  if (out == nullptr || PEM_write_bio_PKCS8PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0,
                                                      nullptr, nullptr) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "write the private key"));
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const auto view = as_bytes({text, static_cast<std::size_t>(size)});
  return Secret(Bytes(view.begin(), view.end()));
}

Result<PrivateFields> SoftwareKey::fields() const {
  return fields_of(algorithm_, key_.get());
}

Result<std::unique_ptr<PrivateKey>> generate(Algorithm algorithm, unsigned bits) {
  DW_TRY_VOID(check_may_sign(algorithm, bits));
  const bool is_ec = algorithm == Algorithm::kEcdsaP256 || algorithm == Algorithm::kEcdsaP384;
  const std::string type = is_rsa(algorithm) ? "RSA"
                           : is_ec           ? "EC"
                                             : std::string(to_text(algorithm));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type.c_str(), nullptr));
  bool ready = context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1;
  if (is_rsa(algorithm)) {
    ready = ready && EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1;
  } else if (is_ec) {
    const char* group = algorithm == Algorithm::kEcdsaP256 ? "P-256" : "P-384";
    ready = ready && EVP_PKEY_CTX_set_group_name(context.get(), group) == 1;
  }
  EVP_PKEY* key = nullptr;
  if (!ready || EVP_PKEY_generate(context.get(), &key) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "generate a key"));
  }
  return SoftwareKey::from(algorithm, PkeyPtr(key));
}

Result<std::unique_ptr<PrivateKey>> private_key_from_pem(Algorithm algorithm, ByteView pem) {
  DW_TRY_VOID(check_pem(pem));
  const auto reader = reader_over(pem);
  bool asked = false;
  PkeyPtr key(
      PEM_read_bio_PrivateKey_ex(reader.get(), nullptr, no_passphrase, &asked, nullptr, nullptr));
  if (key == nullptr) {
    auto error = openssl_error(Errc::kBadInput, "read the private key");
    if (asked) return fail(Errc::kBadInput, "the private key is encrypted");
    return tl::unexpected(std::move(error));
  }
  return SoftwareKey::from(algorithm, std::move(key));
}

}  // namespace danewerk::crypto
