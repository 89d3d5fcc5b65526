#include "net/tls_client.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/signature.h"

namespace danewerk::net {
namespace {

using Stage = TlsSight::Stage;

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeWith<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;

PkeyPtr ec_key() {
  return PkeyPtr(EVP_EC_gen("P-256"));
}
PkeyPtr rsa_key() {
  return PkeyPtr(EVP_RSA_gen(2048));
}

/// Self-signed, for NAME, good for a day from now.
CertificatePtr certificate_of(EVP_PKEY* key, const std::string& name) {
  CertificatePtr made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  X509_add_ext(made.get(), names, -1);
  X509_EXTENSION_free(names);
  REQUIRE(X509_sign(made.get(), key, EVP_sha256()) > 0);
  return made;
}

Bytes key_digest(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  const auto digest =
      crypto::digest(crypto::DigestType::kSha256, ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return {digest.view().begin(), digest.view().end()};
}

/// Listens on a port of its own on loopback, and plays SCRIPT with each client, in a thread.
class Server {
 public:
  explicit Server(std::function<void(int)> script)
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)), script_(std::move(script)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), any, size) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    REQUIRE(::getsockname(listener_.get(), any, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] Endpoint endpoint() const { return {.address = "127.0.0.1", .port = port_}; }

 private:
  void serve() {
    // OpenSSL's own writes, on this side; the client under test gets no such protection.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
      const Descriptor client(::accept(listener_.get(), nullptr, nullptr));
      if (!client.is_open()) return;
      script_(client.get());
    }
  }
  Descriptor listener_;
  std::function<void(int)> script_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

void say(int socket, std::string_view text) {
  static_cast<void>(::send(socket, text.data(), text.size(), MSG_NOSIGNAL));
}
/// To the end of a line; nothing when the client has gone.
std::string hear(int socket) {
  std::string line;
  char c = 0;
  while (::recv(socket, &c, 1, 0) == 1) {
    line += c;
    if (c == '\n') break;
  }
  return line;
}
void hear_to_end(int socket) {
  char buffer[512];
  while (::recv(socket, buffer, sizeof buffer, 0) > 0) {
  }
}

/// A TLS server with keys of its own.
class TlsScript {
 public:
  void add(PkeyPtr key, const std::string& name) {
    auto certificate = certificate_of(key.get(), name);
    REQUIRE(SSL_CTX_use_certificate(context_.get(), certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1);
    certificates_.push_back(std::move(certificate));
  }
  [[nodiscard]] const X509* certificate(std::size_t index) const {
    return certificates_.at(index).get();
  }
  void play(int socket) const {
    const SessionPtr session(SSL_new(context_.get()));
    SSL_set_fd(session.get(), socket);
    if (SSL_accept(session.get()) == 1) {
      char buffer[64];
      SSL_read(session.get(), buffer, sizeof buffer);
      SSL_shutdown(session.get());
    }
  }
  SSL_CTX* context() { return context_.get(); }

 private:
  ContextPtr context_{SSL_CTX_new(TLS_server_method())};
  std::vector<CertificatePtr> certificates_;
};

TlsTask task_for(const Server& server, Profile profile = Profile::kTls) {
  return {.server = server.endpoint(),
          .profile = profile,
          .host = "mx1.dane.example",
          .own_name = "probe.example",
          .step = milliseconds(2000),
          .whole = milliseconds(4000)};
}

TEST_CASE("TLS client: the record of the presented key matches, another does not") {
  TlsScript tls;
  tls.add(ec_key(), "mx1.dane.example");
  const Server server([&](int socket) { tls.play(socket); });
  auto task = task_for(server);
  task.tlsa.push_back({.data = Bytes(32, 7)});
  const auto wrong = look_at_service(task);
  REQUIRE(wrong.stage == Stage::kTls);
  CHECK_FALSE(wrong.match.has_value());
  CHECK_FALSE(wrong.is_verified);
  CHECK(wrong.code == X509_V_ERR_DANE_NO_MATCH);
  task.tlsa.push_back({.data = key_digest(tls.certificate(0))});
  const auto right = look_at_service(task);
  REQUIRE(right.stage == Stage::kTls);
  REQUIRE(right.match.has_value());
  CHECK(right.match->record == 1);
  CHECK(right.match->depth == 0);
  CHECK(right.is_verified);
  CHECK(right.usable == 2);
  CHECK(right.protocol == "TLSv1.3");
  REQUIRE(right.chain.size() == 1);
}

TEST_CASE("TLS client: names do not count with usage 3, unless asked for (RFC 7671 section 5.1)") {
  TlsScript tls;
  tls.add(ec_key(), "other.example");
  const Server server([&](int socket) { tls.play(socket); });
  auto task = task_for(server);
  task.tlsa.push_back({.data = key_digest(tls.certificate(0))});
  CHECK(look_at_service(task).match.has_value());
  task.names = NameRule::kAlways;
  CHECK_FALSE(look_at_service(task).match.has_value());
  task.more_names.emplace_back("other.example");
  CHECK(look_at_service(task).match.has_value());
}

TEST_CASE("TLS client: RSA and ECDSA are asked for one at a time, and a missing one is seen") {
  TlsScript both;
  both.add(ec_key(), "mx1.dane.example");
  both.add(rsa_key(), "mx1.dane.example");
  const Server server([&](int socket) { both.play(socket); });
  auto task = task_for(server);
  for (const auto& [key, index] : {std::pair{ServerKey::kEcdsa, 0U}, {ServerKey::kRsa, 1U}}) {
    task.key = key;
    task.tlsa = {{.data = key_digest(both.certificate(index))}};
    CHECK(look_at_service(task).match.has_value());
  }
  for (const int protocol : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(protocol);
    TlsScript one;
    one.add(ec_key(), "mx1.dane.example");
    SSL_CTX_set_max_proto_version(one.context(), protocol);
    const Server lacking([&](int socket) { one.play(socket); });
    auto rsa = task_for(lacking);
    rsa.key = ServerKey::kRsa;
    const auto sight = look_at_service(rsa);
    CHECK(sight.stage == Stage::kNoTls);
    CHECK(sight.is_refused_by_alert);
    rsa.key = ServerKey::kEcdsa;
    CHECK(look_at_service(rsa).stage == Stage::kTls);
  }
}

TEST_CASE("TLS client: SMTP with STARTTLS, whole") {
  TlsScript tls;
  tls.add(ec_key(), "mx1.dane.example");
  std::mutex mutex;
  std::string hello;
  const Server server([&](int socket) {
    say(socket, "220 mx1.dane.example ESMTP\r\n");
    auto line = hear(socket);
    {
      const std::scoped_lock lock(mutex);
      hello = std::move(line);
    }
    say(socket, "250-mx1.dane.example\r\n250 STARTTLS\r\n");
    if (hear(socket) != "STARTTLS\r\n") return;
    say(socket, "220 go\r\n");
    tls.play(socket);
  });
  const auto sight = look_at_service(task_for(server, Profile::kSmtp));
  CHECK(sight.stage == Stage::kTls);
  CHECK_FALSE(sight.is_verified);
  const std::scoped_lock lock(mutex);
  CHECK(hello == "EHLO probe.example\r\n");
}

TEST_CASE("TLS client: a server that does not want is told from one that cannot") {
  const auto stage = [](std::function<void(int)> script, Profile profile) {
    const Server server(std::move(script));
    const auto sight = look_at_service(task_for(server, profile));
    CHECK_FALSE(sight.why.empty());
    return sight.stage;
  };
  CHECK(stage(
            [](int socket) {
              say(socket, "220 mx\r\n");
              hear(socket);
              say(socket, "250 SIZE\r\n");
              hear_to_end(socket);
            },
            Profile::kSmtp) == Stage::kNoStarttls);
  CHECK(stage([](int socket) { say(socket, "HTTP/1.1 400\r\n"); }, Profile::kSmtp) ==
        Stage::kNoTalk);
  CHECK(stage([](int) {}, Profile::kSmtp) == Stage::kNoTalk);
  CHECK(stage([](int) {}, Profile::kTls) == Stage::kNoTls);
  CHECK(stage([](int socket) { say(socket, "220 this is not TLS\r\n"); }, Profile::kTls) ==
        Stage::kNoTls);
}

TEST_CASE("TLS client: a closed port is no connection, and says so") {
  Endpoint endpoint;
  {
    const Server server([](int) {});
    endpoint = server.endpoint();
  }
  const auto sight = look_at_service({.server = endpoint, .host = "mx1.dane.example"});
  CHECK(sight.stage == Stage::kNoConnection);
  CHECK(sight.why == "cannot be talked to: connection refused");
}

TEST_CASE(
    "TLS client: a server that says nothing, or goes on for ever, costs no more than the limit") {
  const auto begin = std::chrono::steady_clock::now();
  const Server silent([](int socket) { hear_to_end(socket); });
  const Server endless([](int socket) {
    const std::string much(4096, '-');
    while (::send(socket, much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  for (const auto profile : {Profile::kSmtp, Profile::kTls, Profile::kImap, Profile::kXmppServer}) {
    auto task = task_for(silent, profile);
    task.step = milliseconds(100);
    task.whole = milliseconds(200);
    CHECK(look_at_service(task).stage != Stage::kTls);
    task.server = endless.endpoint();
    CHECK(look_at_service(task).stage != Stage::kTls);
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
}

TEST_CASE("TLS client: no record that can be used is not taken for none") {
  TlsScript tls;
  tls.add(ec_key(), "mx1.dane.example");
  const Server server([&](int socket) { tls.play(socket); });
  auto task = task_for(server);
  task.tlsa.push_back({.matching = 1, .data = Bytes(31, 1)});
  const auto sight = look_at_service(task);
  REQUIRE(sight.stage == Stage::kTls);
  CHECK(sight.usable == 0);
  CHECK_FALSE(sight.is_verified);
  CHECK_FALSE(sight.match.has_value());
}

TEST_CASE("TLS client: SNI is sent, or not, as asked (RFC 6066 section 3)") {
  TlsScript tls;
  tls.add(ec_key(), "mx1.dane.example");
  static std::mutex mutex;
  static std::string seen;
  int (*const note)(SSL*, int*, void*) = [](SSL* session, int*, void*) {
    const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    const std::scoped_lock lock(mutex);
    seen = name == nullptr ? "none" : name;
    return SSL_TLSEXT_ERR_OK;
  };
  // As SSL_CTX_set_tlsext_servername_callback, which is a macro with a cast of the old style.
  SSL_CTX_callback_ctrl(tls.context(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(note));
  const auto last_seen = [] {
    const std::scoped_lock lock(mutex);
    return seen;
  };
  const Server server([&](int socket) { tls.play(socket); });
  for (const bool has_records : {true, false}) {
    auto task = task_for(server);
    if (has_records) task.tlsa.push_back({.data = key_digest(tls.certificate(0))});
    CHECK(look_at_service(task).stage == Stage::kTls);
    CHECK(last_seen() == "mx1.dane.example");
    task.has_server_name = false;
    CHECK(look_at_service(task).stage == Stage::kTls);
    CHECK(last_seen() == "none");
  }
}

}  // namespace
}  // namespace danewerk::net
