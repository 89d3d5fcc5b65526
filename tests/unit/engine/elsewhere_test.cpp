/// \file
/// Certificates on a host that signs no zone, through whole passes under a moved clock: the zone's
/// primary and its secondaries are played here, with other hosts that use it, too. A witness of the
/// test's own judges promise P2 at every step.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/managed_site.h"
#include "tlsa/match.h"
#include "unit/tlsa/made_chain.h"
#include "update/ids.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using support::kHour;
using support::make_ec_key;
using support::ManagedSite;
using support::TestAuthority;
using support::TestCertificate;
using support::TestKey;
using support::text_of;
using support::write_text;
using test::good;
using update::Sent;
using update::ServerAnswer;
using RdataSet = std::set<Bytes>;

namespace {

constexpr auto kStart = support::kCertificateTime;
constexpr auto kDay = std::chrono::days(1);
constexpr auto kMinute = std::chrono::minutes(1);
const std::string kOwner = "_25._tcp.mx1.zone.test.";

/// Somebody else's primary, and two secondaries that take a while.
class Elsewhere : public update::Network {
 public:
  struct Content {
    sys_seconds since{};
    std::uint32_t serial = 0;
    RdataSet records{};
  };

  /// Of the primary; secondaries follow.
  void put(RdataSet records) {
    if (history.back().records == records) return;
    history.push_back({now, history.back().serial + 1, std::move(records)});
  }
  [[nodiscard]] const RdataSet& present() const { return history.back().records; }

  [[nodiscard]] const Content& at(seconds lag) const {
    const auto* found = &history.front();
    for (const auto& one : history) {
      if (one.since + lag <= now) found = &one;
    }
    return *found;
  }

  std::vector<update::OwnerLook> look_all(const std::vector<update::OwnerTask>& tasks,
                                          const update::LookOptions& /*options*/) override {
    ++looks;
    std::vector<update::OwnerLook> all;
    for (const auto& task : tasks) {
      CHECK(dns::to_text(task.owner) == kOwner);
      auto& look = all.emplace_back();
      look.zone = good(dns::name_from_text("zone.test."));
      for (const auto& [address, lag] : secondaries) look.answers.push_back(answer(address, lag));
    }
    return all;
  }

  std::vector<Sent> send_all(const std::vector<update::SendTask>& tasks,
                             const net::AskLimits& /*limits*/) override {
    std::vector<Sent> all;
    for (const auto& task : tasks) {
      ++sends;
      CHECK(to_text(task.server) == "192.0.2.1@53");
      if (outcome != Sent::Outcome::kRefused && takes) apply(*task.update);
      all.push_back({outcome, outcome == Sent::Outcome::kAccepted ? "" : "does not answer", {}});
    }
    return all;
  }

  void apply(const dns::Update& update) {
    auto records = present();
    for (const auto& record : update.records) {
      CHECK(dns::to_text(record.owner) == kOwner);
      if (record.act == dns::Update::Act::kAdd) {
        records.insert(record.rdata);
      } else {
        records.erase(record.rdata);
      }
    }
    put(std::move(records));
  }

  [[nodiscard]] ServerAnswer answer(const std::string& address, seconds lag) const {
    ServerAnswer made{.server = {.name = address + ".test.", .endpoint = {address, 53}}};
    made.why = "does not answer";
    if (silent.contains(address)) return made;
    const auto& content = at(lag);
    made.kind = ServerAnswer::Kind::kShows;
    made.soa = {.serial = content.serial,
                .refresh = kHour,
                .retry = seconds(900),
                .expire = kDay * 7,
                .negative_ttl = seconds(300)};
    made.records = content.records;
    made.ttl = content.records.empty() ? seconds(300) : seconds(600);
    made.is_signed = true;
    made.signed_until = now + kDay * 14;
    return made;
  }

  std::map<std::string, seconds> secondaries{{"192.0.2.2", seconds(60)}, {"192.0.2.3", kHour}};
  std::set<std::string> silent{};
  Sent::Outcome outcome = Sent::Outcome::kAccepted;
  bool takes = true;  ///< unless it refuses, what was sent is done
  sys_seconds now{};
  std::vector<Content> history{{.serial = 1}};
  int looks = 0;
  int sends = 0;
};

class MailHost : public ManagedSite {
 public:
  explicit MailHost(
      const std::string& how = "{address: 192.0.2.1, tsig: mail, propagation-delay: 0}") {
    std::filesystem::create_directory(folder() / "live");
    std::filesystem::create_directory(folder() / "served");
    write_text(folder() / "secret", "c2VjcmV0IG9mIHR3ZW50eSBvY3RldHM=\n");
    std::filesystem::permissions(folder() / "secret", std::filesystem::perms::owner_read |
                                                          std::filesystem::perms::owner_write);
    configure(
        "tsig: {mail: {secret-file: secret}}\ncertificates:\n  mail: {certificate: "
        "live/fullchain.pem, key: live/privkey.pem, serve: {directory: served/mail}, "
        "services: [\"mx1.zone.test:25/smtp\"], ttl: 10m, probe: none, update: " +
        how + "}\n");
  }

  [[nodiscard]] TestCertificate made(const TestKey& key, sys_seconds now) const {
    return {{.name = "mx1.zone.test", .from = now - kHour, .until = now + kDay * 90},
            key,
            &authority.issuer};
  }
  TestCertificate renew(const TestKey& key, sys_seconds now) {
    auto leaf = made(key, now);
    put(leaf);
    return leaf;
  }
  /// Where the client leaves it.
  void put(const TestCertificate& leaf) {
    write_text(folder() / "live" / "fullchain.pem",
               leaf.pem() + authority.issuer.pem() + authority.cross.pem());
    write_text(folder() / "live" / "privkey.pem", support::private_pem(leaf.key()));
    std::filesystem::permissions(
        folder() / "live" / "privkey.pem",
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  engine::RunReport pass(sys_seconds now) {
    network.now = now;
    auto asked = task(now);
    asked.network = &network;
    auto report = good(engine::run_pass(asked));
    see(now);
    return report;
  }
  void pass_until(sys_seconds from, sys_seconds until, seconds step = kHour * 2) {
    for (auto now = from; now < until; now += step) pass(now);
  }

  /// A resolver asks any server at any time: what it may hold has to accept what is served.
  void see(sys_seconds now) {
    if (!std::filesystem::exists(folder() / "served" / "mail")) return;
    const auto chain = tlsa::made::read(served("fullchain.pem")).chain;
    REQUIRE(chain.has_value());
    std::set<RdataSet> held;
    for (const auto& [address, lag] : network.secondaries) {
      for (auto at = now - seconds(1200); at <= now; at += kMinute) {
        network.now = at;
        if (at >= kStart) held.insert(network.at(lag).records);
      }
    }
    network.now = now;
    for (const auto& records : held) CHECK_MESSAGE(accepts(records, *chain, now), to_text(now));
  }

  [[nodiscard]] std::string served(const char* file = "cert.pem") const {
    return text_of(folder() / "served" / "mail" / file);
  }
  [[nodiscard]] model::TlsaOwner owner() const {
    auto state = good(store::State::open(config().state, store::State::Access::kRead));
    auto owners = good(state.tlsa_owners(""));
    REQUIRE(owners.size() == 1);
    return std::move(owners.front());
  }

  TestAuthority authority{};
  Elsewhere network{};

 private:
  static bool accepts(const RdataSet& records, const tlsa::Chain& chain, sys_seconds now) {
    if (records.empty()) return true;
    return std::ranges::any_of(records, [&](const Bytes& rdata) {
      const auto record = good(tlsa::association_from_rdata(rdata));
      return static_cast<bool>(tlsa::match(chain, record, {.names = {"mx1.zone.test"}, .at = now}));
    });
  }
};

Bytes record_of(const TestCertificate& certificate) {
  return tlsa::made::record("3 1 1", certificate).rdata();
}

std::uint64_t count(const engine::RunReport& report, std::string_view id) {
  return report.bindings.front().findings.count(id);
}

}  // namespace

TEST_CASE("elsewhere: a first certificate is served, and its record sent, once") {
  MailHost host;
  const auto leaf = host.renew(make_ec_key(), kStart);
  const auto report = host.pass(kStart);
  CHECK_FALSE(report.has_failures());
  CHECK(host.served() == leaf.pem());
  CHECK(host.network.present() == RdataSet{record_of(leaf)});
  CHECK(host.network.sends == 1);
  host.pass_until(kStart + kMinute, kStart + kDay);
  CHECK(host.network.sends == 1);
  // Nothing is due: nothing is asked, sent or written (promise P6).
  const auto before = host.owner();
  const auto looks = host.network.looks;
  host.pass(kStart + kDay + kMinute);
  host.pass(kStart + kDay + 2 * kMinute);
  CHECK(host.network.looks <= looks + 1);
  CHECK(host.network.sends == 1);
}

TEST_CASE("elsewhere: a new key is served when the slowest server's caches have its record (P2)") {
  MailHost host;
  const auto first = host.renew(make_ec_key(), kStart);
  host.pass_until(kStart, kStart + kDay);
  const auto renewed = kStart + kDay;
  const auto second = host.renew(make_ec_key(), renewed);
  std::optional<sys_seconds> switched;
  std::optional<sys_seconds> withdrawn;
  const auto step = [&] { return switched ? seconds(kHour * 2) : seconds(kMinute * 5); };
  for (auto now = renewed; now < renewed + kDay * 3; now += step()) {
    host.pass(now);
    if (!switched && host.served() == second.pem()) switched = now;
    if (!withdrawn && host.network.present() == RdataSet{record_of(second)}) withdrawn = now;
    if (!withdrawn) CHECK(host.network.present().contains(record_of(first)));
  }
  REQUIRE(switched.has_value());
  // The slow one shows it after an hour; two TTLs of ten minutes, and the margin.
  const auto aged = renewed + kHour + seconds(1200) + kMinute * 5;
  CHECK(*switched >= aged);
  CHECK(*switched <= aged + kMinute * 10);
  REQUIRE(withdrawn.has_value());
  CHECK(*withdrawn >= *switched + kDay);
  CHECK(host.network.sends == 3);
}

TEST_CASE("elsewhere: a server that falls silent holds a new key back") {
  MailHost host;
  const auto first = host.renew(make_ec_key(), kStart);
  host.pass_until(kStart, kStart + kDay);
  host.renew(make_ec_key(), kStart + kDay);
  host.network.silent = {"192.0.2.3"};
  host.pass_until(kStart + kDay, kStart + 3 * kDay, kHour);
  CHECK(host.served() == first.pem());
  const auto report = host.pass(kStart + 3 * kDay);
  CHECK(count(report, update::ids::kServer) == 1);
  const auto& waits = report.bindings.front().waits;
  const bool says_who = std::ranges::any_of(
      waits, [](const auto& wait) { return wait.reason.find("192.0.2.3") != std::string::npos; });
  CHECK(says_who);
}

TEST_CASE("elsewhere: when nobody says what is there, nothing is decided") {
  MailHost host;
  host.network.silent = {"192.0.2.2", "192.0.2.3"};
  host.renew(make_ec_key(), kStart);
  const auto report = host.pass(kStart);
  CHECK(report.has_failures());
  CHECK(count(report, update::ids::kNotMeasured) != 0);
  CHECK(host.network.sends == 0);
  CHECK_FALSE(std::filesystem::exists(host.folder() / "served" / "mail" / "cert.pem"));
}

TEST_CASE("elsewhere: records that are there before us count for the first chain, too (P2)") {
  MailHost host;
  const auto old = host.renew(make_ec_key(), kStart);
  host.network.now = kStart - kDay;
  host.network.put({record_of(old)});
  host.pass(kStart);
  CHECK(host.served() == old.pem());
  CHECK(host.network.sends == 0);
  const auto second = host.renew(make_ec_key(), kStart + kHour);
  host.pass(kStart + kHour);
  CHECK(host.served() == old.pem());
  CHECK(host.network.present() == RdataSet{record_of(old), record_of(second)});
}

TEST_CASE("elsewhere: nobody asks for an hour, and what goes meanwhile counts all the same (P2)") {
  MailHost host;
  const auto key = make_ec_key();
  const auto first = host.renew(make_ec_key(), kStart);
  const auto second = host.made(key, kStart);
  // The record of a key to come, long since in every cache.
  host.network.now = kStart - kDay;
  host.network.put({record_of(first), record_of(second)});
  host.pass_until(kStart, kStart + kDay);
  const auto quiet = kStart + kDay;
  host.pass(quiet);
  const auto looks = host.network.looks;
  host.pass(quiet + kMinute);
  CHECK(host.network.looks == looks);
  SUBCASE("somebody takes the record out") {
    host.network.now = quiet + 10 * kMinute;
    host.network.put({record_of(first)});
    host.put(second);
    const auto report = host.pass(quiet + 20 * kMinute);
    CHECK(report.bindings.front().renewal == engine::Renewal::kStaged);
    CHECK(host.served() == first.pem());
    CHECK(host.network.present() == RdataSet{record_of(first), record_of(second)});
    host.pass_until(quiet + 30 * kMinute, quiet + kDay, 10 * kMinute);
    CHECK(host.served() == second.pem());
  }
  SUBCASE("a server that cannot be asked now showed it before") {
    host.network.silent = {"192.0.2.3"};
    host.put(second);
    const auto report = host.pass(quiet + 20 * kMinute);
    CHECK(host.served() == second.pem());
    CHECK(count(report, update::ids::kServer) == 1);
  }
  SUBCASE("no server can be asked") {
    host.network.silent = {"192.0.2.2", "192.0.2.3"};
    host.put(second);
    const auto report = host.pass(quiet + 20 * kMinute);
    CHECK(host.served() == first.pem());
    CHECK(count(report, update::ids::kNotMeasured) == 1);
  }
  SUBCASE("nothing changed") {
    host.put(second);
    host.pass(quiet + 20 * kMinute);
    CHECK(host.served() == second.pem());
  }
  CHECK(host.network.looks > looks);
}

TEST_CASE("elsewhere: what cannot be sent is told, and sent again by the next pass") {
  MailHost host;
  host.network.outcome = Sent::Outcome::kUnknown;
  host.network.takes = false;
  const auto leaf = host.renew(make_ec_key(), kStart);
  for (int i = 0; i < 3; ++i) {
    const auto report = host.pass(kStart + i * kMinute);
    CHECK(report.has_failures());
    CHECK(count(report, update::ids::kNotSent) == 1);
  }
  CHECK(host.network.present().empty());
  host.network.outcome = Sent::Outcome::kAccepted;
  host.network.takes = true;
  CHECK_FALSE(host.pass(kStart + kHour).has_failures());
  CHECK(host.network.present() == RdataSet{record_of(leaf)});
}

TEST_CASE("elsewhere: what was accepted and lost is sent again, and never counted on (P2)") {
  MailHost host;
  const auto first = host.renew(make_ec_key(), kStart);
  host.pass_until(kStart, kStart + kDay);
  const auto sends = host.network.sends;
  host.network.takes = false;
  const auto second = host.renew(make_ec_key(), kStart + kDay);
  // SOA EXPIRE is seven days.
  host.pass_until(kStart + kDay, kStart + 9 * kDay, 4 * kHour);
  CHECK(host.served() == first.pem());
  CHECK(host.network.sends > sends + 7 * 6);
  CHECK(count(host.pass(kStart + 9 * kDay), update::ids::kLost) == 1);
  host.network.takes = true;
  host.pass_until(kStart + 9 * kDay + kHour, kStart + 9 * kDay + 4 * kHour, kMinute * 20);
  CHECK(host.network.present() == RdataSet{record_of(first), record_of(second)});
  CHECK(host.served() == second.pem());
}

TEST_CASE("elsewhere: what was done though nobody said so is not sent for ever") {
  MailHost host;
  host.network.outcome = Sent::Outcome::kUnknown;
  const auto leaf = host.renew(make_ec_key(), kStart);
  host.pass(kStart);
  CHECK(host.network.present() == RdataSet{record_of(leaf)});
  host.pass(kStart + kHour);
  const auto sends = host.network.sends;
  host.pass_until(kStart + 2 * kHour, kStart + kDay, kHour);
  CHECK(host.network.sends == sends);
}

TEST_CASE(
    "elsewhere: a renewal is staged while the primary cannot be reached, and nothing is lost") {
  MailHost host;
  const auto first = host.renew(make_ec_key(), kStart);
  host.pass_until(kStart, kStart + kDay);
  host.network.outcome = Sent::Outcome::kUnknown;
  host.network.takes = false;
  const auto second = host.renew(make_ec_key(), kStart + kDay);
  auto report = host.pass(kStart + kDay);
  CHECK(report.bindings.front().renewal == engine::Renewal::kStaged);
  host.pass_until(kStart + kDay, kStart + 3 * kDay, kHour);
  CHECK(host.served() == first.pem());
  CHECK(host.network.present() == RdataSet{record_of(first)});
  host.network.outcome = Sent::Outcome::kAccepted;
  host.network.takes = true;
  host.pass_until(kStart + 3 * kDay, kStart + 3 * kDay + 3 * kHour, kMinute * 20);
  CHECK(host.served() == second.pem());
}

TEST_CASE("elsewhere: another host at the same name rolls its key, and neither erases the other") {
  MailHost host;
  host.network.now = kStart - kDay;
  const TestCertificate other({.name = "mx1.zone.test"}, make_ec_key(), &host.authority.issuer);
  const TestCertificate next({.name = "mx1.zone.test"}, make_ec_key(), &host.authority.issuer);
  host.network.put({record_of(other)});
  const auto first = host.renew(make_ec_key(), kStart);
  // The witness is of use from where the records of both are there.
  host.network.put({record_of(other), record_of(first)});
  host.pass_until(kStart, kStart + kDay);
  const auto second = host.renew(make_ec_key(), kStart + kDay);
  for (auto now = kStart + kDay; now < kStart + 4 * kDay; now += kHour) {
    host.network.now = now;
    if (now == kStart + kDay + kHour) {
      auto records = host.network.present();
      records.insert(record_of(next));
      host.network.put(records);
    }
    if (now == kStart + 2 * kDay + 12 * kHour) {
      auto records = host.network.present();
      records.erase(record_of(other));
      host.network.put(records);
    }
    host.pass(now);
    const bool is_neighbour_there = host.network.present().contains(record_of(other)) ||
                                    host.network.present().contains(record_of(next));
    CHECK(is_neighbour_there);
  }
  CHECK(host.served() == second.pem());
  CHECK(host.network.present() == RdataSet{record_of(next), record_of(second)});
}

TEST_CASE("elsewhere: without a server the operator is told, and what servers show is done") {
  MailHost host("print");
  const auto first = host.renew(make_ec_key(), kStart);
  auto report = host.pass(kStart);
  CHECK(count(report, update::ids::kByHand) == 1);
  CHECK(report.bindings.front().waits_for_operator);
  CHECK(host.network.sends == 0);
  const auto& told = report.bindings.front().findings.list();
  const auto text = std::ranges::find(told, update::ids::kByHand, &Finding::id)->message;
  CHECK(text.find("add to zone zone.test.: _25._tcp.mx1.zone.test. 600 IN TLSA 3 1 1 ") == 0);
  host.network.now = kStart + kHour;
  host.network.put({record_of(first)});
  report = host.pass(kStart + 3 * kHour);
  CHECK(count(report, update::ids::kByHand) == 0);
  const auto second = host.renew(make_ec_key(), kStart + kDay);
  report = host.pass(kStart + kDay);
  CHECK(count(report, update::ids::kByHand) == 1);
  host.network.now = kStart + kDay + kHour;
  host.network.put({record_of(first), record_of(second)});
  host.pass_until(kStart + kDay + kHour, kStart + kDay + 4 * kHour, kMinute * 20);
  CHECK(host.served() == second.pem());
}

TEST_CASE("elsewhere: with the state lost, what servers show is what resolvers hold (P2)") {
  MailHost host;
  const auto first = host.renew(make_ec_key(), kStart);
  host.pass_until(kStart, kStart + kDay);
  std::filesystem::remove_all(host.config().state);
  host.renew(make_ec_key(), kStart + kDay);
  host.pass(kStart + kDay);
  CHECK(host.served() == first.pem());
}
