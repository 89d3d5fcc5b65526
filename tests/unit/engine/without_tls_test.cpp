/// \file
/// A mail server that is reached and offers no STARTTLS: a real listener, and whole passes.

#include <array>
#include <optional>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/file.h"
#include "engine/certificate_status.h"
#include "rollover/tlsa_ids.h"
#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

namespace ids = rollover::ids;

/// At 127.0.0.1: says hello, and has no extensions.
class PlainSmtp {
 public:
  /// \param port  0: any
  explicit PlainSmtp(std::uint16_t port = 0) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int yes = 1;
    REQUIRE(::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), any, size) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    REQUIRE(::getsockname(listener_.get(), any, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  PlainSmtp(const PlainSmtp&) = delete;
  PlainSmtp& operator=(const PlainSmtp&) = delete;
  ~PlainSmtp() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void run() const {
    for (;;) {
      const Descriptor peer(::accept(listener_.get(), nullptr, nullptr));
      if (!peer.is_open()) return;
      say(peer, "220 mx1.zone.test ESMTP\r\n");
      std::array<char, 512> heard{};
      if (::recv(peer.get(), heard.data(), heard.size(), 0) > 0) {
        say(peer, "250 mx1.zone.test\r\n");
      }
      // Until the client leaves.
      while (::recv(peer.get(), heard.data(), heard.size(), 0) > 0) {
      }
    }
  }
  static void say(const Descriptor& peer, std::string_view line) {
    ::send(peer.get(), line.data(), line.size(), MSG_NOSIGNAL);
  }

  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

class PlainSite : public AskedSite {
 public:
  explicit PlainSite(std::uint16_t port) {
    configure(fmt::format(
        "issuers: [issuers.yaml]\npolicies:\n  default: {{algorithm: ed25519, serial: increment}}\n"
        "zones:\n  zone.test: {{file: zone.test, output: out.zone, parents: none}}\n"
        "certificates:\n  mail: {{certificate: live/fullchain.pem, key: live/privkey.pem, "
        "serve: {{directory: served/mail}}, services: [{{service: \"mx1.zone.test:{}/smtp\", "
        "probe: local}}]}}\n",
        port));
    renew(make_ec_key(), kStart);
  }
  engine::BindingReport pass_at(sys_seconds moment) {
    now = moment;
    auto report = ManagedSite::pass(now);
    REQUIRE(report.bindings.size() == 1);
    return std::move(report.bindings.front());
  }
  [[nodiscard]] bool has_record() const {
    return text_of(folder() / "out.zone").find("\tIN\tTLSA\t") != std::string::npos;
  }
  [[nodiscard]] engine::Verdict verdict() const {
    auto state = good(store::State::open(config().state, store::State::Access::kRead));
    return good(engine::read_certificate_status(config(), state, now)).front().verdict;
  }
};

bool waits_for_tls(const engine::BindingReport& report) {
  return std::ranges::any_of(report.waits, [](const rollover::BindingWait& wait) {
    return wait.rule == ids::kTlsaPlain && wait.is_operators;
  });
}

}  // namespace

TEST_CASE(
    "without TLS: no record comes while the service answers, and it is looked at again soon") {
  std::optional<PlainSmtp> server(std::in_place);
  PlainSite site(server->port());
  const auto first = site.pass_at(kStart);
  CHECK_FALSE(site.has_record());
  CHECK(waits_for_tls(first));
  CHECK(first.findings.count(ids::kTlsaSilent) == 0);
  CHECK(site.verdict().health == engine::Health::kWarning);
  const auto state = site.binding();
  REQUIRE(state.endpoints.size() == 1);
  CHECK(state.endpoints.front().is_without_tls);
  CHECK_FALSE(state.endpoints.front().is_silent);
  CHECK(state.endpoints.front().why == "does not offer STARTTLS");
  CHECK(state.endpoints.front().owner == fmt::format("_{}._tcp.mx1.zone.test.", server->port()));
  REQUIRE(state.wake.has_value());
  CHECK(*state.wake <= kStart + std::chrono::minutes(10));
  const auto plan = site.ask("plan");
  CHECK(has(plan, "answers without TLS"));
  CHECK_FALSE(has(plan, "every endpoint presents"));
  // One that cannot be reached is told of, and holds nothing up.
  server.reset();
  const auto second = site.pass_at(*state.wake);
  CHECK(site.has_record());
  CHECK_FALSE(waits_for_tls(second));
  CHECK(second.findings.count(ids::kTlsaSilent) > 0);
}

TEST_CASE("without TLS: what is published stays, and monitoring knows that mail is deferred") {
  const auto port = PlainSmtp().port();
  PlainSite site(port);
  site.pass_at(kStart);
  REQUIRE(site.has_record());
  std::optional<PlainSmtp> server(std::in_place, port);
  const auto report = site.pass_at(kStart + kHour);
  CHECK(site.has_record());
  CHECK(report.findings.count(ids::kTlsaPlain) == 1);
  CHECK(report.findings.count(ids::kTlsaSilent) == 0);
  const auto verdict = site.verdict();
  CHECK(verdict.health == engine::Health::kCritical);
  CHECK(verdict.reason.find("answers without TLS") != std::string::npos);
}

}  // namespace danewerk::mail
