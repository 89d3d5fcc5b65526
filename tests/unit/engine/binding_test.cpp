/// \file
/// Certificates bound to services, through whole passes under a moved clock.

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

TEST_CASE("binding: a first certificate is served, and its record comes into the zone") {
  MailSite site;
  const auto leaf = site.renew(make_ec_key(), kStart);
  const auto report = site.pass(kStart);
  CHECK_FALSE(report.has_failures());
  CHECK(site.served() == leaf.pem());
  CHECK(site.tlsa() == records({{"3 1 1", &leaf}}));
  CHECK(site.judge("out.zone", kStart).is_good());
  // Nothing is due: nothing happens, and nothing is written (promise P6).
  site.pass(kStart + std::chrono::minutes(5));
  const auto remembered = site.binding();
  const auto idle = site.pass(kStart + std::chrono::minutes(10));
  CHECK(idle.zones.empty());
  REQUIRE(idle.bindings.size() == 1);
  CHECK(idle.bindings.front().what.empty());
  CHECK(site.binding() == remembered);
}

TEST_CASE("binding: a renewal with the same key is served at once, and the zone stays") {
  MailSite site;
  const auto key = make_ec_key();
  site.renew(key, kStart);
  site.pass(kStart);
  const auto before = text_of(site.folder() / "out.zone");
  const auto now = kStart + kDay;
  const auto leaf = site.renew(key, now);
  CHECK_FALSE(site.pass(now).has_failures());
  CHECK(site.served() == leaf.pem());
  CHECK(text_of(site.folder() / "out.zone") == before);
}

TEST_CASE("binding: a new key is announced first, served when every cache has it (promise P2)") {
  MailSite site;
  const auto first = site.renew(make_ec_key(), kStart);
  site.pass(kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto renewed = kStart + kDay;
  const auto second = site.renew(make_ec_key(), renewed);
  site.pass(renewed);
  CHECK(site.served() == first.pem());
  CHECK(site.tlsa() == records({{"3 1 1", &first}, {"3 1 1", &second}}));
  std::optional<sys_seconds> switched;
  std::optional<sys_seconds> withdrawn;
  for (auto now = renewed; now < renewed + kDay * 4; now += std::chrono::minutes(10)) {
    site.pass(now);
    if (!switched && site.served() == second.pem()) switched = now;
    if (!withdrawn && site.tlsa() == records({{"3 1 1", &second}})) withdrawn = now;
  }
  REQUIRE(switched.has_value());
  // ROLL-TLSA-IN: served everywhere, then two TTLs (RFC 7671 section 8.1) and five minutes.
  const auto aged = renewed + kPropagation + 2 * seconds(kHour) + std::chrono::minutes(5);
  CHECK(*switched >= aged);
  CHECK(*switched < aged + std::chrono::minutes(10));
  REQUIRE(withdrawn.has_value());
  CHECK(*withdrawn >= *switched + kDay);  // the way back
  CHECK(site.served("privkey.pem") == support::private_pem(second.key()));
}

TEST_CASE("binding: all issuers of an authority are announced, so that any of them may come") {
  MailSite site(", records: [3 1 1, 2 1 1]");
  const auto key = make_ec_key();
  const auto first = site.renew(key, kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  CHECK(site.tlsa() == records({{"3 1 1", &first},
                                {"2 1 1", &site.authority.issuer},
                                {"2 1 1", &site.authority.second_issuer}}));
  const auto renewed = kStart + kDay;
  const auto second = site.renew(key, renewed, &site.authority.second_issuer);
  site.pass(renewed);
  CHECK(site.served() == second.pem());  // at once: its issuer's record is in every cache
}

TEST_CASE("binding: an issuer that nobody knows waits for the operator's word (promise P2)") {
  MailSite site(", records: [3 1 1, 2 1 1]");
  const auto key = make_ec_key();
  const auto first = site.renew(key, kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto stranger = TestAuthority::make("Stranger", nullptr);
  const auto renewed = kStart + kDay;
  site.renew(key, renewed, &stranger);
  for (auto now = renewed; now < renewed + kDay * 2; now += kHour) {
    const auto report = site.pass(now);
    REQUIRE(report.bindings.size() == 1);
    CHECK(report.bindings.front().waits_for_operator);
  }
  CHECK(site.served() == first.pem());
}

TEST_CASE("binding: files that are damaged, missing or mixed leave everything as it is") {
  MailSite site;
  const auto leaf = site.renew(make_ec_key(), kStart);
  site.pass(kStart);
  const auto zone = text_of(site.folder() / "out.zone");
  const auto live = site.folder() / "live" / "fullchain.pem";
  const auto good_text = text_of(live);
  const TestCertificate other(
      {.name = "mx1.zone.test", .from = kStart, .until = kStart + kDay * 90}, make_ec_key(),
      &site.authority.issuer);
  for (const auto& text :
       {std::string(), good_text.substr(0, good_text.size() / 4), std::string("no PEM"),
        other.pem() + site.authority.issuer.pem(), site.authority.issuer.pem()}) {
    write_text(live, text);
    const auto report = site.pass(kStart + kHour);
    CHECK_MESSAGE(report.has_failures(), text);
    CHECK(site.served() == leaf.pem());
    CHECK(text_of(site.folder() / "out.zone") == zone);
  }
  std::filesystem::remove(live);
  CHECK(site.pass(kStart + kHour).has_failures());
  write_text(live, good_text);
  CHECK_FALSE(site.pass(kStart + kHour).has_failures());
  CHECK(site.served() == leaf.pem());
}

TEST_CASE(
    "binding: while the client's files cannot be read, issuers that may come stay announced") {
  MailSite site(", records: [3 1 1, 2 1 1]");
  site.renew(make_ec_key(), kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  REQUIRE(site.tlsa().size() == 3);
  write_text(site.folder() / "live" / "fullchain.pem", "no PEM");
  CHECK(site.pass(kStart + kDay).has_failures());
  CHECK(site.tlsa().size() == 3);
  // Nor does one that is refused say who may come: its key is too short, and of another kind.
  site.renew(support::make_rsa_key(1024), kStart + kDay);
  CHECK(site.pass(kStart + kDay).has_failures());
  CHECK(site.tlsa().size() == 3);
}

TEST_CASE("binding: records that the author has at the owner are kept, and told of") {
  MailSite site("", "_25._tcp.mx1 TLSA 3 1 1 " + std::string(64, 'a') + "\n");
  site.renew(make_ec_key(), kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const Bytes theirs = [] {
    Bytes rdata{3, 1, 1};
    rdata.insert(rdata.end(), 32, 0xAA);
    return rdata;
  }();
  CHECK(site.tlsa() == RdataSet{theirs});
}

TEST_CASE("binding: what the folder serves is what is remembered after a crash in between") {
  MailSite site;
  const auto key = make_ec_key();
  site.renew(key, kStart);
  site.pass(kStart);
  const auto second = site.renew(key, kStart + kDay);
  std::filesystem::copy(site.folder() / "state", site.folder() / "state.before",
                        std::filesystem::copy_options::recursive);
  site.pass(kStart + kDay);
  REQUIRE(site.served() == second.pem());
  std::filesystem::remove_all(site.folder() / "state");
  std::filesystem::rename(site.folder() / "state.before", site.folder() / "state");
  CHECK_FALSE(site.pass(kStart + kDay + kHour).has_failures());
  CHECK(site.served() == second.pem());
}

TEST_CASE("binding: a certificate whose key is gone does not stand in the way of renewals (P2)") {
  MailSite site;
  const auto key = make_ec_key();
  site.renew(key, kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  // Renewed once with another key, by mistake; and then put right.
  site.renew(make_ec_key(), kStart + kDay);
  site.pass(kStart + kDay);
  CHECK(site.tlsa().size() == 2);
  const auto mended = kStart + kDay + kHour;
  const auto leaf = site.renew(key, mended);
  for (auto now = mended; now < mended + kDay * 3; now += kHour) {
    CHECK_FALSE(site.pass(now).has_failures());
  }
  CHECK(site.served() == leaf.pem());
  CHECK(site.tlsa() == records({{"3 1 1", &leaf}}));
  CHECK(site.binding().binding.staged.empty());
}

TEST_CASE("binding: in an emergency a certificate that ends earlier is good enough") {
  AskedSite site;
  site.settle();
  CHECK(
      site.ask("emergency", {{"kind", "key-stolen"}, {"choose", "availability"}, {"confirm", true}})
          .contains("done"));
  const TestCertificate shorter(
      {.name = "mx1.zone.test", .from = site.now - kHour, .until = site.now + kDay * 30},
      make_ec_key(), &site.authority.issuer);
  site.hand_over(shorter, site.authority.issuer);
  site.wait(std::chrono::hours(5));
  CHECK(site.served() == shorter.pem());
}

TEST_CASE("binding: one that ends earlier than what is served is refused otherwise") {
  AskedSite site;
  const auto key = make_ec_key();
  const auto leaf = site.settle(key);
  const TestCertificate shorter(
      {.name = "mx1.zone.test", .from = site.now - kHour, .until = site.now + kDay * 30}, key,
      &site.authority.issuer);
  site.hand_over(shorter, site.authority.issuer);
  CHECK(site.go().bindings.front().findings.count("ROLL-TLSA-OLDER") == 1);
  CHECK(site.served() == leaf.pem());
}

TEST_CASE("binding: a slip of the pen in a service's host takes no record away") {
  AskedSite site(", records: [3 1 1, 2 1 1]");
  site.renew(make_ec_key(), kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto before = site.tlsa();
  REQUIRE(before.size() == 3);
  const auto whole = text_of(site.folder() / "danewerk.yaml");
  const auto good_text = whole.substr(whole.find("issuers:"));
  auto text = good_text;
  text.replace(text.find("mx1.zone.test"), 13, "mx1.zone.tset");
  site.configure(text);
  const auto report = site.pass(kStart + kDay);
  CHECK(report.bindings.front().findings.count("BINDING-NO-ZONE") == 1);
  CHECK(site.tlsa() == before);
  site.now = kStart + kDay;
  CHECK(site.shown().at("state") == "failed");
  site.configure(good_text);
  site.pass(kStart + kDay + kHour);
  CHECK(site.tlsa() == before);
}

TEST_CASE("binding: a state from a backup serves nothing new before the world was asked (P2, P4)") {
  MailSite site;
  const auto key = make_ec_key();
  const auto first = site.renew(key, kStart);
  site.pass(kStart);
  {
    auto state = good(store::State::open(site.config().state, store::State::Access::kWrite));
    REQUIRE(state.set_restored(kStart).has_value());
  }
  const auto second = site.renew(key, kStart + kHour);
  site.pass(kStart + kHour);
  CHECK(site.served() == first.pem());
  auto task = site.task(kStart + kHour * 2);
  task.restored = engine::RunTask::Restored::kNobodyToAsk;
  CHECK_FALSE(good(engine::run_pass(task)).has_failures());
  CHECK(site.served() == second.pem());
}

TEST_CASE("binding: a zone file with errors does not make our records its author's (promise P4)") {
  MailSite site;
  const auto first = site.renew(make_ec_key(), kStart);
  site.pass(kStart);
  site.write_zone("broken A nowhere\n");
  CHECK(site.pass(kStart + kHour).has_failures());
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
  site.write_zone("");
  site.pass(kStart + kHour * 2);
  const auto second = site.renew(make_ec_key(), kStart + kHour * 3);
  CHECK_FALSE(site.pass(kStart + kHour * 3).has_failures());
  CHECK(site.tlsa() == records({{"3 1 1", &first}, {"3 1 1", &second}}));
}

TEST_CASE("binding: a reload that fails at the first chain is tried again until it succeeds (P2)") {
  MailSite site(kReload);
  write_text(site.folder() / "reload.sh", "exit 1\n");
  site.renew(make_ec_key(), kStart);
  CHECK(site.pass(kStart).has_failures());
  CHECK(site.pass(kStart + kHour).has_failures());
  CHECK(site.tlsa().empty());  // who knows what services present
  write_text(site.folder() / "reload.sh", "touch \"$(dirname \"$0\")/told\"\n");
  CHECK_FALSE(site.pass(kStart + kHour * 2).has_failures());
  CHECK(std::filesystem::exists(site.folder() / "told"));
  CHECK(site.tlsa().size() == 1);
}

TEST_CASE("binding: services are told of what was switched before a crash (promise P2)") {
  MailSite site(kReload);
  write_text(site.folder() / "reload.sh", "echo x >>\"$(dirname \"$0\")/told\"\n");
  const auto key = make_ec_key();
  site.renew(key, kStart);
  site.pass(kStart);
  const auto second = site.renew(key, kStart + kDay);
  // The power fails between the rename of the link and the reload.
  auto folder = good(serve::ServedFolder::open({.directory = site.folder() / "served" / "mail"}));
  serve::ServedFiles files;
  files.certificates = {second.pem(), site.authority.issuer.pem(), site.authority.cross.pem()};
  const auto pem = support::private_pem(key);
  files.key = Secret(Bytes(pem.begin(), pem.end()));
  REQUIRE(folder.serve(good(folder.add(files))).has_value());
  CHECK_FALSE(site.pass(kStart + kDay).has_failures());
  CHECK(site.served() == second.pem());
  CHECK(text_of(site.folder() / "told") == "x\nx\n");
}

TEST_CASE("binding: with the state lost, what resolvers hold and what is served still count (P2)") {
  MailSite site;
  const auto first = site.renew(make_ec_key(), kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  std::filesystem::remove_all(site.folder() / "state");
  const auto second = site.renew(make_ec_key(), kStart + kDay);
  CHECK_FALSE(site.pass(kStart + kDay).has_failures());
  CHECK(site.served() == first.pem());
  CHECK(site.tlsa() == records({{"3 1 1", &first}, {"3 1 1", &second}}));
  for (auto now = kStart + kDay; now < kStart + kDay * 2; now += kHour) site.pass(now);
  CHECK(site.served() == second.pem());
}

TEST_CASE("binding: a certificate that left the configuration takes its records along") {
  MailSite site;
  site.renew(make_ec_key(), kStart);
  site.pass(kStart);
  REQUIRE_FALSE(site.tlsa().empty());
  site.configure(
      "policies:\n  default: {algorithm: ed25519, propagation-delay: 1h, serial: increment}\n"
      "zones:\n  zone.test: {file: zone.test, output: out.zone, parents: none}\n");
  const auto report = site.pass(kStart + kHour);
  CHECK_FALSE(report.has_failures());
  REQUIRE(report.zones.size() == 1);
  CHECK(report.zones.front().findings.count("BINDING-LEFT") == 1);
  CHECK(site.tlsa().empty());
  const auto withdrawn = text_of(site.folder() / "out.zone");
  for (auto now = kStart + kHour * 2; now < kStart + kDay * 2; now += kHour) site.pass(now);
  CHECK(text_of(site.folder() / "out.zone") == withdrawn);
  const auto state = good(store::State::open(site.config().state, store::State::Access::kRead));
  CHECK(good(state.all_tlsa_owners()).empty());
  CHECK(good(state.binding_names()).empty());
}

TEST_CASE("binding: nothing is withdrawn in the first pass after a long gap (design: time)") {
  MailSite site;
  const auto first = site.renew(make_ec_key(), kStart);
  site.pass(kStart);
  const auto second = site.renew(make_ec_key(), kStart + kHour);
  auto now = kStart + kHour;
  for (; now < kStart + kDay; now += kHour) site.pass(now);
  REQUIRE(site.served() == second.pem());
  now += kDay * 12;
  site.pass(now);
  CHECK(site.tlsa() == records({{"3 1 1", &first}, {"3 1 1", &second}}));
  site.pass(now + kHour);
  CHECK(site.tlsa() == records({{"3 1 1", &second}}));
}

}  // namespace danewerk::mail
