#include "engine/new_addresses.h"

#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/file.h"
#include "mail_site.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using mail::kDay;
using mail::kHour;
using mail::kStart;
using mail::MailSite;
using mail::RdataSet;

namespace {

const RdataSet kRecords{{3, 1, 1, 7}};

/// At 127.0.0.2: takes each connection, and hangs up.
class Rude {
 public:
  Rude() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_.get(), any, size) == 0);
    REQUIRE(::listen(listener_.get(), 8) == 0);
    REQUIRE(::getsockname(listener_.get(), any, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      while (Descriptor(::accept(listener_.get(), nullptr, nullptr)).is_open()) {
      }
    });
  }
  Rude(const Rude&) = delete;
  Rude& operator=(const Rude&) = delete;
  ~Rude() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

dns::Zone zone_of(const support::ScopedFolder& folder, const std::string& lines) {
  support::write_text(
      folder / "zone.test",
      "$TTL 60\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n" + lines);
  auto read = source::read_zone_file(folder / "zone.test",
                                     {.origin = test::good(dns::name_from_text("zone.test."))});
  REQUIRE(read.zone.has_value());
  return *std::move(read.zone);
}

/// What is said of a change of the host's addresses.
Findings judged(const std::string& before, const std::string& after,
                engine::GuardedService guarded) {
  const support::ScopedFolder folder;
  const auto published = zone_of(folder, before);
  const auto wanted = zone_of(folder, after);
  guarded.certificate = "mail";
  guarded.service.host = "mx1.zone.test.";
  guarded.service.profile = "tls";
  return engine::judge_new_addresses({.before = &published, .after = &wanted, .now = kStart},
                                     {guarded});
}

}  // namespace

TEST_CASE("new addresses: one at which nobody answers is told of, and holds nothing up") {
  engine::GuardedService guarded{.held = {kRecords}};
  guarded.service.port = 1;
  const auto findings = judged("mx1 A 127.0.0.1\n", "mx1 A 127.0.0.1\nmx1 A 127.0.0.2\n", guarded);
  CHECK(findings.count("BINDING-ADDRESS-SILENT") == 1);
  CHECK_FALSE(findings.has_errors());
}

TEST_CASE("new addresses: where no TLS session comes about, clients with records are refused") {
  const Rude rude;
  engine::GuardedService guarded{.held = {kRecords}};
  guarded.service.port = rude.port();
  const auto findings = judged("mx1 A 127.0.0.1\n", "mx1 A 127.0.0.2\n", guarded);
  CHECK(findings.count("BINDING-ADDRESS") == 1);
  REQUIRE(findings.has_errors());
  CHECK(findings.list().front().message.find("127.0.0.2") != std::string::npos);
}

TEST_CASE("new addresses: of those that aliases lead to within the zone, too") {
  engine::GuardedService guarded{.held = {kRecords}};
  guarded.service.port = 1;
  const auto* nodes = "node1 A 127.0.0.1\nnode2 A 127.0.0.2\n";
  const auto findings = judged(std::string("mx1 CNAME node1\n") + nodes,
                               std::string("mx1 CNAME node2\n") + nodes, guarded);
  CHECK(findings.count("BINDING-ADDRESS-SILENT") == 1);
}

TEST_CASE("new addresses: nobody is asked when none is new, or no client can hold a record") {
  const Rude rude;
  engine::GuardedService guarded{.held = {kRecords}};
  guarded.service.port = rude.port();
  CHECK(judged("mx1 A 127.0.0.2\n", "mx1 A 127.0.0.2\nwww A 192.0.2.9\n", guarded).empty());
  CHECK(judged("mx1 A 127.0.0.2\n", "www A 192.0.2.9\n", guarded).empty());
  // A new host, and its first records in the same version.
  guarded.held.clear();
  guarded.wanted = kRecords;
  CHECK(judged("", "mx1 A 127.0.0.2\n", guarded).empty());
  CHECK(judged("mx1 A 127.0.0.1\n", "mx1 A 127.0.0.2\n", guarded).has_errors());
}

TEST_CASE("new addresses: a change that is refused is looked at again before the file changes") {
  const Rude rude;
  MailSite site;
  const auto use = [&](const char* probe) {
    site.configure(fmt::format(
        "issuers: [issuers.yaml]\npolicies:\n  default: {{algorithm: ed25519, serial: increment}}\n"
        "zones:\n  zone.test: {{file: zone.test, output: out.zone, parents: none}}\n"
        "certificates:\n  mail: {{certificate: live/fullchain.pem, key: live/privkey.pem, "
        "serve: {{directory: served/mail}}, services: [{{service: \"mx1.zone.test:{}/tls\", probe: "
        "{}}}]}}\n",
        rude.port(), probe));
  };
  use("local");
  site.renew(support::make_ec_key(), kStart);
  site.ManagedSite::pass(kStart);
  const auto before = site.state_of("zone.test.");
  site.write_zone("mx1 A 127.0.0.2\n");
  const auto now = kStart + kHour;
  const auto report = site.ManagedSite::pass(now);
  REQUIRE(report.zones.size() == 1);
  CHECK(report.zones.front().failed);
  CHECK(report.zones.front().findings.count("BINDING-ADDRESS") == 1);
  const auto held = site.state_of("zone.test.");
  CHECK(held.version == before.version);
  REQUIRE(held.wake.has_value());
  CHECK(*held.wake == now + engine::kAddressesAgain);
  // Signatures are renewed all the same.
  site.ManagedSite::pass(now + kDay * 30);
  CHECK(site.state_of("zone.test.").version > before.version);
  use("none");
  const auto last = site.ManagedSite::pass(now + kDay * 30 + kHour);
  CHECK_FALSE(last.has_failures());
  CHECK(site.state_of("zone.test.").source_serial == 1);
}

TEST_CASE("new addresses: services are guarded by the gate of their certificate") {
  MailSite site(", gate: relaxed");
  model::TlsaOwner owner = model::empty_owner("_25._tcp.mx1.zone.test.", seconds(60));
  owner.versions.push_back({.records = kRecords});
  const auto find = [&](const std::string& name) { return name == owner.name ? &owner : nullptr; };
  CHECK(engine::guarded_services(site.config(), find).empty());  // probe: none
  auto config = site.config();
  config.certificates.at("mail").services.front().probe = config::Probe::kLocal;
  const auto by_zone = engine::guarded_services(config, find);
  REQUIRE(by_zone.size() == 1);
  const auto& guarded = by_zone.at("zone.test.");
  REQUIRE(guarded.size() == 1);
  CHECK(guarded.front().gate == rollover::GateKind::kRelaxed);
  CHECK(guarded.front().held == std::vector<RdataSet>{kRecords});
}
