#pragma once

/// \file
/// Certificates as OpenSSL's objects. Private to this folder, as openssl.h is. Thread-safe.

#include "base/bytes.h"
#include "crypto/openssl.h"

namespace danewerk::crypto {

/// A certificate of exactly these octets: what follows it would be part of a full value (RFC 6698
/// section 2.1.3), and of nothing else. Null when they are none; the library's error queue may
/// then have the reason. What was decoded before is handed out again, to be read and not changed:
/// OpenSSL 3.0 takes longer to decode a certificate than to check its signature, and a pass looks
/// at the same few again and again.
CertificatePtr decoded_certificate(ByteView der);

}  // namespace danewerk::crypto
