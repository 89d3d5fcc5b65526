#pragma once

/// \file
/// OpenSSL's objects with owners. Private to this folder: no header that others include may
/// include it. Thread-compatible.

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "crypto/signature.h"

namespace danewerk::crypto {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

using PkeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using PkeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using MdContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using BigNumber = Owned<BIGNUM, BN_clear_free>;
using BigContext = Owned<BN_CTX, BN_CTX_free>;
using BioPtr = Owned<BIO, BIO_free_all>;
using ParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using CurvePtr = Owned<EC_GROUP, EC_GROUP_free>;
using PointPtr = Owned<EC_POINT, EC_POINT_clear_free>;
using CertificatePtr = Owned<X509, X509_free>;
using RequestPtr = Owned<X509_REQ, X509_REQ_free>;

/// The digest that an algorithm signs; null for EdDSA, which hashes by itself. Fetched once a
/// process: an implicit fetch at each use costs more than a short digest.
const EVP_MD* message_digest(DigestType type);

/// "cannot WHAT: the library's reason"; empties the library's error queue.
Error openssl_error(Errc code, std::string_view what);

/// A reader over somebody else's octets, which must outlive it.
BioPtr reader_over(ByteView octets);

/// A number from unsigned big-endian octets, cleared when dropped.
BigNumber number_from(ByteView octets);

/// Octets of a DNSKEY's public key field.
/// REQUIRES: the key is of that algorithm.
Result<Bytes> dnskey_public_key(Algorithm algorithm, const EVP_PKEY* key);
/// The same, the other way (RFC 3110 section 2, RFC 6605 section 4, RFC 8080 section 3).
Result<PkeyPtr> public_key_from_dnskey(Algorithm algorithm, ByteView octets);

/// The key can be used with that algorithm: type and curve. \returns kBadInput when not.
Result<void> check_key_type(Algorithm algorithm, const EVP_PKEY* key);

/// Context for signing or checking digests with this key, ready for use after use.
enum class Use : std::uint8_t { kSign, kVerify };
Result<PkeyContext> digest_context(Algorithm algorithm, EVP_PKEY* key, Use use);

}  // namespace danewerk::crypto
