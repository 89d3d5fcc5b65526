/// \file
/// Services whose TLSA names are aliases (RFC 7671 section 7): the records stand where aliases
/// lead.

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "engine/request.h"
#include "engine/zone_pass.h"
#include "source/zone_file.h"
#include "support/managed_site.h"
#include "unit/tlsa/made_chain.h"

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
using RdataSet = std::set<Bytes>;

namespace {

constexpr auto kStart = support::kCertificateTime;
constexpr auto kDay = std::chrono::days(1);
/// SOA REFRESH + RETRY: nobody is listed as a secondary.
constexpr seconds kPropagation{4500};

class AliasSite : public ManagedSite {
 public:
  explicit AliasSite(const std::string& aliases, const std::string& certificates = usual()) {
    write_zone(aliases);
    std::filesystem::create_directory(folder() / "live");
    std::filesystem::create_directory(folder() / "served");
    bind(certificates);
  }

  void bind(const std::string& certificates) {
    configure(
        "policies:\n  default: {algorithm: ed25519, propagation-delay: 1h, serial: increment}\n"
        "zones:\n  zone.test: {file: zone.test, output: out.zone, parents: none}\n"
        "certificates:\n" +
        certificates);
  }
  static std::string usual() {
    return certificate("mail", "mx1.zone.test:25/smtp") +
           certificate("relay", "mx1.zone.test:465/smtps");
  }

  void write_zone(const std::string& aliases) const {
    write_text(folder() / "zone.test",
               "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n"
               "mx1 A 192.0.2.2\n@ MX 10 mx1\n" +
                   aliases);
  }

  static std::string certificate(const std::string& name, const std::string& service) {
    return "  " + name + ": {certificate: live/" + name + ".pem, key: live/" + name +
           ".key, serve: {directory: served/" + name + "}, services: [\"" + service +
           "\"], probe: none, ttl: 10m}\n";
  }

  TestCertificate renew(const std::string& name, sys_seconds now,
                        const TestKey& key_of_it = make_ec_key()) {
    TestCertificate leaf({.name = "mx1.zone.test", .from = now - kHour, .until = now + kDay * 90},
                         key_of_it, &authority.issuer);
    write_text(folder() / "live" / (name + ".pem"),
               leaf.pem() + authority.issuer.pem() + authority.cross.pem());
    const auto key = folder() / "live" / (name + ".key");
    write_text(key, support::private_pem(leaf.key()));
    std::filesystem::permissions(
        key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return leaf;
  }

  [[nodiscard]] std::string served(const std::string& name) const {
    return text_of(folder() / "served" / name / "cert.pem");
  }

  [[nodiscard]] RdataSet tlsa(const std::string& owner) const {
    return published(owner, dns::RrType::kTlsa);
  }
  [[nodiscard]] bool has_alias(const std::string& owner) const {
    return !published(owner, dns::RrType::kCname).empty();
  }

  [[nodiscard]] RdataSet published(const std::string& owner, dns::RrType type) const {
    const auto apex = good(dns::name_from_text("zone.test."));
    const auto read = source::read_zone_file(folder() / "out.zone",
                                             {.origin = apex, .dnssec = source::Dnssec::kKeepAll});
    REQUIRE(read.zone.has_value());
    const auto name = good(dns::name_from_text(owner + ".zone.test."));
    const auto rrset = read.zone->node(dns::sort_key(name.view(), apex.view())).find(type);
    RdataSet all;
    if (!rrset) return all;
    for (const auto rdata : rrset->rdata) all.emplace(rdata.begin(), rdata.end());
    return all;
  }

  TestAuthority authority{};
};

Bytes record_of(const TestCertificate& certificate) {
  return tlsa::made::record("3 1 1", certificate).rdata();
}

constexpr const char* kAliases =
    "_25._tcp.mx1 1800 CNAME tlsa._dane\n_465._tcp.mx1 1800 CNAME tlsa._dane\n";

}  // namespace

TEST_CASE("alias: records of all services whose names lead to one stand there, once each") {
  AliasSite site(kAliases);
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  const auto report = site.pass(kStart);
  CHECK_FALSE(report.has_failures());
  REQUIRE(report.zones.size() == 1);
  CHECK(report.zones.front().findings.count("BINDING-OWNER-TAKEN") == 0);
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), record_of(relay)});
  CHECK(site.judge("out.zone", kStart).is_good());
  // Nothing is due: no new version (promise P6).
  const auto before = text_of(site.folder() / "out.zone");
  for (auto now = kStart + kHour; now < kStart + 12 * kHour; now += kHour) site.pass(now);
  CHECK(text_of(site.folder() / "out.zone") == before);
}

TEST_CASE("alias: a roll counts with the TTL of the alias, and leaves the other's record alone") {
  AliasSite site(kAliases);
  const auto first = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto renewed = kStart + kDay;
  const auto second = site.renew("mail", renewed);
  site.pass(renewed);
  CHECK(site.served("mail") == first.pem());
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(first), record_of(second), record_of(relay)});
  // Two TTLs of the alias, which is the longer one, and the margin.
  const auto aged = renewed + kPropagation + 2 * seconds(1800) + std::chrono::minutes(5);
  site.pass(aged - std::chrono::minutes(1));
  CHECK(site.served("mail") == first.pem());
  site.pass(aged + std::chrono::minutes(1));
  CHECK(site.served("mail") == second.pem());
  for (auto now = aged + kHour; now < aged + 3 * kDay; now += 4 * kHour) site.pass(now);
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(second), record_of(relay)});
  CHECK(site.served("relay") == relay.pem());
}

TEST_CASE("alias: where one leads out of the zone, no record can stand, and that is told") {
  AliasSite site("_25._tcp.mx1 CNAME tlsa._dane.elsewhere.test.\n");
  site.renew("mail", kStart);
  site.renew("relay", kStart);
  const auto report = site.pass(kStart);
  REQUIRE(report.bindings.size() == 2);
  CHECK(report.bindings.front().findings.count("BINDING-OWNER-TAKEN") == 1);
  CHECK(site.tlsa("_465._tcp.mx1").size() == 1);
}

TEST_CASE("alias: one that leads out of the zone holds up another key, and no renewal") {
  AliasSite site("");
  const auto key = make_ec_key();
  site.renew("mail", kStart, key);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  site.write_zone("_25._tcp.mx1 CNAME tlsa._dane.elsewhere.test.\n");
  const auto edited = kStart + kDay;
  site.pass(edited);
  const auto report = site.pass(edited + std::chrono::minutes(10));
  REQUIRE(report.bindings.front().findings.count("BINDING-OWNER-TAKEN") == 1);
  const auto second = site.renew("mail", edited, key);
  site.pass(edited + kHour);
  CHECK(site.served("mail") == second.pem());
  site.renew("mail", edited + kHour);
  for (int i = 2; i < 72; ++i) site.pass(edited + i * kHour);
  CHECK(site.served("mail") == second.pem());
}

TEST_CASE("alias: in place of records it comes when nobody holds that its target has none") {
  AliasSite site("");
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const RdataSet records{record_of(mail)};
  REQUIRE(site.tlsa("_25._tcp.mx1") == records);
  const auto edited = kStart + kDay;
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\nmore A 192.0.2.3\n");
  const auto report = site.pass(edited);
  REQUIRE(report.zones.size() == 1);
  CHECK(report.zones.front().findings.count("BINDING-ALIAS-WAITS") == 1);
  CHECK(site.tlsa("_25._tcp.mx1") == records);
  CHECK(site.tlsa("tlsa._dane") == records);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  CHECK_FALSE(site.published("more", dns::RrType::kA).empty());
  CHECK(site.judge("out.zone", edited).is_good());
  // The denial of the target is held for the lesser of SOA TTL and MINIMUM (RFC 2308 section 5),
  // longer than two TTLs of the records; and the margin.
  const auto ready = edited + kPropagation + seconds(1800) + std::chrono::minutes(5);
  site.pass(edited + seconds(1));
  CHECK(site.state_of("zone.test.").wake == ready);
  site.pass(ready - seconds(1));
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  site.pass(ready);
  CHECK(site.has_alias("_25._tcp.mx1"));
  CHECK(site.tlsa("tlsa._dane") == records);
  CHECK(site.judge("out.zone", ready).is_good());
  const auto before = text_of(site.folder() / "out.zone");
  for (auto now = ready + kHour; now < ready + 12 * kHour; now += kHour) site.pass(now);
  CHECK(text_of(site.folder() / "out.zone") == before);
}

TEST_CASE("alias: one that is taken back before it came leaves nothing behind") {
  AliasSite site("");
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  site.pass(kStart + kDay);
  site.write_zone("more A 192.0.2.3\n");
  site.pass(kStart + kDay + kHour);
  CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
  CHECK(site.tlsa("tlsa._dane").empty());
  for (auto now = kStart + kDay + 2 * kHour; now < kStart + 2 * kDay; now += kHour) site.pass(now);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
}

TEST_CASE("alias: where it led, records stay while resolvers hold it") {
  AliasSite site(kAliases);
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const RdataSet both{record_of(mail), record_of(relay)};
  const auto edited = kStart + kDay;
  SUBCASE("another target: there first, and then the alias") {
    site.write_zone("_25._tcp.mx1 1800 CNAME other._dane\n_465._tcp.mx1 1800 CNAME other._dane\n");
    site.pass(edited);
    CHECK(site.tlsa("tlsa._dane") == both);
    CHECK(site.tlsa("other._dane") == both);
    const auto to = [&](const std::string& target) {
      return text_of(site.folder() / "out.zone").find("CNAME\t" + target) != std::string::npos;
    };
    CHECK(to("tlsa._dane.zone.test."));
    site.pass(edited + seconds(1));
    const auto ready = edited + kPropagation + seconds(1800) + std::chrono::minutes(5);
    site.pass(ready);
    site.pass(ready + seconds(1));
    CHECK_FALSE(to("tlsa._dane.zone.test."));
    CHECK(to("other._dane.zone.test."));
    CHECK(site.tlsa("tlsa._dane") == both);
    const auto gone = ready + kPropagation + seconds(1800) + std::chrono::minutes(5);
    site.pass(gone - seconds(1));
    CHECK(site.tlsa("tlsa._dane") == both);
    site.pass(gone);
    CHECK(site.tlsa("tlsa._dane").empty());
    CHECK(site.tlsa("other._dane") == both);
  }
  SUBCASE("no alias any more") {
    site.write_zone("");
    site.pass(edited);
    CHECK(site.tlsa("tlsa._dane") == both);
    site.pass(edited + seconds(1));
    CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
    CHECK(site.tlsa("_465._tcp.mx1") == RdataSet{record_of(relay)});
    CHECK(site.tlsa("tlsa._dane") == both);
    const auto gone = edited + kPropagation + seconds(1800) + std::chrono::minutes(5);
    CHECK(site.state_of("zone.test.").wake == gone);
    site.pass(gone);
    CHECK(site.tlsa("tlsa._dane").empty());
    CHECK(site.judge("out.zone", gone).is_good());
  }
}

/// What the author has of somebody else's key.
constexpr const char* kAuthors =
    "3 1 1 1111111111111111111111111111111111111111111111111111111111111111\n";
Bytes authors_record() {
  Bytes rdata(35, 0x11);
  rdata[0] = 3;
  rdata[1] = rdata[2] = 1;
  return rdata;
}

TEST_CASE("alias: to where its records stand already it comes when they are known there") {
  AliasSite site(
      "_25._tcp.mx1 1800 CNAME tlsa._dane\n",
      AliasSite::certificate("mail", "mx1.zone.test:25/smtp\", \"mx1.zone.test:465/smtps"));
  const auto mail = site.renew("mail", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const RdataSet records{record_of(mail)};
  REQUIRE(site.tlsa("tlsa._dane") == records);
  REQUIRE(site.tlsa("_465._tcp.mx1") == records);
  const auto edited = kStart + kDay;
  site.write_zone(kAliases);
  for (auto now = edited; now < edited + 12 * kHour; now += kHour) site.pass(now);
  CHECK(site.has_alias("_465._tcp.mx1"));
}

TEST_CASE("alias: records of the author's where it led are left alone") {
  const std::string alias("_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  const auto authors = std::string("tlsa._dane TLSA ") + kAuthors;
  AliasSite site(alias);
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  site.write_zone(alias + authors);
  for (auto now = kStart + kDay; now < kStart + 2 * kDay; now += kHour) site.pass(now);
  REQUIRE(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), authors_record()});
  const auto edited = kStart + 2 * kDay;
  site.write_zone(authors);
  for (auto now = edited; now < edited + 12 * kHour; now += kHour) {
    site.pass(now);
    CHECK(site.tlsa("tlsa._dane").contains(authors_record()));
  }
  CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
  CHECK(site.tlsa("tlsa._dane") == RdataSet{authors_record()});
}

TEST_CASE("alias: to records of the author's it comes when nobody holds them without ours") {
  const auto authors = std::string("tlsa._dane 86400 TLSA ") + kAuthors;
  AliasSite site(authors);
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto edited = kStart + kDay;
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n" + authors);
  for (auto now = edited; now < edited + 24 * kHour; now += kHour) site.pass(now);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), authors_record()});
  for (auto now = edited + kDay; now < edited + 4 * kDay; now += kHour) site.pass(now);
  CHECK(site.has_alias("_25._tcp.mx1"));
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), authors_record()});
}

TEST_CASE("alias: one that changes twice leaves records at both targets while it is held") {
  AliasSite site("_25._tcp.mx1 86400 CNAME one._dane\n");
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + 4 * kDay; now += kHour) site.pass(now);
  const RdataSet records{record_of(mail)};
  auto now = kStart + 4 * kDay;
  const auto leads_to = [&](const std::string& target) {
    return text_of(site.folder() / "out.zone").find("CNAME\t" + target) != std::string::npos;
  };
  REQUIRE(leads_to("one._dane"));
  site.write_zone("_25._tcp.mx1 60 CNAME two._dane\n");
  for (; !leads_to("two._dane"); now += kHour) site.pass(now);
  const auto left = now - kHour;
  site.write_zone("_25._tcp.mx1 60 CNAME three._dane\n");
  for (; now < left + kDay; now += kHour) {
    site.pass(now);
    CHECK(site.tlsa("one._dane") == records);
  }
  for (; now < left + 4 * kDay; now += kHour) site.pass(now);
  CHECK(leads_to("three._dane"));
  CHECK(site.tlsa("one._dane").empty());
  CHECK(site.tlsa("two._dane").empty());
}

TEST_CASE("alias: a held one comes when the service leaves, whatever happens meanwhile") {
  AliasSite site("");
  site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  auto now = kStart + kDay;
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  site.pass(now);
  const auto ask = [&](const std::string& what) {
    const auto reply = engine::dispatch(
        {.config = &site.config(), .now = now, .who = "tester", .wait = seconds(0)},
        {{"request", what}, {"zone", "zone.test."}});
    REQUIRE_MESSAGE(!reply.contains("error"), reply.dump());
  };
  ask("zone-freeze");
  site.bind(AliasSite::certificate("relay", "mx1.zone.test:465/smtps"));
  for (; now < kStart + 4 * kDay; now += kHour) site.pass(now);
  CHECK(site.tlsa("tlsa._dane").empty());
  ask("zone-thaw");
  for (; now < kStart + 5 * kDay; now += kHour) site.pass(now);
  CHECK(site.has_alias("_25._tcp.mx1"));
}

TEST_CASE("alias: one of a wildcard's comes in place of records as slowly") {
  AliasSite site("");
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto edited = kStart + kDay;
  const RdataSet both{record_of(mail), record_of(relay)};
  site.write_zone("*._tcp.mx1 1800 CNAME tlsa._dane\n");
  site.pass(edited);
  site.pass(edited + seconds(1));
  CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
  CHECK(site.tlsa("_465._tcp.mx1") == RdataSet{record_of(relay)});
  CHECK(site.tlsa("tlsa._dane") == both);
  const auto ready = edited + kPropagation + seconds(1800) + std::chrono::minutes(5);
  site.pass(ready - seconds(1));
  CHECK(site.tlsa("_25._tcp.mx1").size() == 1);
  site.pass(ready);
  CHECK(site.tlsa("_25._tcp.mx1").empty());
  CHECK(site.tlsa("_465._tcp.mx1").empty());
  CHECK(site.tlsa("tlsa._dane") == both);
  CHECK(site.judge("out.zone", ready).is_good());
  const auto before = text_of(site.folder() / "out.zone");
  for (auto now = ready + kHour; now < ready + 12 * kHour; now += kHour) site.pass(now);
  CHECK(text_of(site.folder() / "out.zone") == before);
}

TEST_CASE("alias: to records of the author's, in a pass that serves something") {
  const auto authors = std::string("tlsa._dane TLSA ") + kAuthors;
  const auto key = make_ec_key();
  AliasSite site(authors);
  const auto mail = site.renew("mail", kStart, key);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto edited = kStart + kDay;
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n" + authors);
  const auto renewed = site.renew("mail", edited, key);
  site.pass(edited);
  CHECK(site.served("mail") == renewed.pem());
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  site.pass(edited + seconds(1));
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  for (auto now = edited + kHour; now < edited + kDay; now += kHour) site.pass(now);
  CHECK(site.has_alias("_25._tcp.mx1"));
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), authors_record()});
}

TEST_CASE("alias: what a pass decided of owners is forgotten with its failure") {
  engine::PreparedZone prepared;
  prepared.tlsa_owners.push_back(model::empty_owner("_25._tcp.mx1.zone.test.", seconds(1800)));
  prepared.give_up(Error(Errc::kRefused, "found faulty"));
  CHECK(prepared.tlsa_owners.empty());
}

TEST_CASE("alias: to records of a kind that the service has none of, it does not come (P2)") {
  AliasSite site("");
  auto relay = AliasSite::certificate("relay", "mx1.zone.test:465/smtps");
  relay.replace(relay.find("ttl: 10m"), 8, "ttl: 10m, records: [3 1 2]");
  site.bind(AliasSite::certificate("mail", "mx1.zone.test:25/smtp") + relay);
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const auto edited = kStart + kDay;
  site.write_zone(kAliases);
  const auto report = site.pass(edited);
  CHECK(report.zones.front().findings.count("BINDING-ALIAS-WAITS") == 2);
  for (auto now = edited; now < edited + kDay; now += kHour) site.pass(now);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  CHECK_FALSE(site.has_alias("_465._tcp.mx1"));
  CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
}

TEST_CASE("alias: one that waits for others to change puts nothing of another kind to them (P2)") {
  const std::string to_dane = "_465._tcp.mx1 1800 CNAME tlsa._dane\n";
  AliasSite site(to_dane);
  const auto relay = [](const std::string& records) {
    auto text = AliasSite::certificate("relay", "mx1.zone.test:465/smtps");
    return text.replace(text.find("ttl: 10m"), 8, "ttl: 10m, records: [" + records + "]");
  };
  const auto mail = AliasSite::certificate("mail", "mx1.zone.test:25/smtp");
  site.bind(mail + relay("3 1 2"));
  site.renew("mail", kStart);
  const auto leaf = site.renew("relay", kStart);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  const RdataSet relays{tlsa::made::record("3 1 2", leaf).rdata()};
  REQUIRE(site.tlsa("tlsa._dane") == relays);
  const auto edited = kStart + kDay;
  site.write_zone(to_dane + "_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  for (auto now = edited; now < edited + kDay; now += kHour) site.pass(now);
  CHECK(site.tlsa("tlsa._dane") == relays);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  // From when it may be put there, the wait begins.
  site.bind(mail + relay("3 1 1"));
  std::optional<sys_seconds> there;
  for (auto now = edited + kDay; now < edited + 4 * kDay && !site.has_alias("_25._tcp.mx1");
       now += kHour) {
    site.pass(now);
    const bool is_placed = site.tlsa("tlsa._dane").size() > 1 && !site.has_alias("_25._tcp.mx1");
    if (is_placed && !there && site.tlsa("tlsa._dane").contains(record_of(leaf))) there = now;
    if (site.has_alias("_25._tcp.mx1")) {
      REQUIRE(there.has_value());
      CHECK(now >= *there + kPropagation + seconds(1800) + std::chrono::minutes(5));
    }
  }
  CHECK(site.has_alias("_25._tcp.mx1"));
}
