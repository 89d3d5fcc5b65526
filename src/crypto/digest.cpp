#include <array>
#include <utility>

#include "crypto/openssl.h"

namespace danewerk::crypto {

namespace {

constexpr std::size_t kTypes = 4;

std::size_t index_of(DigestType type) {
  return static_cast<std::size_t>(type);
}

std::array<const EVP_MD*, kTypes> fetch_all() {
  std::array<const EVP_MD*, kTypes> all{};
  constexpr std::array kNames{"SHA1", "SHA2-256", "SHA2-384", "SHA2-512"};
  for (std::size_t i = 0; i < kTypes; ++i) {
    // Never freed: threads may hash until the process ends.
    all.at(i) = EVP_MD_fetch(nullptr, kNames.at(i), nullptr);
    DW_CHECK(all.at(i) != nullptr, "OpenSSL has SHA-1 and SHA-2");
  }
  return all;
}

/// A context that has its digest already: beginning again with none named skips the set-up.
MdContext new_context(DigestType type) {
  MdContext context(EVP_MD_CTX_new());
  DW_CHECK(
      context != nullptr && EVP_DigestInit_ex2(context.get(), message_digest(type), nullptr) == 1,
      "a digest can be begun");
  return context;
}

void finish_into(EVP_MD_CTX* context, Digest& out) {
  unsigned size = 0;
  DW_CHECK(EVP_DigestFinal_ex(context, out.octets.data(), &size) == 1, "a digest can be ended");
  out.size = static_cast<std::uint8_t>(size);
}

}  // namespace

const EVP_MD* message_digest(DigestType type) {
  static const auto all = fetch_all();
  return all.at(index_of(type));
}

Digest digest(DigestType type, ByteView data) {
  thread_local std::array<MdContext, kTypes> contexts;
  auto& context = contexts.at(index_of(type));
  if (context == nullptr) context = new_context(type);
  Digest out;
  DW_CHECK(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1 &&
               EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1,
           "memory can be hashed");
  finish_into(context.get(), out);
  return out;
}

struct DigestStream::Impl {
  MdContext context;
};

DigestStream::DigestStream(DigestType type)
    : impl_(std::make_unique<Impl>(Impl{new_context(type)})) {}
DigestStream::DigestStream(DigestStream&&) noexcept = default;
DigestStream& DigestStream::operator=(DigestStream&&) noexcept = default;
DigestStream::~DigestStream() = default;

void DigestStream::update(ByteView data) {
  DW_CHECK(EVP_DigestUpdate(impl_->context.get(), data.data(), data.size()) == 1,
           "memory can be hashed");
}

Digest DigestStream::finish() {
  Digest out;
  finish_into(impl_->context.get(), out);
  return out;
}

}  // namespace danewerk::crypto
