/// \file
/// Owners at which something stands already when a certificate is bound to them, or when the state
/// was lost: what nobody here published counts as well (promise P2).

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

std::string tlsa_line(const std::string& owner, const TestKey& key) {
  const TestCertificate like({.name = "mx1.zone.test"}, key, nullptr);
  return owner + " TLSA " + tlsa::made::record("3 1 1", like).rdata_text() + "\n";
}

const seconds kAged = kPropagation + 2 * seconds(kHour) + std::chrono::minutes(5);

}  // namespace

TEST_CASE("first sight: a record that the author added along with the certificate is not aged") {
  const auto old = make_ec_key();
  AskedSite site("", tlsa_line("_25._tcp.mx1", old));
  const auto bound = text_of(site.folder() / "danewerk.yaml");
  const auto text = bound.substr(bound.find("issuers:"));
  site.configure(text.substr(0, text.find("certificates:")));
  site.wait(kDay);
  const auto key = make_ec_key();
  site.write_zone(tlsa_line("_25._tcp.mx1", old) + tlsa_line("_25._tcp.mx1", key));
  site.configure(text);
  const auto added = site.now;
  site.renew(key, added);
  site.go();
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
  std::optional<sys_seconds> served;
  while (site.now < added + kDay) {
    site.now += std::chrono::minutes(10);
    site.go();
    const bool is_there = std::filesystem::exists(site.folder() / "served" / "mail");
    if (is_there && !served) served = site.now;
  }
  REQUIRE(served.has_value());
  CHECK(*served >= added + kAged);
  CHECK(*served < added + kAged + kHour);
}

TEST_CASE(
    "first sight: the author's record counts before it is published for the first time (P2)") {
  AskedSite site;
  const auto bound = text_of(site.folder() / "danewerk.yaml");
  const auto text = bound.substr(bound.find("issuers:"));
  site.configure(text.substr(0, text.find("certificates:")));
  site.wait(kDay);
  site.write_zone(tlsa_line("_25._tcp.mx1", make_ec_key()));
  site.configure(text);
  site.renew(make_ec_key(), site.now);
  site.go();
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
  site.wait(kDay);
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
}

TEST_CASE("first sight: what the author's record matches is served at once when nothing was yet") {
  const auto key = make_ec_key();
  AskedSite site("", tlsa_line("_25._tcp.mx1", key));
  const auto leaf = site.renew(key, site.now);
  site.go();
  CHECK(site.served() == leaf.pem());
}

TEST_CASE(
    "first sight: with the state lost, a record published a moment ago is not in every cache") {
  AskedSite site;
  const auto first = site.settle();
  const auto second = site.renew(make_ec_key(), site.now);
  site.go();
  REQUIRE(site.tlsa().size() == 2);
  std::filesystem::remove_all(site.folder() / "state");
  const auto lost = site.now;
  site.now += kHour;
  site.go();
  CHECK(site.served() == first.pem());
  site.wait(kDay * 2);
  CHECK(site.served() == second.pem());
  CHECK(site.now > lost);
}

TEST_CASE("first sight: an alias that leads out of the zone holds everything") {
  AskedSite site;
  const auto first = site.settle();
  site.write_zone("_25._tcp.mx1 CNAME tlsa._dane.other.test.\n");
  site.wait(kDay);
  const auto second = site.renew(make_ec_key(), site.now);
  site.wait(kDay * 2);
  CHECK(site.served() == first.pem());
  CHECK(has(site.shown().at("waits"), "in another zone"));
}

TEST_CASE("first sight: below a DNAME nobody knows what clients get (RFC 6672 section 2.3)") {
  AskedSite site("", "_tcp.mx1 DNAME elsewhere.test.\n");
  site.renew(make_ec_key(), site.now);
  site.wait(kDay);
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
  CHECK(has(site.shown().at("waits"), "DNAME"));
}

TEST_CASE("first sight: a wildcard's records are what clients get (RFC 4592 section 3.3.1)") {
  const auto theirs = make_ec_key();
  AskedSite site("", tlsa_line("*._tcp.mx1", theirs));
  site.renew(make_ec_key(), site.now);
  site.wait(kDay);
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
  CHECK(site.shown().at("state") == "hold");
  CHECK(site.ask("adopt").contains("done"));
  site.wait(kDay * 2);
  CHECK(site.served().size() > 0);
  // Ours stand at the name itself by now, and the wildcard does not answer for it any more.
  CHECK(site.tlsa().size() >= 1);
  CHECK(site.judge("out.zone", site.now).is_good());
}

TEST_CASE("first sight: a wildcard alias is followed like any other") {
  AskedSite site("", "*._tcp.mx1 CNAME tlsa._dane\n");
  const auto leaf = site.settle();
  const auto apex = good(dns::name_from_text("zone.test."));
  const auto read = source::read_zone_file(site.folder() / "out.zone",
                                           {.origin = apex, .dnssec = source::Dnssec::kKeepAll});
  REQUIRE(read.zone.has_value());
  const auto target = good(dns::name_from_text("tlsa._dane.zone.test."));
  CHECK(read.zone->node(dns::sort_key(target.view(), apex.view())).has(dns::RrType::kTlsa));
  CHECK(site.served() == leaf.pem());
}

TEST_CASE("first sight: what the author adds in the pass of a first certificate counts (P2)") {
  AskedSite site;
  site.wait(kDay);
  // The owner is remembered by now, without records.
  site.write_zone(tlsa_line("_25._tcp.mx1", make_ec_key()));
  site.renew(make_ec_key(), site.now);
  site.go();
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
  site.wait(kDay);
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail"));
  SUBCASE("until it is gone from every cache") {
    site.write_zone("");
    const auto gone = site.now;
    std::optional<sys_seconds> served;
    while (site.now < gone + kDay && !served) {
      site.go();
      if (std::filesystem::exists(site.folder() / "served" / "mail")) served = site.now;
      site.now += std::chrono::minutes(10);
    }
    REQUIRE(served.has_value());
    CHECK(*served >= gone + kAged);
  }
}

TEST_CASE("first sight: another line of the zone file delays nothing") {
  AskedSite site;
  site.wait(kDay);
  site.write_zone("more A 192.0.2.9\n");
  site.renew(make_ec_key(), site.now);
  site.go();
  CHECK(std::filesystem::exists(site.folder() / "served" / "mail"));
}

}  // namespace danewerk::mail
