#include "crypto/openssl.h"

#include <array>

#include <fmt/format.h>
#include <openssl/err.h>

#include "crypto/algorithm.h"

namespace danewerk::crypto {

Error openssl_error(Errc code, std::string_view what) {
  // The last entry is the innermost cause; what was queued before it is how one got there.
  const unsigned long cause = ERR_peek_last_error();
  const char* reason = cause == 0 ? nullptr : ERR_reason_error_string(cause);
  ERR_clear_error();
  return {code, fmt::format("cannot {}: {}", what, reason == nullptr ? "no reason given" : reason)};
}

BioPtr reader_over(ByteView octets) {
  return BioPtr(BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size())));
}

BigNumber number_from(ByteView octets) {
  // "Secure" numbers are wiped, and so is what the parameter builder copies from them.
  BigNumber number(BN_secure_new());
  if (number == nullptr ||
      BN_bin2bn(octets.data(), static_cast<int>(octets.size()), number.get()) == nullptr) {
    return nullptr;
  }
  return number;
}

Result<void> check_key_type(Algorithm algorithm, const EVP_PKEY* key) {
  const auto wrong = [&] {
    return fail(Errc::kBadInput, fmt::format("this is no key for {}", to_text(algorithm)));
  };
  if (is_rsa(algorithm)) {
    if (EVP_PKEY_is_a(key, "RSA") == 0) return wrong();
    return {};
  }
  if (algorithm == Algorithm::kEd25519 || algorithm == Algorithm::kEd448) {
    if (EVP_PKEY_is_a(key, std::string(to_text(algorithm)).c_str()) == 0) return wrong();
    return {};
  }
  if (EVP_PKEY_is_a(key, "EC") == 0) return wrong();
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return wrong();
  const std::string_view name(group.data(), size);
  const bool is_p256 = name == "prime256v1" || name == "P-256";
  const bool is_p384 = name == "secp384r1" || name == "P-384";
  if (algorithm == Algorithm::kEcdsaP256 ? !is_p256 : !is_p384) return wrong();
  return {};
}

Result<PkeyContext> digest_context(Algorithm algorithm, EVP_PKEY* key, Use use) {
  PkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  const auto type = digest_of(algorithm);
  DW_CHECK(type.has_value(), "only algorithms that sign digests have such a context");
  const bool begun =
      context != nullptr && (use == Use::kSign ? EVP_PKEY_sign_init(context.get())
                                               : EVP_PKEY_verify_init(context.get())) == 1;
  // RSASSA-PKCS1-v1_5 (RFC 5702 section 3); for ECDSA the digest only decides its length.
  const bool ready =
      begun &&
      (!is_rsa(algorithm) || EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1) &&
      EVP_PKEY_CTX_set_signature_md(context.get(), message_digest(*type)) == 1;
  if (!ready) return tl::unexpected(openssl_error(Errc::kUnavailable, "use the key"));
  return context;
}

}  // namespace danewerk::crypto
