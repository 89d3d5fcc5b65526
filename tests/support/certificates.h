#pragma once

/// \file
/// Certificates for one test: made when asked for, with keys that nobody keeps.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/time.h"

namespace danewerk::support {

/// When the certificates here are valid, unless they say otherwise.
inline constexpr sys_seconds kCertificateTime =
    std::chrono::sys_days(std::chrono::year(2030) / 1 / 1);

using TestKey = std::shared_ptr<EVP_PKEY>;

inline TestKey owned_key(EVP_PKEY* key) {
  REQUIRE(key != nullptr);
  return {key, EVP_PKEY_free};
}
inline TestKey make_ec_key() {
  return owned_key(EVP_EC_gen("P-256"));
}
inline TestKey make_rsa_key(unsigned bits) {
  return owned_key(EVP_RSA_gen(bits));
}
inline std::string private_pem(const TestKey& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  REQUIRE(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
          1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

enum class TestRole { kServer, kAuthority };

struct TestWish {
  std::string name = "mx1.example.org";  ///< common name; subjectAltName of servers
  std::vector<std::string> dns_names{};  ///< instead of the name
  TestRole role = TestRole::kServer;
  std::string purpose{};  ///< extended key usage; empty: none
  sys_seconds from = kCertificateTime - std::chrono::days(30);
  sys_seconds until = kCertificateTime + std::chrono::days(60);
};

/// A certificate with the key that it is for.
class TestCertificate {
 public:
  /// \param issuer  nullptr: signed by itself.
  TestCertificate(const TestWish& wish, TestKey key, const TestCertificate* issuer)
      : key_(std::move(key)), certificate_(X509_new(), X509_free) {
    auto* made = certificate_.get();
    REQUIRE(made != nullptr);
    static long serial = 1;
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    set_time(X509_getm_notBefore(made), wish.from);
    set_time(X509_getm_notAfter(made), wish.until);
    X509_set_pubkey(made, key_.get());
    set_name(X509_get_subject_name(made), wish.name);
    const X509* above = issuer == nullptr ? made : issuer->certificate_.get();
    X509_set_issuer_name(made, X509_get_subject_name(above));
    add_extensions(wish);
    EVP_PKEY* signer = issuer == nullptr ? key_.get() : issuer->key_.get();
    REQUIRE(X509_sign(made, signer, EVP_sha256()) > 0);
  }

  [[nodiscard]] const TestKey& key() const { return key_; }
  [[nodiscard]] Bytes der() const {
    unsigned char* octets = nullptr;
    const int size = i2d_X509(certificate_.get(), &octets);
    REQUIRE(size > 0);
    Bytes out(octets, octets + size);
    OPENSSL_free(octets);
    return out;
  }
  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
    REQUIRE(PEM_write_bio_X509(out.get(), certificate_.get()) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

 private:
  static void set_time(ASN1_TIME* target, sys_seconds time) {
    REQUIRE(ASN1_TIME_set(target, time.time_since_epoch().count()) != nullptr);
  }
  static void set_name(X509_NAME* target, const std::string& name) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's characters
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    REQUIRE(X509_NAME_add_entry_by_txt(target, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1);
  }
  void add_extension(int type, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, type, value.c_str()), X509_EXTENSION_free);
    REQUIRE(extension != nullptr);
    REQUIRE(X509_add_ext(certificate_.get(), extension.get(), -1) == 1);
  }
  void add_extensions(const TestWish& wish) {
    if (!wish.purpose.empty()) add_extension(NID_ext_key_usage, wish.purpose);
    if (wish.role == TestRole::kAuthority) {
      add_extension(NID_basic_constraints, "critical,CA:TRUE");
      return;
    }
    add_extension(NID_basic_constraints, "critical,CA:FALSE");
    auto names = wish.dns_names;
    if (names.empty()) names.push_back(wish.name);
    std::string value;
    for (const auto& name : names) value += (value.empty() ? "DNS:" : ",DNS:") + name;
    add_extension(NID_subject_alt_name, value);
  }

  TestKey key_;
  std::shared_ptr<X509> certificate_;
};

/// A root, an issuer below it, and servers below that; the root also signed by another one.
struct TestAuthority {
  static constexpr sys_seconds kUntil = kCertificateTime + std::chrono::years(10);

  static TestCertificate make(const std::string& name, const TestCertificate* above,
                              sys_seconds until = kUntil) {
    return {{.name = name, .role = TestRole::kAuthority, .until = until}, make_ec_key(), above};
  }

  TestCertificate other_root = make("Old Root", nullptr);
  TestCertificate root = make("Root", nullptr);
  TestCertificate cross{
      {.name = "Root", .role = TestRole::kAuthority, .until = kUntil}, root.key(), &other_root};
  TestCertificate issuer = make("Issuer 1", &root);
  TestCertificate second_issuer = make("Issuer 2", &root);

  [[nodiscard]] TestCertificate server(const TestWish& wish = {}) const {
    return {wish, make_ec_key(), &issuer};
  }
};

}  // namespace danewerk::support
