#include <algorithm>
#include <array>

#include "crypto/algorithm.h"
#include "crypto/ecdsa_form.h"
#include "crypto/software_key.h"

namespace danewerk::crypto {

namespace {

Error cannot_sign() {
  return openssl_error(Errc::kUnavailable, "sign");
}

/// RSA and ECDSA: the digest is taken apart, and one context signs all digests.
class DigestSigner final : public Signer {
 public:
  DigestSigner(Algorithm algorithm, PkeyPtr key, PkeyContext context)
      : type_(*digest_of(algorithm)),
        is_rsa_(is_rsa(algorithm)),
        size_(fixed_signature_size(algorithm).value_or(
            static_cast<std::size_t>(EVP_PKEY_get_size(key.get())))),
        key_(std::move(key)),
        context_(std::move(context)) {}

  [[nodiscard]] std::size_t signature_size() const override { return size_; }

  Result<void> sign(ByteView data, std::span<std::uint8_t> out) override {
    const auto hash = digest(type_, data);
    if (is_rsa_) return sign_rsa(hash, out);
    std::array<std::uint8_t, kMaxEcdsaSequence> sequence{};
    std::size_t size = sequence.size();
    if (EVP_PKEY_sign(context_.get(), sequence.data(), &size, hash.octets.data(), hash.size) != 1 ||
        !ecdsa_raw(ByteView(sequence).first(size), out)) {
      return tl::unexpected(cannot_sign());
    }
    return {};
  }

 private:
  Result<void> sign_rsa(const Digest& hash, std::span<std::uint8_t> out) {
    std::size_t size = out.size();
    if (EVP_PKEY_sign(context_.get(), out.data(), &size, hash.octets.data(), hash.size) != 1 ||
        size != out.size()) {
      return tl::unexpected(cannot_sign());
    }
    return {};
  }

  DigestType type_;
  bool is_rsa_;
  std::size_t size_;
  PkeyPtr key_;
  PkeyContext context_;
};

/// EdDSA hashes the message twice by itself (RFC 8032 section 5.1.6): there is no digest to hand.
class MessageSigner final : public Signer {
 public:
  MessageSigner(Algorithm algorithm, PkeyPtr key, MdContext context)
      : size_(*fixed_signature_size(algorithm)),
        key_(std::move(key)),
        context_(std::move(context)) {}

  [[nodiscard]] std::size_t signature_size() const override { return size_; }

  Result<void> sign(ByteView data, std::span<std::uint8_t> out) override {
    // One-shot signing ends a context; later versions of OpenSSL insist on a new beginning.
    std::size_t size = out.size();
    if (EVP_DigestSignInit(context_.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context_.get(), out.data(), &size, data.data(), data.size()) != 1 ||
        size != out.size()) {
      return tl::unexpected(cannot_sign());
    }
    return {};
  }

 private:
  std::size_t size_;
  PkeyPtr key_;
  MdContext context_;
};

}  // namespace

Result<std::unique_ptr<Signer>> make_signer(Algorithm algorithm, EVP_PKEY* key) {
  // A copy each: threads that share an RSA key wait for each other at its blinding.
  PkeyPtr own(EVP_PKEY_dup(key));
  if (own == nullptr) return tl::unexpected(cannot_sign());
  if (!digest_of(algorithm)) {
    MdContext context(EVP_MD_CTX_new());
    if (context == nullptr) return tl::unexpected(cannot_sign());
    return std::make_unique<MessageSigner>(algorithm, std::move(own), std::move(context));
  }
  DW_TRY(auto context, digest_context(algorithm, own.get(), Use::kSign));
  return std::make_unique<DigestSigner>(algorithm, std::move(own), std::move(context));
}

}  // namespace danewerk::crypto
