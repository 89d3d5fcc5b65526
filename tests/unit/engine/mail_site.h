#pragma once

/// \file
/// A mail server with a certificate, through whole passes under a moved clock: real files, a real
/// served folder, a real zone. A witness of the test's own judges promise P2 at every pass.

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "serve/served_folder.h"
#include "source/zone_file.h"
#include "tlsa/match.h"
#include "unit/engine/mail_words.h"

namespace danewerk::mail {

/// MailSite: services are told by reload.sh in its folder.
inline const std::string kReload = "reload";

/// A mail server of zone.test with a certificate that somebody else renews.
class MailSite : public ManagedSite {
 public:
  explicit MailSite(std::string more = "", const std::string& zone_lines = "") {
    if (more == kReload) more = ", reload: [sh, " + (folder() / "reload.sh").string() + "]";
    write_zone(zone_lines);
    std::filesystem::create_directory(folder() / "live");
    std::filesystem::create_directory(folder() / "served");
    write_issuers({&authority.issuer, &authority.second_issuer});
    configure(
        "issuers: [issuers.yaml]\npolicies:\n  default: {algorithm: ed25519, propagation-delay: "
        "1h, serial: increment}\n"
        "zones:\n  zone.test: {file: zone.test, output: out.zone, parents: none}\n"
        "certificates:\n  mail: {certificate: live/fullchain.pem, key: live/privkey.pem, "
        "serve: {directory: served/mail}, services: [{service: \"mx1.zone.test:25/smtp\", probe: "
        "none}], ttl: 1h" +
        more + "}\n");
  }

  /// The operator's word for a private authority: who may come, and which root is above them.
  void write_issuers(const std::vector<const TestCertificate*>& all) {
    std::string text = "authority: Private\nissuers:\n";
    for (const auto* one : all) {
      const bool is_issuer = one == &authority.issuer || one == &authority.second_issuer;
      text +=
          fmt::format("  - name: N{}\n    role: {}\n    family: ecdsa\n    state: active\n",
                      text.size(), is_issuer ? "issuer" : "root") +
          "    from: made for a test\n    spki-sha256: " + to_hex(tlsa::made::key_digest_of(*one)) +
          "\n    certificate: |\n";
      std::istringstream pem(one->pem());
      for (std::string line; std::getline(pem, line);) text += "      " + line + "\n";
    }
    write_text(folder() / "issuers.yaml", text);
  }

  void write_zone(const std::string& more) {
    write_text(folder() / "zone.test",
               "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n"
               "mx1 A 192.0.2.2\n@ MX 10 mx1\n" +
                   more);
  }

  /// What the ACME client leaves behind.
  TestCertificate renew(const TestKey& key, sys_seconds now,
                        const TestCertificate* issuer = nullptr) {
    const auto* above = issuer == nullptr ? &authority.issuer : issuer;
    TestCertificate leaf({.name = "mx1.zone.test", .from = now - kHour, .until = now + kDay * 90},
                         key, above);
    hand_over(leaf, *above);
    return leaf;
  }
  void hand_over(const TestCertificate& leaf, const TestCertificate& issuer) {
    write_text(folder() / "live" / "fullchain.pem",
               leaf.pem() + issuer.pem() + authority.cross.pem());
    write_text(folder() / "live" / "privkey.pem", support::private_pem(leaf.key()));
    std::filesystem::permissions(
        folder() / "live" / "privkey.pem",
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  engine::RunReport pass(sys_seconds now) {
    auto report = ManagedSite::pass(now);
    for (const auto& binding : report.bindings) {
      for (const auto& finding : binding.findings.list()) {
        if (finding.level != Level::kInfo) INFO(to_text(finding));
      }
    }
    see(now);
    return report;
  }

  [[nodiscard]] RdataSet tlsa() const {
    const auto apex = good(dns::name_from_text("zone.test."));
    const auto owner = good(dns::name_from_text("_25._tcp.mx1.zone.test."));
    const auto read = source::read_zone_file(folder() / "out.zone",
                                             {.origin = apex, .dnssec = source::Dnssec::kKeepAll});
    REQUIRE(read.zone.has_value());
    RdataSet all;
    const auto rrset =
        read.zone->node(dns::sort_key(owner.view(), apex.view())).find(dns::RrType::kTlsa);
    if (!rrset) return all;
    for (const auto rdata : rrset->rdata) all.emplace(rdata.begin(), rdata.end());
    return all;
  }
  [[nodiscard]] model::BindingState binding() const {
    auto state = good(store::State::open(config().state, store::State::Access::kRead));
    return good(state.load_binding("mail")).value();
  }
  [[nodiscard]] std::string served(const char* file = "cert.pem") const {
    return text_of(folder() / "served" / "mail" / file);
  }

  /// Promise P2, as a client with a cache sees it: every version that it may hold accepts what is
  /// served, each combination by itself.
  void see(sys_seconds now) {
    const auto present = tlsa();
    if (versions_.empty() || versions_.back().records != present) {
      if (!versions_.empty()) versions_.back().replaced = now;
      versions_.push_back({.records = present});
    }
    if (!std::filesystem::exists(folder() / "served" / "mail")) return;
    const auto chain = tlsa::made::read(served("fullchain.pem")).chain;
    REQUIRE(chain.has_value());
    for (const auto& version : versions_) {
      const bool is_held =
          !version.replaced || now < *version.replaced + kPropagation + seconds(kHour);
      if (is_held) CHECK_MESSAGE(accepts(version.records, *chain, now), to_text(now));
    }
  }

  TestAuthority authority{};

 private:
  struct Version {
    RdataSet records{};
    std::optional<sys_seconds> replaced{};
  };

  static bool accepts(const RdataSet& records, const tlsa::Chain& chain, sys_seconds now) {
    std::set<Bytes> combinations;
    std::set<Bytes> matched;
    for (const auto& rdata : records) {
      const Bytes combination(rdata.begin(), rdata.begin() + 3);
      combinations.insert(combination);
      const auto record = good(tlsa::association_from_rdata(rdata));
      if (tlsa::match(chain, record, {.names = {"mx1.zone.test"}, .at = now})) {
        matched.insert(combination);
      }
    }
    return combinations == matched;
  }

  std::vector<Version> versions_;
};

inline RdataSet records(std::initializer_list<std::pair<const char*, const TestCertificate*>> all) {
  RdataSet set;
  for (const auto& [form, certificate] : all) {
    set.insert(tlsa::made::record(form, *certificate).rdata());
  }
  return set;
}

}  // namespace danewerk::mail
