#include "crypto/dane_match.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/decoded_certificate.h"
#include "crypto/openssl.h"

namespace danewerk::crypto {

namespace {

using ContextPtr = Owned<SSL_CTX, SSL_CTX_free>;
using SessionPtr = Owned<SSL, SSL_free>;
using StorePtr = Owned<X509_STORE, X509_STORE_free>;
using VerifierPtr = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

/// 112 bits, which the builds of most distributions demand: a chain that passes here passes with
/// clients that ask for less.
constexpr int kSecurityLevel = 2;

struct StackFree {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), StackFree>;

Error bad(std::string_view what) {
  return openssl_error(Errc::kBadInput, what);
}

SSL_CTX* dane_context() {
  static const ContextPtr context = [] {
    ContextPtr made(SSL_CTX_new(TLS_client_method()));
    // Knows SHA-256 and SHA-512, the latter as the stronger one.
    if (made != nullptr && SSL_CTX_dane_enable(made.get()) <= 0) made.reset();
    return made;
  }();
  return context.get();
}

/// OpenSSL compares names as certificates have them.
std::string without_final_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

Result<SessionPtr> session_for(const DanePresentation& presentation) {
  SSL_CTX* context = dane_context();
  SessionPtr session(context == nullptr ? nullptr : SSL_new(context));
  if (session == nullptr || SSL_dane_enable(session.get(), nullptr) <= 0) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "use OpenSSL's DANE verification"));
  }
  if (presentation.server_names == DanePresentation::ServerNames::kIgnored) {
    SSL_dane_set_flags(session.get(), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
  }
  // RFC 7672 section 3.2.3 lets clients look at the common name; those that do not count, too.
  SSL_set_hostflags(session.get(),
                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  for (const auto& name : presentation.names) {
    const auto host = without_final_dot(name);
    if (host.empty() || SSL_add1_host(session.get(), host.c_str()) != 1) {
      return tl::unexpected(bad(fmt::format("take '{}' as a host's name", name)));
    }
  }
  return session;
}

/// \returns how many can be used.
Result<std::size_t> add_records(SSL* session, std::span<const DaneRecord> records) {
  std::size_t usable = 0;
  for (const auto& record : records) {
    // Copied by OpenSSL, which wants a pointer even to nothing.
    const Bytes data(record.data.begin(), record.data.end());
    const int added = SSL_dane_tlsa_add(session, record.usage, record.selector, record.matching,
                                        data.empty() ? nullptr : data.data(), data.size());
    if (added > 0) ++usable;
    // A record that is malformed counts as one that cannot be used (RFC 6698 section 4.1).
    ERR_clear_error();
  }
  return usable;
}

Result<CertificatePtr> certificate_from(ByteView der) {
  auto certificate = decoded_certificate(der);
  if (certificate == nullptr) return tl::unexpected(bad("read the certificate"));
  return certificate;
}

/// A chain as OpenSSL has it once it has come over the wire.
struct Received {
  CertificatePtr leaf;
  StackPtr all;
};

Result<Received> receive(const std::vector<ByteView>& chain) {
  if (chain.empty()) return fail(Errc::kBadInput, "a chain without a certificate");
  Received received;
  DW_TRY(received.leaf, certificate_from(chain.front()));
  received.all.reset(sk_X509_new_null());
  for (const auto der : chain) {
    DW_TRY(auto certificate, certificate_from(der));
    if (received.all == nullptr ||
        X509_add_cert(received.all.get(), certificate.get(), X509_ADD_FLAG_UP_REF) != 1) {
      return tl::unexpected(openssl_error(Errc::kUnavailable, "hold the chain"));
    }
  }
  return received;
}

/// What libssl sets up when it has received a server's certificates.
Result<VerifierPtr> verifier_for(SSL* session, X509_STORE* store, const Received& received,
                                 sys_seconds at) {
  VerifierPtr verifier(X509_STORE_CTX_new());
  const bool begun =
      verifier != nullptr && store != nullptr &&
      X509_STORE_CTX_init(verifier.get(), store, received.leaf.get(), received.all.get()) == 1 &&
      X509_STORE_CTX_set_default(verifier.get(), "ssl_server") == 1;
  if (!begun) return tl::unexpected(openssl_error(Errc::kUnavailable, "verify the chain"));
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(verifier.get());
  if (X509_VERIFY_PARAM_set1(rules, SSL_get0_param(session)) != 1) {
    return tl::unexpected(openssl_error(Errc::kUnavailable, "verify the chain"));
  }
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  X509_VERIFY_PARAM_set_time(rules, at.time_since_epoch().count());
  X509_STORE_CTX_set0_dane(verifier.get(), SSL_get0_dane(session));
  return verifier;
}

std::string reason_of(X509_STORE_CTX* verifier) {
  const int code = X509_STORE_CTX_get_error(verifier);
  const int depth = X509_STORE_CTX_get_error_depth(verifier);
  const auto* why = X509_verify_cert_error_string(code);
  if (depth <= 0) return why;
  return fmt::format("{} (certificate {} of the chain)", why, depth + 1);
}

/// Which record it was that OpenSSL names.
std::size_t index_of_match(SSL* session, std::span<const DaneRecord> records) {
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching = 0;
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  SSL_get0_dane_tlsa(session, &usage, &selector, &matching, &data, &size);
  const ByteView octets(data, size);
  const auto same = [&](const DaneRecord& record) {
    return record.usage == usage && record.selector == selector && record.matching == matching &&
           std::equal(record.data.begin(), record.data.end(), octets.begin(), octets.end());
  };
  return static_cast<std::size_t>(std::find_if(records.begin(), records.end(), same) -
                                  records.begin());
}

}  // namespace

Result<DaneOutcome> match_dane(const DanePresentation& presentation,
                               std::span<const DaneRecord> records) {
  DW_TRY(const auto received, receive(presentation.chain));
  DW_TRY(const auto session, session_for(presentation));
  DW_TRY(const auto usable, add_records(session.get(), records));
  // OpenSSL would fall back to public authorities.
  if (usable == 0) return DaneOutcome{.reason = "no record that a client can use"};
  const StorePtr store(X509_STORE_new());
  DW_TRY(const auto verifier, verifier_for(session.get(), store.get(), received, presentation.at));
  const bool is_good = X509_verify_cert(verifier.get()) == 1;
  ERR_clear_error();
  if (!is_good) return DaneOutcome{.reason = reason_of(verifier.get())};
  X509* authority = nullptr;
  const int depth = SSL_get0_dane_authority(session.get(), &authority, nullptr);
  if (depth < 0) return DaneOutcome{.reason = "accepted without a record"};
  return DaneOutcome{.depth = static_cast<unsigned>(depth),
                     .record = index_of_match(session.get(), records)};
}

}  // namespace danewerk::crypto
