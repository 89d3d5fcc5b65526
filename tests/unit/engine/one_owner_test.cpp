/// \file
/// A service with two certificates: one RRset, whatever becomes of either.

#include <nlohmann/json.hpp>

#include "engine/request.h"
#include "unit/engine/several_site.h"

namespace danewerk::mail {

namespace {

constexpr const char* kOwner = "_25._tcp.mx1";

/// "mail" is decided before "relay".
class OneOwnerSite : public SeveralSite {
 public:
  OneOwnerSite() : SeveralSite("mx1.zone.test") {
    write_zone("zone.test", "mx1 A 192.0.2.2\n@ MX 10 mx1\n");
    bind("3 1 1");
  }
  void bind(const std::string& records) {
    const std::string service = "\"mx1.zone.test:25/smtp\"";
    const auto more = ", records: [" + records + "]";
    SeveralSite::bind(zone("zone.test"),
                      certificate("mail", service, more) + certificate("relay", service, more));
  }
  void ask(const std::string& what, const std::string& binding, sys_seconds now) const {
    const auto reply =
        engine::dispatch({.config = &config(), .now = now, .who = "tester", .wait = seconds(0)},
                         {{"request", "tlsa-" + what}, {"binding", binding}});
    REQUIRE_MESSAGE(reply.contains("done"), reply.dump());
  }
  [[nodiscard]] RdataSet published() const { return tlsa("zone.test", kOwner); }
};

}  // namespace

TEST_CASE("one owner: a stopped certificate goes with the kind of record that the other gets") {
  for (const auto* stopped : {"mail", "relay"}) {
    CAPTURE(stopped);
    OneOwnerSite site;
    const auto mail = site.renew("mail", kStart);
    const auto relay = site.renew("relay", kStart);
    site.run(kStart, kStart + kDay);
    REQUIRE(site.published() == RdataSet{record_of(mail), record_of(relay)});
    const auto edited = kStart + kDay;
    site.ask("stop", stopped, edited);
    site.bind("3 0 1");
    site.run(edited, edited + 2 * kDay);
    CHECK(site.published() == RdataSet{record_of(mail, "3 0 1"), record_of(relay, "3 0 1")});
    CHECK(site.judge("zone.test.out", edited + 2 * kDay).is_good());
  }
}

TEST_CASE("one owner: a kind of record that one keeps for a while is kept by both (P2)") {
  for (const auto* renewed : {"mail", "relay"}) {
    CAPTURE(renewed);
    OneOwnerSite site;
    site.bind("3 1 1, 2 1 1");
    const std::map<std::string, TestKey> keys{{"mail", make_ec_key()}, {"relay", make_ec_key()}};
    const auto mail = site.renew("mail", kStart, keys.at("mail"));
    const auto relay = site.renew("relay", kStart, keys.at("relay"));
    site.run(kStart, kStart + kDay);
    REQUIRE(site.published().size() == 3);
    // It waits for a word about its issuer, and its key is announced.
    const auto edited = kStart + kDay;
    site.renew(renewed, edited, keys.at(renewed), &site.authority.second_issuer);
    site.pass(edited);
    site.bind("2 1 1");
    for (auto now = edited; now < edited + kDay; now += kHour) {
      site.pass(now);
      const auto all = site.published();
      CHECK(all.contains(record_of(mail)) == all.contains(record_of(relay)));
    }
  }
}

}  // namespace danewerk::mail
