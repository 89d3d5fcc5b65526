#pragma once

/// \file
/// A mail host that signs no zone: the zone's primary and its secondaries are played here, with
/// other hosts that use it, too. A witness of the test's own judges promise P2 at every step.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "engine/request.h"
#include "support/managed_site.h"
#include "tlsa/match.h"
#include "unit/engine/played_servers.h"
#include "unit/tlsa/made_chain.h"
#include "update/ids.h"

namespace danewerk::elsewhere {

using support::make_ec_key;
using support::ManagedSite;
using support::TestAuthority;
using support::TestCertificate;
using support::TestKey;
using support::text_of;
using support::write_text;

class MailHost : public ManagedSite {
 public:
  explicit MailHost(
      const std::string& how = "{address: 192.0.2.1, tsig: mail, propagation-delay: 0}") {
    std::filesystem::create_directory(folder() / "live");
    std::filesystem::create_directory(folder() / "served");
    write_text(folder() / "secret", "c2VjcmV0IG9mIHR3ZW50eSBvY3RldHM=\n");
    std::filesystem::permissions(folder() / "secret", std::filesystem::perms::owner_read |
                                                          std::filesystem::perms::owner_write);
    configure(
        "tsig: {mail: {secret-file: secret}}\ncertificates:\n  mail: {certificate: "
        "live/fullchain.pem, key: live/privkey.pem, serve: {directory: served/mail}, "
        "services: [\"mx1.zone.test:25/smtp\"], ttl: 10m, probe: none, update: " +
        how + "}\n");
  }

  [[nodiscard]] TestCertificate made(const TestKey& key, sys_seconds now) const {
    return {{.name = "mx1.zone.test", .from = now - kHour, .until = now + kDay * 90},
            key,
            &authority.issuer};
  }
  TestCertificate renew(const TestKey& key, sys_seconds now) {
    auto leaf = made(key, now);
    put(leaf);
    return leaf;
  }
  /// Where the client leaves it.
  void put(const TestCertificate& leaf) {
    write_text(folder() / "live" / "fullchain.pem",
               leaf.pem() + authority.issuer.pem() + authority.cross.pem());
    write_text(folder() / "live" / "privkey.pem", support::private_pem(leaf.key()));
    std::filesystem::permissions(
        folder() / "live" / "privkey.pem",
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  engine::RunReport pass(sys_seconds now) {
    network.now = now;
    auto asked = task(now);
    asked.network = &network;
    auto report = good(engine::run_pass(asked));
    see(now);
    return report;
  }
  void pass_until(sys_seconds from, sys_seconds until, seconds step = kHour * 2) {
    for (auto now = from; now < until; now += step) pass(now);
  }

  nlohmann::ordered_json ask(
      const std::string& what, sys_seconds now,
      const nlohmann::ordered_json& fields = nlohmann::ordered_json::object()) {
    nlohmann::ordered_json request{{"request", "tlsa-" + what}, {"binding", "mail"}};
    request.update(fields);
    return engine::dispatch({.config = &config(), .now = now, .who = "tester", .wait = seconds(0)},
                            request);
  }

  /// A resolver asks any server at any time: what it may hold has to accept what is served.
  void see(sys_seconds now) {
    if (!std::filesystem::exists(folder() / "served" / "mail")) return;
    const auto chain = tlsa::made::read(served("fullchain.pem")).chain;
    REQUIRE(chain.has_value());
    std::set<RdataSet> held;
    for (const auto& [address, lag] : network.secondaries) {
      for (auto at = now - seconds(1200); at <= now; at += kMinute) {
        network.now = at;
        if (at >= kStart) held.insert(network.at(lag).records);
      }
    }
    network.now = now;
    for (const auto& records : held) CHECK_MESSAGE(accepts(records, *chain, now), to_text(now));
  }

  [[nodiscard]] std::string served(const char* file = "cert.pem") const {
    return text_of(folder() / "served" / "mail" / file);
  }
  [[nodiscard]] model::TlsaOwner owner() const {
    auto state = good(store::State::open(config().state, store::State::Access::kRead));
    auto owners = good(state.tlsa_owners(""));
    REQUIRE(owners.size() == 1);
    return std::move(owners.front());
  }

  TestAuthority authority{};
  Elsewhere network{};

 private:
  static bool accepts(const RdataSet& records, const tlsa::Chain& chain, sys_seconds now) {
    if (records.empty()) return true;
    return std::ranges::any_of(records, [&](const Bytes& rdata) {
      const auto record = good(tlsa::association_from_rdata(rdata));
      return static_cast<bool>(tlsa::match(chain, record, {.names = {"mx1.zone.test"}, .at = now}));
    });
  }
};

inline Bytes record_of(const TestCertificate& certificate) {
  return tlsa::made::record("3 1 1", certificate).rdata();
}

inline std::string told(const engine::RunReport& report, std::string_view rule) {
  const auto& waits = report.bindings.front().waits;
  const auto found = std::ranges::find(waits, rule, &rollover::BindingWait::rule);
  return found == waits.end() ? std::string() : found->reason;
}

inline std::uint64_t count(const engine::RunReport& report, std::string_view id) {
  return report.bindings.front().findings.count(id);
}

}  // namespace danewerk::elsewhere
