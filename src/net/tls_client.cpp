#include "net/tls_client.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "net/starttls.h"
#include "net/stream_socket.h"

namespace danewerk::net {

namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;

using Stage = TlsSight::Stage;
using Outcome = StreamSocket::Outcome;

/// What a server without such a key cannot agree to. TLS 1.3 chooses by signature algorithm
/// (RFC 8446 section 4.2.3), TLS 1.2 by cipher, too (RFC 5246 section 7.4.2).
struct Offer {
  const char* signatures;
  const char* ciphers;
};
constexpr Offer kRsaOffer{
    "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1",
    "aRSA:!aNULL:!eNULL"};
constexpr Offer kEcdsaOffer{"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ECDSA+SHA1",
                            "aECDSA:!aNULL:!eNULL"};

std::string last_reason() {
  const unsigned long cause = ERR_peek_last_error();
  const char* reason = cause == 0 ? nullptr : ERR_reason_error_string(cause);
  ERR_clear_error();
  return reason == nullptr ? "no reason given" : reason;
}

/// One look, from the connection to the farewell.
class Look {
 public:
  explicit Look(const TlsTask& task) : task_(task), socket_(task.step, task.whole) {}

  TlsSight run() {
    ERR_clear_error();
    if (open() && talk() && prepare() && shake_hands()) {
      note_session();
      leave();
    }
    ERR_clear_error();
    return std::move(sight_);
  }

 private:
  bool fail(Stage stage, std::string why) {
    sight_.stage = stage;
    sight_.why = std::move(why);
    return false;
  }

  bool open() {
    const auto outcome = socket_.open(task_.server);
    if (outcome == Outcome::kDone) return true;
    const bool no_route = outcome == Outcome::kFailed && is_no_route(socket_.error());
    return fail(no_route ? Stage::kNoRoute : Stage::kNoConnection, socket_.why(outcome));
  }

  bool talk() {
    Starttls dialogue(talk_of(task_.profile),
                      {.own = task_.own_name.empty() ? "localhost" : task_.own_name,
                       .peer = task_.peer.empty() ? task_.host : task_.peer});
    for (;;) {
      auto outcome = socket_.send_all(dialogue.take_outgoing());
      if (dialogue.state() == Starttls::State::kReady && outcome == Outcome::kDone) return true;
      if (dialogue.state() == Starttls::State::kRefused) {
        return fail(Stage::kNoStarttls, dialogue.why());
      }
      if (dialogue.state() == Starttls::State::kFailed) return fail(Stage::kNoTalk, dialogue.why());
      std::string octets;
      if (outcome == Outcome::kDone) outcome = socket_.receive(octets);
      if (outcome != Outcome::kDone) {
        return fail(Stage::kNoTalk, fmt::format("{}, before TLS", socket_.why(outcome)));
      }
      dialogue.advance(octets);
    }
  }

  bool prepare() {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (context_ == nullptr) return fail(Stage::kNoTls, last_reason());
    // Old and weak servers are looked at, too: what they are is told, not hidden.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_options(context_.get(), SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    if (SSL_CTX_dane_enable(context_.get()) <= 0) return fail(Stage::kNoTls, last_reason());
    if (task_.tlsa.empty()) SSL_CTX_set_default_verify_paths(context_.get());
    session_.reset(SSL_new(context_.get()));
    if (session_ == nullptr || !set_names() || !set_offer() || !set_memory()) {
      return fail(Stage::kNoTls, fmt::format("cannot be asked: {}", last_reason()));
    }
    if (task_.at) {
      X509_VERIFY_PARAM_set_time(SSL_get0_param(session_.get()),
                                 task_.at->time_since_epoch().count());
    }
    add_records();
    SSL_set_connect_state(session_.get());
    return true;
  }

  /// SSL_set_tlsext_host_name, which is a macro with a cast.
  bool set_server_name() {
    auto name = task_.host;
    return !task_.has_server_name || SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME,
                                              TLSEXT_NAMETYPE_host_name, name.data()) == 1;
  }

  bool set_names() {
    SSL* session = session_.get();
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (task_.tlsa.empty()) {
      // Postfix calls a session Trusted whatever name the certificate has.
      return set_server_name();
    }
    // Without a base domain, so that SNI stays ours to choose.
    if (SSL_dane_enable(session, nullptr) <= 0) return false;
    if (!set_server_name()) return false;
    if (SSL_set1_host(session, task_.host.c_str()) != 1) return false;
    for (const auto& name : task_.more_names) {
      if (SSL_add1_host(session, name.c_str()) != 1) return false;
    }
    if (task_.names == NameRule::kUsage3Free) {
      SSL_dane_set_flags(session, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    }
    return true;
  }

  bool set_offer() {
    if (task_.key == ServerKey::kAny) return true;
    const auto& offer = task_.key == ServerKey::kRsa ? kRsaOffer : kEcdsaOffer;
    return SSL_set1_sigalgs_list(session_.get(), offer.signatures) == 1 &&
           SSL_set_cipher_list(session_.get(), offer.ciphers) == 1;
  }

  /// OpenSSL writes to a socket without MSG_NOSIGNAL, so it gets none.
  bool set_memory() {
    from_server_ = BIO_new(BIO_s_mem());
    to_server_ = BIO_new(BIO_s_mem());
    if (from_server_ == nullptr || to_server_ == nullptr) {
      BIO_free(from_server_);
      BIO_free(to_server_);
      return false;
    }
    // Empty is not the end.
    BIO_set_mem_eof_return(from_server_, -1);
    SSL_set_bio(session_.get(), from_server_, to_server_);
    return true;
  }

  void add_records() {
    for (const auto& record : task_.tlsa) {
      const int added = SSL_dane_tlsa_add(session_.get(), record.usage, record.selector,
                                          record.matching, record.data.data(), record.data.size());
      if (added > 0) ++sight_.usable;
      ERR_clear_error();
    }
  }

  Outcome flush() {
    char* octets = nullptr;
    const long size = BIO_get_mem_data(to_server_, &octets);
    if (size <= 0) return Outcome::kDone;
    const std::string copy(octets, static_cast<std::size_t>(size));
    BIO_reset(to_server_);
    return socket_.send_all(copy);
  }

  Outcome fill() {
    std::string octets;
    const auto outcome = socket_.receive(octets);
    if (outcome == Outcome::kDone) {
      BIO_write(from_server_, octets.data(), static_cast<int>(octets.size()));
    }
    return outcome;
  }

  bool shake_hands() {
    for (;;) {
      const int done = SSL_do_handshake(session_.get());
      const int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(session_.get(), done);
      // An alert may be on its way to the server.
      auto outcome = flush();
      if (done == 1) return true;
      if (error != SSL_ERROR_WANT_READ) return fail_handshake();
      if (outcome == Outcome::kDone) outcome = fill();
      if (outcome == Outcome::kDone) continue;
      // TLS 1.3 servers without such a key may just close.
      sight_.is_refused_by_alert = outcome == Outcome::kEnded;
      return fail(Stage::kNoTls, fmt::format("{} in the TLS handshake", socket_.why(outcome)));
    }
  }

  bool fail_handshake() {
    const int reason = ERR_GET_REASON(ERR_peek_last_error());
    constexpr std::array kNoCommonGround{SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
                                         SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY,
                                         SSL_R_TLSV1_ALERT_INTERNAL_ERROR};
    sight_.is_refused_by_alert =
        std::ranges::find(kNoCommonGround, reason) != kNoCommonGround.end();
    return fail(Stage::kNoTls, fmt::format("fails the TLS handshake: {}", last_reason()));
  }

  void note_session() {
    SSL* session = session_.get();
    sight_.stage = Stage::kTls;
    sight_.protocol = SSL_get_version(session);
    sight_.cipher = SSL_get_cipher_name(session);
    STACK_OF(X509)* chain = SSL_get_peer_cert_chain(session);
    for (int i = 0; i < sk_X509_num(chain); ++i) {
      unsigned char* der = nullptr;
      const int size = i2d_X509(sk_X509_value(chain, i), &der);
      if (size > 0) sight_.chain.emplace_back(der, der + size);
      OPENSSL_free(der);
    }
    const auto code = SSL_get_verify_result(session);
    sight_.code = static_cast<int>(code);
    sight_.code_text = X509_verify_cert_error_string(code);
    const int depth = SSL_get0_dane_authority(session, nullptr, nullptr);
    // Records none of which can be used: OpenSSL verifies by authorities, of which it has none.
    sight_.is_verified =
        code == X509_V_OK && !sight_.chain.empty() && (task_.tlsa.empty() || depth >= 0);
    if (code == X509_V_OK && depth >= 0) note_match(static_cast<unsigned>(depth));
  }

  void note_match(unsigned depth) {
    TlsaNumbers found;
    const unsigned char* data = nullptr;
    std::size_t size = 0;
    if (SSL_get0_dane_tlsa(session_.get(), &found.usage, &found.selector, &found.matching, &data,
                           &size) < 0) {
      return;
    }
    found.data.assign(data, data + size);
    const auto record = std::ranges::find(task_.tlsa, found);
    if (record == task_.tlsa.end()) return;
    sight_.match = {static_cast<std::size_t>(record - task_.tlsa.begin()), depth};
  }

  /// Nobody waits for an answer to it.
  void leave() {
    const auto words = farewell(task_.profile);
    if (!words.empty()) {
      SSL_write(session_.get(), words.data(), static_cast<int>(words.size()));
    }
    SSL_shutdown(session_.get());
    static_cast<void>(flush());
  }

  const TlsTask& task_;
  StreamSocket socket_;
  ContextPtr context_;
  SessionPtr session_;
  BIO* from_server_ = nullptr;  ///< the session's
  BIO* to_server_ = nullptr;    ///< the session's
  TlsSight sight_;
};

}  // namespace

std::string_view to_text(ServerKey key) {
  switch (key) {
    case ServerKey::kAny:
      return "any key";
    case ServerKey::kRsa:
      return "RSA";
    case ServerKey::kEcdsa:
      break;
  }
  return "ECDSA";
}

TlsSight look_at_service(const TlsTask& task) {
  return Look(task).run();
}

}  // namespace danewerk::net
