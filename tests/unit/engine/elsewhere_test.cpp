/// \file
/// Certificates on a host that signs no zone, through whole passes under a moved clock.

#include "unit/engine/elsewhere_site.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::elsewhere;  // NOLINT(google-build-using-namespace): the site of the tests

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

TEST_CASE("elsewhere: what the server refuses is told, and sent again when it takes it") {
  MailHost host;
  host.network.outcome = Sent::Outcome::kRefused;
  const auto leaf = host.renew(make_ec_key(), kStart);
  const auto report = host.pass(kStart);
  CHECK(report.has_failures());
  CHECK(count(report, "UPDATE-REFUSED") == 1);
  CHECK(count(report, update::ids::kNotSent) == 0);
  CHECK(host.network.present().empty());
  host.network.outcome = Sent::Outcome::kAccepted;
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
