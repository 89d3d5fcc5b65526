/// \file
/// MX and SRV records that name a service of ours: its TLSA records are there before them, and stay
/// until no resolver holds them.

#include "engine/service_pointers.h"
#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

/// One host in the zone that stays, and one that comes and goes.
class TwoHosts : public AskedSite {
 public:
  TwoHosts() : AskedSite("", "mx2 A 192.0.2.3\n") {
    text_ = text_of(folder() / "danewerk.yaml");
    text_ = text_.substr(text_.find("issuers:"));
    renew(make_ec_key(), now);
  }

  void bind_second() {
    TestCertificate leaf({.name = "mx2.zone.test", .from = now - kHour, .until = now + kDay * 90},
                         make_ec_key(), &authority.issuer);
    write_text(folder() / "second.pem",
               leaf.pem() + authority.issuer.pem() + authority.cross.pem());
    write_text(folder() / "second.key", support::private_pem(leaf.key()));
    std::filesystem::permissions(folder() / "second.key", std::filesystem::perms::owner_read |
                                                              std::filesystem::perms::owner_write);
    configure(text_ +
              "  second: {certificate: second.pem, key: second.key, serve: {directory: "
              "served/second}, services: [{service: \"mx2.zone.test:25/smtp\", probe: none}], "
              "ttl: 1h}\n");
  }
  void unbind_second() { configure(text_); }

  [[nodiscard]] bool has_records() const {
    return text_of(folder() / "out.zone").find("_25._tcp.mx2.zone.test.") != std::string::npos;
  }
  /// How often a pass says so of the zone.
  std::size_t told(std::string_view id) { return go().zones.front().findings.count(id); }

 private:
  std::string text_{};
};

constexpr const char* kSecond = "mx2 A 192.0.2.3\n@ MX 20 mx2\n";

}  // namespace

TEST_CASE("pointers: MX name port 25 of their host (RFC 7672 section 2.2), SRV theirs") {
  const auto apex = good(dns::name_from_text("zone.test."));
  support::ScopedFolder folder;
  write_text(folder / "zone",
             "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n"
             "@ MX 10 MX1\nsub 600 MX 5 mx1\n@ MX 20 mx.elsewhere.test.\nnone MX 0 .\n"
             "_imaps._tcp 300 SRV 0 1 993 imap\n_pop3._tcp SRV 0 0 0 .\n");
  const auto read = source::read_zone_file(folder / "zone", {.origin = apex});
  REQUIRE(read.zone.has_value());
  CHECK(engine::service_pointers(*read.zone) ==
        engine::ServicePointers{{"_25._tcp.mx1.zone.test.", seconds(3600)},
                                {"_993._tcp.imap.zone.test.", seconds(300)}});
}

TEST_CASE("pointers: records of a host that leaves stay until its MX is in no cache") {
  TwoHosts site;
  site.write_zone(kSecond);
  site.bind_second();
  site.wait(2 * kDay);
  REQUIRE(site.has_records());
  site.unbind_second();
  site.write_zone("mx2 A 192.0.2.3\n");
  const auto dropped = site.now;
  CHECK(site.told("BINDING-LEFT") == 1);
  CHECK(site.has_records());
  site.go();
  const auto gone = dropped + kPropagation + seconds(kHour) + std::chrono::minutes(5);
  CHECK(site.state_of("zone.test.").wake == gone);
  site.now = gone - seconds(1);
  site.go();
  CHECK(site.has_records());
  site.now = gone;
  site.go();
  CHECK_FALSE(site.has_records());
}

TEST_CASE("pointers: the MX left a while before the certificate") {
  TwoHosts site;
  site.write_zone(kSecond);
  site.bind_second();
  site.wait(2 * kDay);
  site.write_zone("mx2 A 192.0.2.3\n");
  site.go();
  SUBCASE("not long enough") {
    site.now += kHour;
    site.unbind_second();
    site.go();
    CHECK(site.has_records());
  }
  SUBCASE("long enough") {
    site.wait(kDay);
    site.unbind_second();
    site.go();
    CHECK_FALSE(site.has_records());
  }
}

TEST_CASE("pointers: while an MX names the host, its records go with the certificate") {
  TwoHosts site;
  site.write_zone(kSecond);
  site.bind_second();
  site.wait(2 * kDay);
  site.unbind_second();
  site.go();
  CHECK_FALSE(site.has_records());
}

TEST_CASE("pointers: an MX that names a host whose records are not everywhere yet is told") {
  TwoHosts site;
  site.wait(kDay);
  SUBCASE("with the certificate: too early") {
    site.bind_second();
    site.write_zone(kSecond);
    CHECK(site.told("BINDING-MX-EARLY") == 1);
  }
  SUBCASE("a day later") {
    site.bind_second();
    site.wait(kDay);
    site.write_zone(kSecond);
    CHECK(site.told("BINDING-MX-EARLY") == 0);
  }
}

}  // namespace danewerk::mail
