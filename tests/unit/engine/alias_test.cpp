/// \file
/// Services whose TLSA names are aliases (RFC 7671 section 7): the records stand where aliases
/// lead.

#include <nlohmann/json.hpp>

#include "engine/request.h"
#include "engine/zone_pass.h"
#include "unit/engine/several_site.h"

namespace danewerk::mail {

namespace {

/// One zone, zone.test.
class AliasSite : public SeveralSite {
 public:
  explicit AliasSite(const std::string& aliases, const std::string& certificates = usual())
      : SeveralSite("mx1.zone.test") {
    write_zone(aliases);
    bind(certificates);
  }

  void bind(const std::string& certificates) { SeveralSite::bind(zone("zone.test"), certificates); }
  static std::string usual() {
    return certificate("mail", "\"mx1.zone.test:25/smtp\"") +
           certificate("relay", "\"mx1.zone.test:465/smtps\"");
  }
  void write_zone(const std::string& aliases) const {
    SeveralSite::write_zone("zone.test", "mx1 A 192.0.2.2\n@ MX 10 mx1\n" + aliases);
  }

  [[nodiscard]] RdataSet tlsa(const std::string& owner) const {
    return published(owner, dns::RrType::kTlsa);
  }
  [[nodiscard]] bool has_alias(const std::string& owner) const {
    return !published(owner, dns::RrType::kCname).empty();
  }
  [[nodiscard]] RdataSet published(const std::string& owner, dns::RrType type) const {
    return SeveralSite::published("zone.test", owner, type);
  }
};

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
  CHECK(site.judge("zone.test.out", kStart).is_good());
  // Nothing is due: no new version (promise P6).
  const auto before = text_of(site.folder() / "zone.test.out");
  site.run(kStart + kHour, kStart + 12 * kHour);
  CHECK(text_of(site.folder() / "zone.test.out") == before);
}

TEST_CASE("alias: a roll counts with the TTL of the alias, and leaves the other's record alone") {
  AliasSite site(kAliases);
  const auto first = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
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
  site.run(kStart, kStart + kDay);
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
  site.run(kStart, kStart + kDay);
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
  CHECK(site.judge("zone.test.out", edited).is_good());
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
  CHECK(site.judge("zone.test.out", ready).is_good());
  const auto before = text_of(site.folder() / "zone.test.out");
  site.run(ready + kHour, ready + 12 * kHour);
  CHECK(text_of(site.folder() / "zone.test.out") == before);
}

TEST_CASE("alias: one that is taken back before it came leaves nothing behind") {
  AliasSite site("");
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  site.pass(kStart + kDay);
  site.write_zone("more A 192.0.2.3\n");
  site.pass(kStart + kDay + kHour);
  CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
  CHECK(site.tlsa("tlsa._dane").empty());
  site.run(kStart + kDay + 2 * kHour, kStart + 2 * kDay);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
}

TEST_CASE("alias: where it led, records stay while resolvers hold it") {
  AliasSite site(kAliases);
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
  const RdataSet both{record_of(mail), record_of(relay)};
  const auto edited = kStart + kDay;
  SUBCASE("another target: there first, and then the alias") {
    site.write_zone("_25._tcp.mx1 1800 CNAME other._dane\n_465._tcp.mx1 1800 CNAME other._dane\n");
    site.pass(edited);
    CHECK(site.tlsa("tlsa._dane") == both);
    CHECK(site.tlsa("other._dane") == both);
    const auto to = [&](const std::string& target) {
      return text_of(site.folder() / "zone.test.out").find("CNAME\t" + target) != std::string::npos;
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
    CHECK(site.judge("zone.test.out", gone).is_good());
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
      AliasSite::certificate("mail", "\"mx1.zone.test:25/smtp\", \"mx1.zone.test:465/smtps\""));
  const auto mail = site.renew("mail", kStart);
  site.run(kStart, kStart + kDay);
  const RdataSet records{record_of(mail)};
  REQUIRE(site.tlsa("tlsa._dane") == records);
  REQUIRE(site.tlsa("_465._tcp.mx1") == records);
  const auto edited = kStart + kDay;
  site.write_zone(kAliases);
  site.run(edited, edited + 12 * kHour);
  CHECK(site.has_alias("_465._tcp.mx1"));
}

TEST_CASE("alias: records of the author's where it led are left alone") {
  const std::string alias("_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  const auto authors = std::string("tlsa._dane TLSA ") + kAuthors;
  AliasSite site(alias);
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
  site.write_zone(alias + authors);
  site.run(kStart + kDay, kStart + 2 * kDay);
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
  site.run(kStart, kStart + kDay);
  const auto edited = kStart + kDay;
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n" + authors);
  site.run(edited, edited + 24 * kHour);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), authors_record()});
  site.run(edited + kDay, edited + 4 * kDay);
  CHECK(site.has_alias("_25._tcp.mx1"));
  CHECK(site.tlsa("tlsa._dane") == RdataSet{record_of(mail), authors_record()});
}

TEST_CASE("alias: one that changes twice leaves records at both targets while it is held") {
  AliasSite site("_25._tcp.mx1 86400 CNAME one._dane\n");
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  site.run(kStart, kStart + 4 * kDay);
  const RdataSet records{record_of(mail)};
  auto now = kStart + 4 * kDay;
  const auto leads_to = [&](const std::string& target) {
    return text_of(site.folder() / "zone.test.out").find("CNAME\t" + target) != std::string::npos;
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
  site.run(kStart, kStart + kDay);
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
  site.bind(AliasSite::certificate("relay", "\"mx1.zone.test:465/smtps\""));
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
  site.run(kStart, kStart + kDay);
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
  CHECK(site.judge("zone.test.out", ready).is_good());
  const auto before = text_of(site.folder() / "zone.test.out");
  site.run(ready + kHour, ready + 12 * kHour);
  CHECK(text_of(site.folder() / "zone.test.out") == before);
}

TEST_CASE("alias: to records of the author's, in a pass that serves something") {
  const auto authors = std::string("tlsa._dane TLSA ") + kAuthors;
  const auto key = make_ec_key();
  AliasSite site(authors);
  const auto mail = site.renew("mail", kStart, key);
  site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
  const auto edited = kStart + kDay;
  site.write_zone("_25._tcp.mx1 1800 CNAME tlsa._dane\n" + authors);
  const auto renewed = site.renew("mail", edited, key);
  site.pass(edited);
  CHECK(site.served("mail") == renewed.pem());
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  site.pass(edited + seconds(1));
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  site.run(edited + kHour, edited + kDay);
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
  const auto relay =
      AliasSite::certificate("relay", "\"mx1.zone.test:465/smtps\"", ", records: [3 1 2]");
  site.bind(AliasSite::certificate("mail", "\"mx1.zone.test:25/smtp\"") + relay);
  const auto mail = site.renew("mail", kStart);
  site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
  const auto edited = kStart + kDay;
  site.write_zone(kAliases);
  const auto report = site.pass(edited);
  CHECK(report.zones.front().findings.count("BINDING-ALIAS-WAITS") == 2);
  site.run(edited, edited + kDay);
  CHECK_FALSE(site.has_alias("_25._tcp.mx1"));
  CHECK_FALSE(site.has_alias("_465._tcp.mx1"));
  CHECK(site.tlsa("_25._tcp.mx1") == RdataSet{record_of(mail)});
}

TEST_CASE("alias: one that waits for others to change puts nothing of another kind to them (P2)") {
  const std::string to_dane = "_465._tcp.mx1 1800 CNAME tlsa._dane\n";
  AliasSite site(to_dane);
  const auto relay = [](const std::string& records) {
    return AliasSite::certificate("relay", "\"mx1.zone.test:465/smtps\"",
                                  ", records: [" + records + "]");
  };
  const auto mail = AliasSite::certificate("mail", "\"mx1.zone.test:25/smtp\"");
  site.bind(mail + relay("3 1 2"));
  site.renew("mail", kStart);
  const auto leaf = site.renew("relay", kStart);
  site.run(kStart, kStart + kDay);
  const RdataSet relays{tlsa::made::record("3 1 2", leaf).rdata()};
  REQUIRE(site.tlsa("tlsa._dane") == relays);
  const auto edited = kStart + kDay;
  site.write_zone(to_dane + "_25._tcp.mx1 1800 CNAME tlsa._dane\n");
  site.run(edited, edited + kDay);
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

}  // namespace danewerk::mail
