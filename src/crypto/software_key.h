#pragma once

/// \file
/// Private keys in memory. Private to this folder.

#include <memory>

#include "crypto/openssl.h"
#include "crypto/private_key.h"

namespace danewerk::crypto {

class SoftwareKey final : public PrivateKey {
 public:
  /// Checks type, size and algorithm. \returns as private_key_from_pem.
  static Result<std::unique_ptr<PrivateKey>> from(Algorithm algorithm, PkeyPtr key);

  [[nodiscard]] Algorithm algorithm() const override { return algorithm_; }
  [[nodiscard]] unsigned bits() const override;
  [[nodiscard]] Bytes public_key() const override { return public_key_; }
  [[nodiscard]] Result<std::unique_ptr<Signer>> new_signer() const override;
  [[nodiscard]] Result<Secret> to_pem() const override;
  [[nodiscard]] Result<PrivateFields> fields() const override;

 private:
  SoftwareKey(Algorithm algorithm, PkeyPtr key, Bytes public_key);
  Algorithm algorithm_;
  PkeyPtr key_;
  Bytes public_key_;
};

/// \returns kRefused when the algorithm must not sign any more, or the modulus is out of range.
Result<void> check_may_sign(Algorithm algorithm, unsigned bits);

/// Parts of a private key, and back. REQUIRES: the key is of that algorithm.
Result<PrivateFields> fields_of(Algorithm algorithm, const EVP_PKEY* key);

/// REQUIRES: the key is of that algorithm.
Result<std::unique_ptr<Signer>> make_signer(Algorithm algorithm, EVP_PKEY* key);

}  // namespace danewerk::crypto
