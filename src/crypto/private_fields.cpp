// Private keys in parts, as BIND's key files have them.

#include <array>

#include <fmt/format.h>
#include <openssl/core_names.h>

#include "crypto/algorithm.h"
#include "crypto/software_key.h"

namespace danewerk::crypto {

namespace {

struct RsaPart {
  std::string_view field;
  const char* param;
};
constexpr std::array kRsaParts{
    RsaPart{"Modulus", OSSL_PKEY_PARAM_RSA_N},
    RsaPart{"PublicExponent", OSSL_PKEY_PARAM_RSA_E},
    RsaPart{"PrivateExponent", OSSL_PKEY_PARAM_RSA_D},
    RsaPart{"Prime1", OSSL_PKEY_PARAM_RSA_FACTOR1},
    RsaPart{"Prime2", OSSL_PKEY_PARAM_RSA_FACTOR2},
    RsaPart{"Exponent1", OSSL_PKEY_PARAM_RSA_EXPONENT1},
    RsaPart{"Exponent2", OSSL_PKEY_PARAM_RSA_EXPONENT2},
    RsaPart{"Coefficient", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};
using RsaNumbers = std::array<BigNumber, kRsaParts.size()>;
enum : std::size_t { kN, kE, kD, kP, kQ, kDp, kDq, kQi };

Error no_memory() {
  return openssl_error(Errc::kUnavailable, "use the private key");
}

Result<ByteView> field(const PrivateFields& fields, std::string_view name) {
  for (const auto& each : fields) {
    if (each.name == name) return each.value.view();
  }
  return fail(Errc::kBadInput, fmt::format("the private key has no field '{}'", name));
}

/// a * b leaves the remainder `rest` modulo m (rest: 0 or 1).
bool product_leaves(const BIGNUM* a, const BIGNUM* b, const BIGNUM* m, BN_ULONG rest) {
  const BigContext context(BN_CTX_secure_new());
  const BigNumber product(BN_secure_new());
  return context != nullptr && product != nullptr && BN_is_zero(m) == 0 &&
         BN_mod_mul(product.get(), a, b, m, context.get()) == 1 &&
         BN_is_word(product.get(), rest) == 1;
}

/// m - 1.
BigNumber one_less(const BIGNUM* m) {
  BigNumber less(BN_secure_new());
  if (less == nullptr || BN_copy(less.get(), m) == nullptr || BN_sub_word(less.get(), 1) != 1) {
    return nullptr;
  }
  return less;
}

/// The relations of RFC 8017 section 3.2. Without them OpenSSL finds each result of the Chinese
/// remainder theorem wrong, and repeats it the slow way.
bool numbers_agree(const RsaNumbers& numbers) {
  const auto at = [&](std::size_t which) { return numbers.at(which).get(); };
  const BigContext context(BN_CTX_secure_new());
  const BigNumber product(BN_secure_new());
  if (context == nullptr || product == nullptr ||
      BN_mul(product.get(), at(kP), at(kQ), context.get()) != 1 ||
      BN_cmp(product.get(), at(kN)) != 0 || BN_is_zero(at(kP)) != 0 || BN_is_zero(at(kQ)) != 0) {
    return false;
  }
  const auto p_less = one_less(at(kP));
  const auto q_less = one_less(at(kQ));
  return p_less != nullptr && q_less != nullptr &&
         product_leaves(at(kE), at(kDp), p_less.get(), 1) &&
         product_leaves(at(kE), at(kDq), q_less.get(), 1) &&
         product_leaves(at(kE), at(kD), p_less.get(), 1) &&
         product_leaves(at(kE), at(kD), q_less.get(), 1) &&
         product_leaves(at(kQ), at(kQi), at(kP), 1);
}

Result<PkeyPtr> key_from_builder(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) != 1) {
    return tl::unexpected(openssl_error(Errc::kBadInput, "use the private key"));
  }
  return PkeyPtr(key);
}

Result<PkeyPtr> rsa_from_fields(const PrivateFields& fields) {
  RsaNumbers numbers;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  for (std::size_t i = 0; i < kRsaParts.size(); ++i) {
    DW_TRY(const auto octets, field(fields, kRsaParts.at(i).field));
    if (octets.empty() || octets.size() > kMaxRsaBits / 8 + 1) {
      return fail(Errc::kBadInput, fmt::format("field '{}' of the private key has {} octets",
                                               kRsaParts.at(i).field, octets.size()));
    }
    numbers.at(i) = number_from(octets);
    if (builder == nullptr || numbers.at(i) == nullptr ||
        OSSL_PARAM_BLD_push_BN(builder.get(), kRsaParts.at(i).param, numbers.at(i).get()) != 1) {
      return tl::unexpected(no_memory());
    }
  }
  if (!numbers_agree(numbers)) {
    return fail(Errc::kBadInput, "the numbers of the private key contradict each other");
  }
  return key_from_builder("RSA", builder.get());
}

/// d * G, uncompressed.
Result<Bytes> point_of(int curve, const BIGNUM* scalar) {
  const CurvePtr group(EC_GROUP_new_by_curve_name(curve));
  const PointPtr point(group == nullptr ? nullptr : EC_POINT_new(group.get()));
  const BigContext context(BN_CTX_secure_new());
  if (point == nullptr || context == nullptr) return tl::unexpected(no_memory());
  if (BN_is_zero(scalar) != 0 || BN_cmp(scalar, EC_GROUP_get0_order(group.get())) >= 0) {
    return fail(Errc::kBadInput, "the private key is not below the order of its curve");
  }
  Bytes octets(97);
  const auto form = POINT_CONVERSION_UNCOMPRESSED;
  if (EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, context.get()) != 1) {
    return tl::unexpected(no_memory());
  }
  octets.resize(EC_POINT_point2oct(group.get(), point.get(), form, octets.data(), octets.size(),
                                   context.get()));
  return octets;
}

Result<PkeyPtr> ecdsa_from_scalar(Algorithm algorithm, ByteView octets) {
  const bool is_p256 = algorithm == Algorithm::kEcdsaP256;
  const BigNumber scalar = number_from(octets);
  if (octets.size() > 48 || scalar == nullptr) {
    return fail(Errc::kBadInput, "the private key is too long for its curve");
  }
  DW_TRY(const auto point, point_of(is_p256 ? NID_X9_62_prime256v1 : NID_secp384r1, scalar.get()));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      is_p256 ? "P-256" : "P-384", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) != 1) {
    return tl::unexpected(no_memory());
  }
  return key_from_builder("EC", builder.get());
}

Result<Secret> number_of(const EVP_PKEY* key, const char* param, std::size_t size) {
  BIGNUM* taken = BN_secure_new();
  const bool read = EVP_PKEY_get_bn_param(key, param, &taken) == 1;
  const BigNumber number(taken);
  if (!read) return tl::unexpected(no_memory());
  Bytes octets(size == 0 ? static_cast<std::size_t>(BN_num_bytes(taken)) : size);
  if (BN_bn2binpad(taken, octets.data(), static_cast<int>(octets.size())) < 0) {
    return tl::unexpected(no_memory());
  }
  return Secret(std::move(octets));
}

Result<Secret> raw_private(const EVP_PKEY* key) {
  std::size_t size = 0;
  if (EVP_PKEY_get_raw_private_key(key, nullptr, &size) != 1) return tl::unexpected(no_memory());
  Secret secret{Bytes(size)};
  if (EVP_PKEY_get_raw_private_key(key, secret.writable().data(), &size) != 1) {
    return tl::unexpected(no_memory());
  }
  return secret;
}

}  // namespace

Result<PrivateFields> fields_of(Algorithm algorithm, const EVP_PKEY* key) {
  PrivateFields fields;
  if (is_rsa(algorithm)) {
    for (const auto& part : kRsaParts) {
      DW_TRY(auto value, number_of(key, part.param, 0));
      fields.push_back({part.field, std::move(value)});
    }
    return fields;
  }
  const bool is_p256 = algorithm == Algorithm::kEcdsaP256;
  if (is_p256 || algorithm == Algorithm::kEcdsaP384) {
    // Filled up with zeros to the size of the curve, as RFC 6605 section 6 shows it.
    DW_TRY(auto value, number_of(key, OSSL_PKEY_PARAM_PRIV_KEY, is_p256 ? 32 : 48));
    fields.push_back({"PrivateKey", std::move(value)});
    return fields;
  }
  DW_TRY(auto value, raw_private(key));
  fields.push_back({"PrivateKey", std::move(value)});
  return fields;
}

Result<std::unique_ptr<PrivateKey>> private_key_from_fields(Algorithm algorithm,
                                                            const PrivateFields& fields) {
  if (is_rsa(algorithm)) {
    DW_TRY(auto key, rsa_from_fields(fields));
    return SoftwareKey::from(algorithm, std::move(key));
  }
  DW_TRY(const auto octets, field(fields, "PrivateKey"));
  if (algorithm == Algorithm::kEcdsaP256 || algorithm == Algorithm::kEcdsaP384) {
    DW_TRY(auto key, ecdsa_from_scalar(algorithm, octets));
    return SoftwareKey::from(algorithm, std::move(key));
  }
  // RFC 8080 section 6 shows the octets of RFC 8032 section 5.1.5, from which all else follows.
  PkeyPtr key(EVP_PKEY_new_raw_private_key_ex(nullptr, std::string(to_text(algorithm)).c_str(),
                                              nullptr, octets.data(), octets.size()));
  if (key == nullptr) return tl::unexpected(openssl_error(Errc::kBadInput, "use the private key"));
  return SoftwareKey::from(algorithm, std::move(key));
}

}  // namespace danewerk::crypto
