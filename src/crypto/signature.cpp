#include "crypto/signature.h"

#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>

#include "crypto/algorithm.h"
#include "crypto/ecdsa_form.h"
#include "crypto/openssl.h"

namespace danewerk::crypto {

struct PublicKey::Impl {
  Algorithm algorithm;
  PkeyPtr key;
  std::size_t signature_size;
  PkeyContext context;  ///< RSA and ECDSA: checks digests
  MdContext message;    ///< EdDSA: checks messages

  [[nodiscard]] bool verifies_digest(ByteView data, ByteView signature) const {
    const auto hash = digest(*digest_of(algorithm), data);
    if (is_rsa(algorithm)) return check(hash, signature);
    return check(hash, ecdsa_sequence(signature).view());
  }
  [[nodiscard]] bool verifies_message(ByteView data, ByteView signature) const {
    return EVP_DigestVerifyInit(message.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(message.get(), signature.data(), signature.size(), data.data(),
                            data.size()) == 1;
  }

 private:
  [[nodiscard]] bool check(const Digest& hash, ByteView signature) const {
    return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), hash.octets.data(),
                           hash.size) == 1;
  }
};

Result<PublicKey> PublicKey::from_dnskey(std::uint8_t algorithm, ByteView key) {
  const auto ours = algorithm_from_number(algorithm);
  if (!ours) return fail(Errc::kBadInput, fmt::format("algorithm {} is not supported", algorithm));
  DW_TRY(auto pkey, public_key_from_dnskey(*ours, key));
  const auto fixed = fixed_signature_size(*ours);
  const std::size_t size = fixed ? *fixed : static_cast<std::size_t>(EVP_PKEY_get_size(pkey.get()));
  auto impl = std::make_unique<Impl>(Impl{*ours, std::move(pkey), size, nullptr, nullptr});
  if (digest_of(*ours)) {
    DW_TRY(impl->context, digest_context(*ours, impl->key.get(), Use::kVerify));
  } else {
    impl->message.reset(EVP_MD_CTX_new());
  }
  return PublicKey(std::move(impl));
}

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

bool PublicKey::verifies(ByteView data, ByteView signature) {
  // An RSA signature is as long as the modulus (RFC 5702 section 3), the others have one length.
  if (signature.size() != impl_->signature_size) return false;
  const bool good = digest_of(impl_->algorithm) ? impl_->verifies_digest(data, signature)
                                                : impl_->verifies_message(data, signature);
  // A wrong signature is an answer, not a failure that a later call should report.
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace danewerk::crypto
