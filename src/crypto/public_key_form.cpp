// The public key field of DNSKEY, and OpenSSL's keys.

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>
#include <openssl/core_names.h>

#include "crypto/algorithm.h"
#include "crypto/openssl.h"

namespace danewerk::crypto {

namespace {

/// Modulus limits for checking; signing has narrower ones. RFC 3110 section 1 and RFC 5702
/// section 2.1 allow down to 512 bits, RFC 5702 section 2.2 not below 1024.
constexpr int kMinVerifiedBits = 512;
constexpr int kMinVerifiedBitsSha512 = 1024;

Result<PkeyPtr> key_from_params(const char* type, OSSL_PARAM* params) {
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return tl::unexpected(openssl_error(Errc::kBadInput, "use the public key"));
  }
  return PkeyPtr(key);
}

struct RsaParts {
  ByteView exponent;
  ByteView modulus;
};

/// RFC 3110 section 2: the exponent's length in one octet, or a zero and two octets.
Result<RsaParts> split_rsa(ByteView octets) {
  const auto bad = [](std::string_view what) {
    return fail(Errc::kBadInput, fmt::format("RSA public key {} (RFC 3110 section 2)", what));
  };
  std::size_t head = 1;
  if (octets.empty()) return bad("is empty");
  std::size_t exponent_size = octets[0];
  if (exponent_size == 0) {
    head = 3;
    if (octets.size() < head) return bad("ends within the exponent's length");
    exponent_size = load_u16(&octets[1]);
  }
  if (exponent_size == 0) return bad("has no exponent");
  if (octets.size() <= head + exponent_size) return bad("has no modulus");
  const RsaParts parts{octets.subspan(head, exponent_size), octets.subspan(head + exponent_size)};
  if (parts.exponent[0] == 0 || parts.modulus[0] == 0) return bad("has leading zero octets");
  return parts;
}

Result<PkeyPtr> rsa_from_dnskey(Algorithm algorithm, ByteView octets) {
  DW_TRY(const auto parts, split_rsa(octets));
  // Before OpenSSL sees it: arithmetic on numbers of any length is slow enough to be an attack.
  if (parts.modulus.size() * 8 > kMaxRsaBits || parts.exponent.size() > parts.modulus.size()) {
    return fail(Errc::kBadInput, fmt::format("RSA key is larger than {} bits", kMaxRsaBits));
  }
  const auto modulus = number_from(parts.modulus);
  const auto exponent = number_from(parts.exponent);
  if (modulus == nullptr || exponent == nullptr) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  }
  const int least = algorithm == Algorithm::kRsaSha512 ? kMinVerifiedBitsSha512 : kMinVerifiedBits;
  if (BN_num_bits(modulus.get()) < least) {
    return fail(Errc::kBadInput,
                fmt::format("RSA key of {} bits, fewer than the {} that {} allows",
                            BN_num_bits(modulus.get()), least, to_text(algorithm)));
  }
  if (BN_is_odd(modulus.get()) == 0 || BN_is_odd(exponent.get()) == 0 ||
      BN_is_one(exponent.get()) != 0) {
    return fail(Errc::kBadInput, "RSA modulus or exponent cannot be one: even, or exponent 1");
  }
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return key_from_params("RSA", params.get());
}

/// RFC 6605 section 4: x and y, without the octet 4 that OpenSSL puts before them.
Result<PkeyPtr> ecdsa_from_dnskey(Algorithm algorithm, ByteView octets) {
  const bool is_p256 = algorithm == Algorithm::kEcdsaP256;
  std::array<std::uint8_t, 97> point{POINT_CONVERSION_UNCOMPRESSED};
  if (octets.size() != (is_p256 ? 64 : 96)) {
    return fail(Errc::kBadInput, fmt::format("{} public key of {} octets (RFC 6605 section 4)",
                                             to_text(algorithm), octets.size()));
  }
  std::copy(octets.begin(), octets.end(), point.begin() + 1);
  std::string group = is_p256 ? "P-256" : "P-384";
  std::array<OSSL_PARAM, 3> params{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), octets.size() + 1),
      OSSL_PARAM_construct_end()};
  return key_from_params("EC", params.data());
}

Result<Bytes> rsa_to_dnskey(const EVP_PKEY* key) {
  BIGNUM* n = nullptr;
  BIGNUM* e = nullptr;
  const bool read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
                    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1;
  const BigNumber modulus(n);
  const BigNumber exponent(e);
  if (!read) return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  const auto exponent_size = static_cast<std::size_t>(BN_num_bytes(e));
  Bytes out;
  if (exponent_size < 256) {
    out.push_back(static_cast<std::uint8_t>(exponent_size));
  } else {
    out.push_back(0);
    append_u16(out, static_cast<std::uint16_t>(exponent_size));
  }
  const std::size_t head = out.size();
  out.resize(head + exponent_size + static_cast<std::size_t>(BN_num_bytes(n)));
  BN_bn2bin(e, out.data() + head);
  BN_bn2bin(n, out.data() + head + exponent_size);
  return out;
}

Result<Bytes> ecdsa_to_dnskey(const EVP_PKEY* key) {
  // The compressed form would be legal in a PEM file and is not in a DNSKEY: ask for coordinates.
  BIGNUM* x = nullptr;
  BIGNUM* y = nullptr;
  const bool read = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
  const BigNumber own_x(x);
  const BigNumber own_y(y);
  if (!read) return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  const std::size_t size = EVP_PKEY_get_bits(key) <= 256 ? 32 : 48;
  Bytes out(size * 2);
  if (BN_bn2binpad(x, out.data(), static_cast<int>(size)) < 0 ||
      BN_bn2binpad(y, out.data() + size, static_cast<int>(size)) < 0) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  }
  return out;
}

}  // namespace

unsigned rsa_bits(ByteView public_key) {
  const auto parts = split_rsa(public_key);
  if (!parts) return 0;
  return static_cast<unsigned>(parts->modulus.size() * 8) -
         static_cast<unsigned>(std::countl_zero(parts->modulus[0]));
}

Result<PkeyPtr> public_key_from_dnskey(Algorithm algorithm, ByteView octets) {
  if (is_rsa(algorithm)) return rsa_from_dnskey(algorithm, octets);
  if (algorithm == Algorithm::kEcdsaP256 || algorithm == Algorithm::kEcdsaP384) {
    return ecdsa_from_dnskey(algorithm, octets);
  }
  // RFC 8080 section 3: the octets of RFC 8032, 32 or 57.
  PkeyPtr key(EVP_PKEY_new_raw_public_key_ex(nullptr, std::string(to_text(algorithm)).c_str(),
                                             nullptr, octets.data(), octets.size()));
  if (key == nullptr) return tl::unexpected(openssl_error(Errc::kBadInput, "use the public key"));
  return key;
}

Result<Bytes> dnskey_public_key(Algorithm algorithm, const EVP_PKEY* key) {
  if (is_rsa(algorithm)) return rsa_to_dnskey(key);
  if (algorithm == Algorithm::kEcdsaP256 || algorithm == Algorithm::kEcdsaP384) {
    return ecdsa_to_dnskey(key);
  }
  std::size_t size = 0;
  if (EVP_PKEY_get_raw_public_key(key, nullptr, &size) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  }
  Bytes out(size);
  if (EVP_PKEY_get_raw_public_key(key, out.data(), &size) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "read the public key"));
  }
  return out;
}

}  // namespace danewerk::crypto
