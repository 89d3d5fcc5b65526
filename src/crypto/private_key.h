#pragma once

/// \file
/// Private keys: made, read, written, and used to sign, behind one interface, so that a key may
/// live on an HSM later and never be a file.

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/signature.h"

namespace danewerk::crypto {

/// Signs with one key on one thread; keeps its contexts.
class Signer {
 public:
  Signer() = default;
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  virtual ~Signer() = default;
  /// Octets of every signature by this key, in the form that RRSIG has.
  [[nodiscard]] virtual std::size_t signature_size() const = 0;
  /// Writes the signature over DATA. REQUIRES: out has signature_size() octets.
  virtual Result<void> sign(ByteView data, std::span<std::uint8_t> out) = 0;
};

/// A private key that may be used by many threads, each with a Signer of its own.
class PrivateKey {
 public:
  PrivateKey() = default;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  virtual ~PrivateKey() = default;
  [[nodiscard]] virtual Algorithm algorithm() const = 0;
  [[nodiscard]] virtual unsigned bits() const = 0;
  /// Public key field of the DNSKEY.
  [[nodiscard]] virtual Bytes public_key() const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Signer>> new_signer() const = 0;
};

/// \param bits  modulus for RSA, 1024 to 4096 (RFC 5702 section 2); ignored for the others.
Result<std::unique_ptr<PrivateKey>> generate(Algorithm algorithm, unsigned bits);

}  // namespace danewerk::crypto
