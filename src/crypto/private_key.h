#pragma once

/// \file
/// Private keys: made, read, written, and used to sign, behind one interface, so that a key may
/// live on an HSM later and never be a file.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

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

/// One part of a private key, under the name that BIND's private key files give it: "Modulus",
/// "PublicExponent", "PrivateExponent", "Prime1", "Prime2", "Exponent1", "Exponent2",
/// "Coefficient" for RSA, "PrivateKey" for the others. Unsigned big-endian octets.
struct PrivateField {
  std::string_view name;  ///< a literal
  Secret value;
};
using PrivateFields = std::vector<PrivateField>;

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
  /// PKCS#8 in PEM, not encrypted (RFC 5208, RFC 7468 section 10). kRefused when the key cannot
  /// leave the place where it lives.
  [[nodiscard]] virtual Result<Secret> to_pem() const;
  /// The key in parts, as `private_key_from_fields` takes them. kRefused as above.
  [[nodiscard]] virtual Result<PrivateFields> fields() const;
};

/// \param bits  modulus for RSA, 1024 to 4096 (RFC 5702 section 2); ignored for the others. The
///              public exponent is 65537.
/// \returns kRefused for an algorithm that must not sign any more, or a modulus out of range.
Result<std::unique_ptr<PrivateKey>> generate(Algorithm algorithm, unsigned bits);

/// The first private key of a PEM text: PKCS#8, or the older forms that OpenSSL reads.
/// \param algorithm  what it shall sign with: the text says RSA, not with which digest.
/// \returns kBadInput when there is none, it is encrypted, or of another type; kRefused as above.
Result<std::unique_ptr<PrivateKey>> private_key_from_pem(Algorithm algorithm, ByteView pem);

/// From parts, names as in PrivateField; others are ignored. Parts that contradict each other are
/// kBadInput: OpenSSL would sign with them, slowly or wrongly.
Result<std::unique_ptr<PrivateKey>> private_key_from_fields(Algorithm algorithm,
                                                            const PrivateFields& fields);

/// Both halves of a key belong together: the private half's own public key is that of the DNSKEY,
/// and what the one signs the other, read on its own, verifies. kBadInput when not.
/// \param dnskey_public_key  the public key field of a DNSKEY.
Result<void> prove_pair(const PrivateKey& key, ByteView dnskey_public_key);

}  // namespace danewerk::crypto
