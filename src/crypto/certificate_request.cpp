#include "crypto/certificate_request.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/openssl.h"
#include "crypto/pem.h"

namespace danewerk::crypto {

namespace {

/// ub-common-name of RFC 5280 appendix A.1.
constexpr std::size_t kLongestCommonName = 64;

using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;

/// The list alone: what stands in it has an owner.
void free_list(STACK_OF(X509_EXTENSION) * list) {
  sk_X509_EXTENSION_free(list);
}
using Extensions = Owned<STACK_OF(X509_EXTENSION), free_list>;

/// Nothing that the library would take for more than one name.
bool is_name(std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '*';
  };
  return !name.empty() && !name.ends_with('.') && std::ranges::all_of(name, is_part);
}

int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*data*/) {
  return -1;
}

/// What the signature is over; EdDSA hashes by itself (RFC 8410).
const EVP_MD* digest_for(const EVP_PKEY* key) {
  constexpr int kLargeCurve = 384;
  if (EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1) return nullptr;
  const bool is_large = EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) >= kLargeCurve;
  return is_large ? EVP_sha384() : EVP_sha256();
}

bool set_common_name(X509_REQ* request, const std::vector<std::string>& names) {
  const auto name = std::ranges::find_if(
      names, [](const std::string& text) { return text.size() <= kLongestCommonName; });
  if (name == names.end()) return true;
  const auto octets = as_bytes(*name);
  return X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
                                    MBSTRING_ASC, octets.data(), static_cast<int>(octets.size()),
                                    -1, 0) == 1;
}

bool set_alternative_names(X509_REQ* request, const std::vector<std::string>& names) {
  std::string value;
  for (const auto& name : names) value += (value.empty() ? "DNS:" : ",DNS:") + name;
  const Extension extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str()));
  if (extension == nullptr) return false;
  const Extensions all(sk_X509_EXTENSION_new_null());
  return all != nullptr && sk_X509_EXTENSION_push(all.get(), extension.get()) == 1 &&
         X509_REQ_add_extensions(request, all.get()) == 1;
}

Result<std::string> to_pem(const X509_REQ* request) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (out == nullptr || PEM_write_bio_X509_REQ(out.get(), request) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "write the certificate request"));
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

Result<std::string> make_request(ByteView private_pem, const std::vector<std::string>& dns_names) {
  if (dns_names.empty()) return fail(Errc::kBadInput, "a certificate needs a name");
  for (const auto& name : dns_names) {
    if (is_name(name)) continue;
    return fail(Errc::kBadInput, fmt::format("'{}' is no name that a certificate can have", name));
  }
  DW_TRY_VOID(check_pem(private_pem));
  const auto reader = reader_over(private_pem);
  const PkeyPtr key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) {
    return tl::unexpected(
        openssl_error(Errc::kBadInput, "read the private key (encrypted ones cannot be)"));
  }
  const RequestPtr request(X509_REQ_new());
  const bool is_whole = request != nullptr && X509_REQ_set_version(request.get(), 0) == 1 &&
                        set_common_name(request.get(), dns_names) &&
                        set_alternative_names(request.get(), dns_names) &&
                        X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
                        X509_REQ_sign(request.get(), key.get(), digest_for(key.get())) > 0;
  if (!is_whole) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "make the certificate request"));
  }
  return to_pem(request.get());
}

}  // namespace danewerk::crypto
