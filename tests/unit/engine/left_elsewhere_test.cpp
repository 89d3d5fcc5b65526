/// \file
/// Records that stood in a zone of others before danewerk came, or that other tools left there.

#include "rollover/tlsa_ids.h"
#include "unit/engine/elsewhere_site.h"

using namespace danewerk;  // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::elsewhere;  // NOLINT(google-build-using-namespace): the site of the tests

TEST_CASE("elsewhere: what another tool left is named, taken over, and goes (P2)") {
  MailHost host;
  const auto key = make_ec_key();
  const auto old = host.renew(key, kStart);
  auto now = kStart + kDay;
  host.pass_until(kStart, now);
  const auto left = tlsa::made::record("3 0 1", old).rdata();
  host.network.now = now;
  host.network.put({left, record_of(old)});
  host.pass_until(now, now + kDay);
  now += kDay;
  const auto next = host.renew(key, now);
  host.pass_until(now, now + 2 * kDay);
  now += 2 * kDay;
  CHECK(host.served() == old.pem());
  CHECK(host.network.present() == RdataSet{left, record_of(old)});
  const auto said = told(host.pass(now), rollover::ids::kTlsaNeighbour);
  for (const auto* word : {"3 0 1 ", "_25._tcp.mx1.zone.test.", "danewerk tlsa adopt mail"}) {
    CHECK_MESSAGE(said.find(word) != std::string::npos, said);
  }
  CHECK(host.ask("adopt", now, {{"drop_stale", true}}).at("code") == "refused");
  const auto reply = host.ask("adopt", now);
  REQUIRE_MESSAGE(reply.contains("done"), reply.dump());
  CHECK(reply.at("done").dump().find(model::label(left)) != std::string::npos);
  CHECK(host.ask("adopt", now).at("code") == "refused");
  host.pass_until(now + kMinute, now + kDay);
  CHECK(host.network.present() == RdataSet{record_of(old)});
  CHECK(host.served() == next.pem());
}

TEST_CASE("elsewhere: a record that matches nothing is taken over, and goes one by one") {
  const auto* how = "{address: 192.0.2.1, tsig: mail, propagation-delay: 0}";
  bool is_printed = false;
  SUBCASE("sent") {}
  SUBCASE("printed") {
    how = "print";
    is_printed = true;
  }
  MailHost host(how);
  const auto leaf = host.renew(make_ec_key(), kStart);
  const TestCertificate gone({.name = "mx1.zone.test"}, make_ec_key(), &host.authority.issuer);
  const TestCertificate other({.name = "mx1.zone.test"}, make_ec_key(), &host.authority.issuer);
  host.network.now = kStart - kDay;
  host.network.put({record_of(leaf), record_of(gone)});
  host.pass_until(kStart, kStart + kDay);
  auto now = kStart + kDay;
  REQUIRE(host.ask("adopt", now).contains("done"));
  // Of another host, which came later: it stays its own.
  host.network.now = now;
  host.network.put({record_of(leaf), record_of(gone), record_of(other)});
  host.pass_until(now, now + kDay);
  now += kDay;
  CHECK(host.network.present().size() == 3);
  CHECK(count(host.pass(now), rollover::ids::kTlsaStale) == 1);
  REQUIRE(host.ask("adopt", now, {{"drop_stale", true}}).contains("done"));
  const auto report = host.pass(now + kMinute);
  if (is_printed) {
    CHECK(told(report, update::ids::kByHand).find("take out of zone zone.test.: ") == 0);
    CHECK(host.network.sends == 0);
    return;
  }
  CHECK(host.network.present() == RdataSet{record_of(leaf), record_of(other)});
}

TEST_CASE("elsewhere: what was taken over and somebody deletes is not sent again") {
  MailHost host;
  const auto leaf = host.renew(make_ec_key(), kStart);
  const TestCertificate gone({.name = "mx1.zone.test"}, make_ec_key(), &host.authority.issuer);
  host.network.now = kStart - kDay;
  host.network.put({record_of(leaf), record_of(gone)});
  host.pass_until(kStart, kStart + kDay);
  REQUIRE(host.ask("adopt", kStart + kDay).contains("done"));
  host.pass(kStart + kDay);
  host.network.now = kStart + kDay + kMinute;
  host.network.put({record_of(leaf)});
  host.pass_until(kStart + kDay + kHour, kStart + 2 * kDay);
  CHECK(host.network.present() == RdataSet{record_of(leaf)});
}
