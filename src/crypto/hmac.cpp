#include "crypto/hmac.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "crypto/openssl.h"

namespace danewerk::crypto {

Digest hmac(DigestType type, ByteView key, ByteView data) {
  // With a null key OpenSSL would go on with one of an earlier call.
  static constexpr std::uint8_t kNothing = 0;
  const auto* octets = key.empty() ? &kNothing : key.data();
  Digest out;
  unsigned size = 0;
  DW_CHECK(HMAC(message_digest(type), octets, static_cast<int>(key.size()), data.data(),
                data.size(), out.octets.data(), &size) != nullptr,
           "OpenSSL has HMAC with SHA-1 and SHA-2");
  out.size = static_cast<std::uint8_t>(size);
  return out;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void fill_randomly(std::span<std::uint8_t> octets) {
  DW_CHECK(RAND_bytes(octets.data(), static_cast<int>(octets.size())) == 1,
           "the system has random octets");
}

}  // namespace danewerk::crypto
