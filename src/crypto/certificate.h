#pragma once

/// \file
/// Certificates, requests and keys of TLS, as OpenSSL reads them (RFC 5280, RFC 2986). Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/der.h"

namespace danewerk::crypto {

enum class CredentialKind : std::uint8_t { kCertificate, kRequest, kPublicKey, kPrivateKey };
/// "certificate", "certificate request", "public key", "private key".
std::string_view to_text(CredentialKind kind);

/// One block of a PEM file, or a DER file. No private octets are kept.
struct Credential {
  CredentialKind kind = CredentialKind::kCertificate;
  Bytes certificate;  ///< DER, encoded again from what was parsed; empty unless it is one
  Bytes key_info;     ///< SubjectPublicKeyInfo, encoded again from what was parsed
  /// The key in numbers, where its type is one that `write_key_info` knows.
  std::optional<KeyNumbers> numbers;
  std::string key_type;  ///< "RSA", "EC", "ED25519"
  unsigned key_bits = 0;

  // Certificates only, the subject of requests too:
  std::string subject;  ///< RFC 2253
  std::string issuer;
  std::vector<std::string> dns_names;  ///< subjectAltName
  std::optional<sys_seconds> not_before, not_after;
  bool is_ca = false;           ///< basicConstraints says so
  bool is_self_issued = false;  ///< subject and issuer are the same
};

/// Everything in the file, in its order: PEM blocks, or one certificate, request or public key in
/// DER. Blocks of other kinds ("EC PARAMETERS") are skipped. kBadInput when one cannot be read, is
/// encrypted, a request's own signature is wrong, or nothing is there.
Result<std::vector<Credential>> read_credentials(ByteView octets);

/// ISSUER's key made the signature on CERTIFICATE, and the names chain. Dates and uses do not
/// count.
bool is_signed_by(const Credential& certificate, const Credential& issuer);

}  // namespace danewerk::crypto
