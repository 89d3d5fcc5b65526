#include "crypto/certificate.h"

#include <array>
#include <ctime>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/decoded_certificate.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"

namespace danewerk::crypto {

namespace {

Error bad(std::string_view what) {
  return openssl_error(Errc::kBadInput, fmt::format("read the {}", what));
}

/// What an i2d function writes, which allocates by itself.
template <class T, class Encode>
Result<Bytes> encoded(Encode encode, const T* object, std::string_view what) {
  unsigned char* octets = nullptr;
  const int size = encode(object, &octets);
  if (size <= 0) return tl::unexpected(bad(what));
  Bytes out(octets, octets + size);
  OPENSSL_free(octets);
  return out;
}

std::string name_text(const X509_NAME* name) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::optional<sys_seconds> instant_from(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(parts.tm_year + 1900),
      std::chrono::month(static_cast<unsigned>(parts.tm_mon) + 1),
      std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return std::chrono::sys_days(date) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::vector<std::string> dns_names_of(const X509* certificate) {
  std::vector<std::string> out;
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = ASN1_STRING_get0_data(name->d.dNSName);
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
    out.emplace_back(as_text({text, size}));
  }
  return out;
}

std::optional<Bytes> number_of(const EVP_PKEY* key, const char* param) {
  BIGNUM* taken = nullptr;
  const bool read = EVP_PKEY_get_bn_param(key, param, &taken) == 1;
  const BigNumber number(taken);
  if (!read) return std::nullopt;
  Bytes out(static_cast<std::size_t>(BN_num_bytes(taken)));
  BN_bn2bin(taken, out.data());
  return out;
}

std::optional<KeyNumbers> rsa_numbers(const EVP_PKEY* key) {
  auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  auto exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  if (!modulus || !exponent) return std::nullopt;
  return KeyNumbers{KeyNumbers::Type::kRsa, *std::move(modulus), *std::move(exponent), {}};
}

std::optional<KeyNumbers> ec_numbers(const EVP_PKEY* key) {
  struct Curve {
    int bits = 0;
    KeyNumbers::Type type = KeyNumbers::Type::kP256;
    std::string_view name;
  };
  constexpr std::array kCurves{Curve{256, KeyNumbers::Type::kP256, "prime256v1"},
                               Curve{384, KeyNumbers::Type::kP384, "secp384r1"},
                               Curve{521, KeyNumbers::Type::kP521, "secp521r1"}};
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return std::nullopt;
  for (const auto& curve : kCurves) {
    if (curve.name != std::string_view(group.data(), size)) continue;
    const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X);
    const auto y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
    const std::size_t width = (static_cast<std::size_t>(curve.bits) + 7) / 8;
    if (!x || !y || x->size() > width || y->size() > width) return std::nullopt;
    Bytes point{POINT_CONVERSION_UNCOMPRESSED};
    for (const auto* number : {&*x, &*y}) {
      point.insert(point.end(), width - number->size(), 0);
      point.insert(point.end(), number->begin(), number->end());
    }
    return KeyNumbers{curve.type, {}, {}, std::move(point)};
  }
  return std::nullopt;
}

std::optional<KeyNumbers> numbers_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return rsa_numbers(key);
  if (EVP_PKEY_is_a(key, "EC") == 1) return ec_numbers(key);
  const bool is_ed25519 = EVP_PKEY_is_a(key, "ED25519") == 1;
  if (!is_ed25519 && EVP_PKEY_is_a(key, "ED448") != 1) return std::nullopt;
  Bytes point(57);
  std::size_t size = point.size();
  if (EVP_PKEY_get_raw_public_key(key, point.data(), &size) != 1) return std::nullopt;
  point.resize(size);
  return KeyNumbers{
      is_ed25519 ? KeyNumbers::Type::kEd25519 : KeyNumbers::Type::kEd448, {}, {}, std::move(point)};
}

void describe_key(Credential& credential, const EVP_PKEY* key) {
  const char* type = EVP_PKEY_get0_type_name(key);
  credential.key_type = type == nullptr ? "unknown" : type;
  credential.key_bits = static_cast<unsigned>(EVP_PKEY_get_bits(key));
  credential.numbers = numbers_of(key);
}

Result<Credential> from_certificate(const X509* certificate) {
  Credential out;
  DW_TRY(out.certificate, encoded(i2d_X509, certificate, "certificate"));
  // The structure as parsed, not the key made from it: an unusual encoding is what clients see.
  DW_TRY(out.key_info, encoded(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate), "certificate"));
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return tl::unexpected(bad("key of the certificate"));
  describe_key(out, key);
  const auto* subject = X509_get_subject_name(certificate);
  const auto* issuer = X509_get_issuer_name(certificate);
  out.subject = name_text(subject);
  out.issuer = name_text(issuer);
  out.is_self_issued = X509_NAME_cmp(subject, issuer) == 0;
  out.dns_names = dns_names_of(certificate);
  out.not_before = instant_from(X509_get0_notBefore(certificate));
  out.not_after = instant_from(X509_get0_notAfter(certificate));
  if (!out.not_before || !out.not_after) return tl::unexpected(bad("dates of the certificate"));
  const Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free> basic(static_cast<BASIC_CONSTRAINTS*>(
      X509_get_ext_d2i(certificate, NID_basic_constraints, nullptr, nullptr)));
  out.is_ca = basic != nullptr && basic->ca != 0;
  return out;
}

Result<Credential> from_request(X509_REQ* request) {
  Credential out;
  out.kind = CredentialKind::kRequest;
  EVP_PKEY* key = X509_REQ_get0_pubkey(request);
  if (key == nullptr) return tl::unexpected(bad("key of the certificate request"));
  if (X509_REQ_verify(request, key) != 1) {
    ERR_clear_error();
    return fail(Errc::kBadInput, "the certificate request is not signed by its own key");
  }
  DW_TRY(out.key_info, encoded(i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request), "request"));
  describe_key(out, key);
  out.subject = name_text(X509_REQ_get_subject_name(request));
  return out;
}

Result<Credential> from_key(CredentialKind kind, const EVP_PKEY* key) {
  Credential out;
  out.kind = kind;
  DW_TRY(out.key_info, encoded(i2d_PUBKEY, key, "key"));
  describe_key(out, key);
  return out;
}

/// There is no passphrase, and nobody must be asked.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*data*/) {
  return -1;
}

Result<Credential> from_private(ByteView text) {
  const auto reader = reader_over(text);
  const PkeyPtr key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return tl::unexpected(bad("private key (encrypted ones cannot be)"));
  return from_key(CredentialKind::kPrivateKey, key.get());
}

template <class T, auto Free, auto Decode>
Owned<T, Free> decoded(ByteView octets) {
  const unsigned char* at = octets.data();
  Owned<T, Free> object(Decode(nullptr, &at, static_cast<long>(octets.size())));
  // Octets after the structure would be part of a full value, and of nothing else.
  if (object != nullptr && at != octets.data() + octets.size()) object.reset();
  return object;
}

Result<Credential> credential_from(std::string_view label, ByteView octets) {
  if (label == "CERTIFICATE" || label == "X509 CERTIFICATE") {
    const auto certificate = decoded_certificate(octets);
    if (certificate == nullptr) return tl::unexpected(bad("certificate"));
    return from_certificate(certificate.get());
  }
  if (label == "CERTIFICATE REQUEST" || label == "NEW CERTIFICATE REQUEST") {
    const auto request = decoded<X509_REQ, X509_REQ_free, d2i_X509_REQ>(octets);
    if (request == nullptr) return tl::unexpected(bad("certificate request"));
    return from_request(request.get());
  }
  const auto key = decoded<EVP_PKEY, EVP_PKEY_free, d2i_PUBKEY>(octets);
  if (key == nullptr) return tl::unexpected(bad("public key"));
  return from_key(CredentialKind::kPublicKey, key.get());
}

Result<std::vector<Credential>> from_der(ByteView octets) {
  std::vector<Credential> out;
  for (const auto* label : {"CERTIFICATE", "CERTIFICATE REQUEST", "PUBLIC KEY"}) {
    auto credential = credential_from(label, octets);
    if (!credential) continue;
    out.push_back(*std::move(credential));
    return out;
  }
  return fail(Errc::kBadInput, "neither PEM nor a certificate, request or public key in DER");
}

/// One block of a PEM text, freed by the library's own rules.
struct LibraryBlock {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* octets = nullptr;
  long size = 0;
  LibraryBlock() = default;
  LibraryBlock(const LibraryBlock&) = delete;
  LibraryBlock& operator=(const LibraryBlock&) = delete;
  LibraryBlock(LibraryBlock&&) = delete;
  LibraryBlock& operator=(LibraryBlock&&) = delete;
  ~LibraryBlock() {
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(octets, static_cast<std::size_t>(size));
  }
  [[nodiscard]] ByteView view() const { return {octets, static_cast<std::size_t>(size)}; }
};

bool is_known(std::string_view label) {
  return label.ends_with("CERTIFICATE") || label.ends_with("CERTIFICATE REQUEST") ||
         label == "PUBLIC KEY";
}

}  // namespace

std::string_view to_text(CredentialKind kind) {
  switch (kind) {
    case CredentialKind::kCertificate:
      return "certificate";
    case CredentialKind::kRequest:
      return "certificate request";
    case CredentialKind::kPublicKey:
      return "public key";
    case CredentialKind::kPrivateKey:
      break;
  }
  return "private key";
}

Result<std::vector<Credential>> read_credentials(ByteView octets) {
  if (!is_pem(octets)) return from_der(octets);
  DW_TRY_VOID(check_pem(octets));
  std::vector<Credential> out;
  const auto reader = reader_over(octets);
  for (;;) {
    LibraryBlock block;
    const auto before = octets.size() - static_cast<std::size_t>(BIO_pending(reader.get()));
    if (PEM_read_bio(reader.get(), &block.label, &block.header, &block.octets, &block.size) != 1) {
      const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      if (!is_end) return tl::unexpected(bad("PEM text"));
      ERR_clear_error();
      break;
    }
    const std::string_view label(block.label);
    if (label.ends_with("PRIVATE KEY")) {
      // Read again from its own text: the library knows five encodings of private keys.
      DW_TRY(auto credential, from_private(octets.subspan(before)));
      out.push_back(std::move(credential));
    } else if (is_known(label)) {
      DW_TRY(auto credential, credential_from(label, block.view()));
      out.push_back(std::move(credential));
    }
  }
  if (out.empty()) return fail(Errc::kBadInput, "the file holds no certificate, request or key");
  return out;
}

bool is_signed_by(const Credential& certificate, const Credential& issuer) {
  const auto below = decoded_certificate(certificate.certificate);
  const auto above = decoded_certificate(issuer.certificate);
  if (below == nullptr || above == nullptr) return false;
  EVP_PKEY* key = X509_get0_pubkey(above.get());
  const bool is_signed =
      X509_NAME_cmp(X509_get_issuer_name(below.get()), X509_get_subject_name(above.get())) == 0 &&
      key != nullptr && X509_verify(below.get(), key) == 1;
  ERR_clear_error();
  return is_signed;
}

}  // namespace danewerk::crypto
