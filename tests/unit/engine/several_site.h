#pragma once

/// \file
/// Zones whose services have several certificates, that somebody else renews, through whole passes
/// under a moved clock. Nobody looks at the services.

#include <filesystem>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "source/zone_file.h"
#include "unit/engine/mail_words.h"

namespace danewerk::mail {

/// The TTL of all records is 10 minutes.
inline constexpr auto kAged = kPropagation + 2 * std::chrono::minutes(10) + std::chrono::minutes(5);

class SeveralSite : public ManagedSite {
 public:
  /// \param host  the name in all certificates
  explicit SeveralSite(std::string host) : host_(std::move(host)) {
    std::filesystem::create_directory(folder() / "live");
    std::filesystem::create_directory(folder() / "served");
  }

  /// ZONES and CERTIFICATES: lines of the configuration; a zone's file is named as the zone.
  void bind(const std::string& zones, const std::string& certificates) {
    configure(
        "policies:\n  default: {algorithm: ed25519, propagation-delay: 1h, serial: increment}\n"
        "zones:\n" +
        zones + "certificates:\n" + certificates);
  }
  static std::string zone(const std::string& name) {
    return "  " + name + ": {file: " + name + ", output: " + name + ".out, parents: none}\n";
  }
  /// SERVICES: what stands between the brackets; MORE begins with a comma.
  static std::string certificate(const std::string& name, const std::string& services,
                                 const std::string& more = "") {
    return "  " + name + ": {certificate: live/" + name + ".pem, key: live/" + name +
           ".key, serve: {directory: served/" + name + "}, services: [" + services +
           "], probe: none, ttl: 10m" + more + "}\n";
  }

  void write_zone(const std::string& name, const std::string& more) const {
    write_text(
        folder() / name,
        "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n" + more);
  }

  /// What the ACME client leaves behind.
  TestCertificate renew(const std::string& name, sys_seconds now,
                        const TestKey& key = make_ec_key(),
                        const TestCertificate* issuer = nullptr) {
    const auto& above = issuer == nullptr ? authority.issuer : *issuer;
    TestCertificate leaf({.name = host_, .from = now - kHour, .until = now + kDay * 90}, key,
                         &above);
    write_text(folder() / "live" / (name + ".pem"),
               leaf.pem() + above.pem() + authority.cross.pem());
    const auto file = folder() / "live" / (name + ".key");
    write_text(file, support::private_pem(leaf.key()));
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return leaf;
  }

  [[nodiscard]] std::string served(const std::string& name) const {
    return text_of(folder() / "served" / name / "cert.pem");
  }

  /// OWNER is in ZONE, and needs no end there.
  [[nodiscard]] RdataSet published(const std::string& zone, const std::string& owner,
                                   dns::RrType type) const {
    const auto apex = good(dns::name_from_text(zone + "."));
    const auto read = source::read_zone_file(folder() / (zone + ".out"),
                                             {.origin = apex, .dnssec = source::Dnssec::kKeepAll});
    REQUIRE(read.zone.has_value());
    const auto name = good(dns::name_from_text(owner + "." + zone + "."));
    const auto rrset = read.zone->node(dns::sort_key(name.view(), apex.view())).find(type);
    RdataSet all;
    if (!rrset) return all;
    for (const auto rdata : rrset->rdata) all.emplace(rdata.begin(), rdata.end());
    return all;
  }
  [[nodiscard]] RdataSet tlsa(const std::string& zone, const std::string& owner) const {
    return published(zone, owner, dns::RrType::kTlsa);
  }

  /// A pass every hour, before END.
  void run(sys_seconds begin, sys_seconds end) {
    for (auto now = begin; now < end; now += kHour) pass(now);
  }

  TestAuthority authority{};

 private:
  std::string host_;
};

inline Bytes record_of(const TestCertificate& certificate, const char* form = "3 1 1") {
  return tlsa::made::record(form, certificate).rdata();
}

}  // namespace danewerk::mail
