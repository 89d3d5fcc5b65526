#pragma once

/// \file
/// Checking signatures and taking digests: all that `verify` may use of this folder.
/// OpenSSL does the arithmetic. Objects belong to one thread each.

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace danewerk::crypto {

/// DNSSEC algorithm numbers (IANA registry).
enum class Algorithm : std::uint8_t {
  kRsaSha1 = 5,       ///< verified only (RFC 3110)
  kRsaSha1Nsec3 = 7,  ///< verified only (RFC 5155)
  kRsaSha256 = 8,     ///< RFC 5702
  kRsaSha512 = 10,    ///< RFC 5702
  kEcdsaP256 = 13,    ///< ECDSAP256SHA256, RFC 6605
  kEcdsaP384 = 14,    ///< ECDSAP384SHA384, RFC 6605
  kEd25519 = 15,      ///< RFC 8080
  kEd448 = 16,        ///< RFC 8080
};

/// A public key ready to check signatures. Keeps its contexts: one per thread and key.
class PublicKey {
 public:
  /// \param key  the public key field of a DNSKEY (RFC 3110, RFC 6605 section 4, RFC 8080 section
  /// 3). kBadInput when the octets are no key of that algorithm, or the algorithm is not one of
  /// ours.
  static Result<PublicKey> from_dnskey(std::uint8_t algorithm, ByteView key);

  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;
  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(PublicKey&&) noexcept;
  ~PublicKey();

  /// True when SIGNATURE (as in RRSIG) is by this key over DATA.
  [[nodiscard]] bool verifies(ByteView data, ByteView signature);

 private:
  struct Impl;
  explicit PublicKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

enum class DigestType : std::uint8_t { kSha1, kSha256, kSha384, kSha512 };

/// Octets of a digest; size says how many count.
struct Digest {
  std::array<std::uint8_t, 64> octets{};
  std::uint8_t size = 0;
  [[nodiscard]] ByteView view() const { return ByteView(octets).first(size); }
};

/// Digest of one piece of data. Thread-safe: contexts are per thread. Fast for short data (NSEC3).
Digest digest(DigestType type, ByteView data);

/// A digest over pieces.
class DigestStream {
 public:
  explicit DigestStream(DigestType type);
  DigestStream(const DigestStream&) = delete;
  DigestStream& operator=(const DigestStream&) = delete;
  DigestStream(DigestStream&&) noexcept;
  DigestStream& operator=(DigestStream&&) noexcept;
  ~DigestStream();
  void update(ByteView data);
  /// Once, at the end.
  [[nodiscard]] Digest finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace danewerk::crypto
