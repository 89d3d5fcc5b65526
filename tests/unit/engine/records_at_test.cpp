/// \file
/// Services whose TLSA names are aliases into another zone (RFC 7671 section 6): the records stand
/// where the configuration says.

#include "unit/engine/several_site.h"

namespace danewerk::mail {

namespace {

constexpr const char* kCustomer =
    "{service: \"mx.customer.test:25/smtp\", records-at: tlsa._dane.provider.test}";

/// A provider whose customers lead their TLSA names to its own.
class ProviderSite : public SeveralSite {
 public:
  explicit ProviderSite(const std::string& certificates, const std::string& aliases = "")
      : SeveralSite("mx.customer.test") {
    write_zone("customer.test",
               "mx A 192.0.2.3\n@ MX 10 mx\n_25._tcp.mx CNAME tlsa._dane.provider.test.\n");
    write_zone("provider.test", "mx1 A 192.0.2.2\n" + aliases);
    bind(zone("customer.test") + zone("provider.test"), certificates);
  }

  /// At the name that customers say.
  [[nodiscard]] RdataSet place() const { return tlsa("provider.test", "tlsa._dane"); }
};

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
  CHECK(site.place() == before);
  CHECK(site.tlsa("provider.test", "_25._tcp.mx1") == before);
  CHECK(site.tlsa("customer.test", "_25._tcp.mx").empty());
  CHECK(site.judge("customer.test.out", kStart).is_good());
  CHECK(site.judge("provider.test.out", kStart).is_good());
  site.run(kStart + kHour, kStart + kDay);

  const auto renewed = kStart + kDay;
  const auto second = site.renew("mail", renewed);
  site.pass(renewed);
  const RdataSet both{record_of(first), record_of(second)};
  CHECK(site.place() == both);
  CHECK(site.tlsa("provider.test", "_25._tcp.mx1") == both);
  site.pass(renewed + kAged - seconds(1));
  CHECK(site.served("mail") == first.pem());
  site.pass(renewed + kAged);
  CHECK(site.served("mail") == second.pem());
  site.run(renewed + kAged, renewed + 2 * kDay);
  CHECK(site.place() == RdataSet{record_of(second)});
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
  CHECK(site.place() == RdataSet{record_of(mail), record_of(relay)});
}

TEST_CASE("records-at: an alias within the other zone leads to the same RRset") {
  ProviderSite site(ProviderSite::certificate("mail", kCustomer) +
                        ProviderSite::certificate("relay", "\"mx1.provider.test:465/smtps\""),
                    "_465._tcp.mx1 CNAME tlsa._dane\n");
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart);
  site.pass(kStart);
  CHECK(site.place() == RdataSet{record_of(mail), record_of(relay)});
  site.run(kStart + kHour, kStart + kDay);
  // Each counts with the versions that hold the other's record.
  const auto renewed = kStart + kDay;
  const auto second = site.renew("mail", renewed);
  site.run(renewed, renewed + 2 * kDay);
  CHECK(site.served("mail") == second.pem());
  CHECK(site.served("relay") == relay.pem());
  CHECK(site.place() == RdataSet{record_of(second), record_of(relay)});
  CHECK(site.judge("provider.test.out", renewed + 2 * kDay).is_good());
}

TEST_CASE("records-at: no kind of record comes that a certificate there does not match (P2)") {
  ProviderSite site(ProviderSite::certificate("mail", kCustomer, ", records: [3 1 1, 2 1 1]") +
                        ProviderSite::certificate("relay", "\"mx1.provider.test:465/smtps\""),
                    "_465._tcp.mx1 CNAME tlsa._dane\n");
  const auto mail = site.renew("mail", kStart);
  const auto relay = site.renew("relay", kStart, make_ec_key(), &site.authority.second_issuer);
  site.run(kStart, kStart + kDay);
  CHECK(site.place() == RdataSet{record_of(mail), record_of(relay)});
}

}  // namespace danewerk::mail
