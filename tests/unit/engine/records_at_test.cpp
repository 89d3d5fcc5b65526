/// \file
/// Services whose TLSA names are aliases into another zone (RFC 7671 section 6): the records stand
/// where the configuration says.

#include <doctest/doctest.h>

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
constexpr auto kAged = kPropagation + 2 * std::chrono::minutes(10) + std::chrono::minutes(5);

constexpr const char* kCustomer =
    "{service: \"mx.customer.test:25/smtp\", records-at: tlsa._dane.provider.test}";
constexpr const char* kPlace = "tlsa._dane.provider.test.";

/// A provider whose customers lead their TLSA names to its own.
class ProviderSite : public ManagedSite {
 public:
  explicit ProviderSite(const std::string& certificates, const std::string& aliases = "") {
    std::filesystem::create_directory(folder() / "live");
    std::filesystem::create_directory(folder() / "served");
    write_zone("customer.test",
               "mx A 192.0.2.3\n@ MX 10 mx\n_25._tcp.mx CNAME tlsa._dane.provider.test.\n");
    write_zone("provider.test", "mx1 A 192.0.2.2\n" + aliases);
    configure(
        "policies:\n  default: {algorithm: ed25519, propagation-delay: 1h, serial: increment}\n"
        "zones:\n  customer.test: {file: customer.test, output: customer.test.out, parents: none}\n"
        "  provider.test: {file: provider.test, output: provider.test.out, parents: none}\n"
        "certificates:\n" +
        certificates);
  }

  static std::string certificate(const std::string& name, const std::string& services,
                                 const std::string& more = "") {
    return "  " + name + ": {certificate: live/" + name + ".pem, key: live/" + name +
           ".key, serve: {directory: served/" + name + "}, services: [" + services +
           "], probe: none, ttl: 10m" + more + "}\n";
  }

  TestCertificate renew(const std::string& name, sys_seconds now,
                        const TestCertificate* issuer = nullptr) {
    const auto& above = issuer == nullptr ? authority.issuer : *issuer;
    TestCertificate leaf(
        {.name = "mx.customer.test", .from = now - kHour, .until = now + kDay * 90}, make_ec_key(),
        &above);
    write_text(folder() / "live" / (name + ".pem"),
               leaf.pem() + above.pem() + authority.cross.pem());
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
    const std::string zone = owner.ends_with("customer.test.") ? "customer.test" : "provider.test";
    const auto apex = good(dns::name_from_text(zone + "."));
    const auto read = source::read_zone_file(folder() / (zone + ".out"),
                                             {.origin = apex, .dnssec = source::Dnssec::kKeepAll});
    REQUIRE(read.zone.has_value());
    const auto name = good(dns::name_from_text(owner));
    const auto rrset =
        read.zone->node(dns::sort_key(name.view(), apex.view())).find(dns::RrType::kTlsa);
    RdataSet all;
    if (!rrset) return all;
    for (const auto rdata : rrset->rdata) all.emplace(rdata.begin(), rdata.end());
    return all;
  }

  TestAuthority authority{};

 private:
  void write_zone(const std::string& zone, const std::string& more) const {
    write_text(
        folder() / zone,
        "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n" + more);
  }
};

Bytes record_of(const TestCertificate& certificate) {
  return tlsa::made::record("3 1 1", certificate).rdata();
}

}  // namespace

TEST_CASE("records-at: they stand in the other zone, and a new key waits for its caches (P2)") {
  ProviderSite site(ProviderSite::certificate(
      "mail", std::string(kCustomer) + ", \"mx1.provider.test:25/smtp\""));
  const auto first = site.renew("mail", kStart);
  const auto report = site.pass(kStart);
  CHECK_FALSE(report.has_failures());
  REQUIRE(report.bindings.size() == 1);
  CHECK(report.bindings.front().findings.count("BINDING-OWNER-TAKEN") == 0);
  const RdataSet before{record_of(first)};
  CHECK(site.tlsa(kPlace) == before);
  CHECK(site.tlsa("_25._tcp.mx1.provider.test.") == before);
  CHECK(site.tlsa("_25._tcp.mx.customer.test.").empty());
  CHECK(site.judge("customer.test.out", kStart).is_good());
  CHECK(site.judge("provider.test.out", kStart).is_good());
  for (auto now = kStart + kHour; now < kStart + kDay; now += kHour) site.pass(now);

  const auto renewed = kStart + kDay;
  const auto second = site.renew("mail", renewed);
  site.pass(renewed);
  const RdataSet both{record_of(first), record_of(second)};
  CHECK(site.tlsa(kPlace) == both);
  CHECK(site.tlsa("_25._tcp.mx1.provider.test.") == both);
  site.pass(renewed + kAged - seconds(1));
  CHECK(site.served("mail") == first.pem());
  site.pass(renewed + kAged);
  CHECK(site.served("mail") == second.pem());
  for (auto now = renewed + kAged; now < renewed + 2 * kDay; now += kHour) site.pass(now);
  CHECK(site.tlsa(kPlace) == RdataSet{record_of(second)});
}

TEST_CASE("records-at: certificates that say one name have one RRset there") {
  ProviderSite site(ProviderSite::certificate("mail", kCustomer) +
                        ProviderSite::certificate("relay",
                                                  "{service: \"mx.customer.test:465/smtps\", "
                                                  "records-at: tlsa._dane.provider.test}"),
                    "");
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  const auto report = site.pass(kStart);
  CHECK_FALSE(report.has_failures());
  CHECK(site.tlsa(kPlace) == RdataSet{record_of(mail), record_of(relay)});
}

TEST_CASE("records-at: an alias within the other zone leads to the same RRset") {
  ProviderSite site(ProviderSite::certificate("mail", kCustomer) +
                        ProviderSite::certificate("relay", "\"mx1.provider.test:465/smtps\""),
                    "_465._tcp.mx1 CNAME tlsa._dane\n");
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  site.pass(kStart);
  CHECK(site.tlsa(kPlace) == RdataSet{record_of(mail), record_of(relay)});
  for (auto now = kStart + kHour; now < kStart + kDay; now += kHour) site.pass(now);
  // Each counts with the versions that hold the other's record.
  const auto renewed = kStart + kDay;
  const auto second = site.renew("mail", renewed);
  for (auto now = renewed; now < renewed + 2 * kDay; now += kHour) site.pass(now);
  CHECK(site.served("mail") == second.pem());
  CHECK(site.served("relay") == relay.pem());
  CHECK(site.tlsa(kPlace) == RdataSet{record_of(second), record_of(relay)});
  CHECK(site.judge("provider.test.out", renewed + 2 * kDay).is_good());
}

TEST_CASE("records-at: no kind of record comes that a certificate there does not match (P2)") {
  ProviderSite site(ProviderSite::certificate("mail", kCustomer, ", records: [3 1 1, 2 1 1]") +
                        ProviderSite::certificate("relay", "\"mx1.provider.test:465/smtps\""),
                    "_465._tcp.mx1 CNAME tlsa._dane\n");
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart, &site.authority.second_issuer);
  for (auto now = kStart; now < kStart + kDay; now += kHour) site.pass(now);
  CHECK(site.tlsa(kPlace) == RdataSet{record_of(mail), record_of(relay)});
}
