/// \file
/// What a binding was before the configuration changed: its records may be held, wherever they
/// stood (promise P2).

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

class ChangedSite : public AskedSite {
 public:
  void change(const std::string& from, const std::string& to) {
    auto text = text_of(folder() / "danewerk.yaml");
    text = text.substr(text.find("issuers:"));
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    configure(text);
  }
  [[nodiscard]] store::State open(store::State::Access access = store::State::Access::kRead) const {
    return good(store::State::open(config().state, access));
  }
  /// The key that is served was stolen, says the state.
  void compromise() {
    auto state = open(store::State::Access::kWrite);
    auto binding = good(state.load_binding("mail")).value();
    binding.binding.keys.front().use = model::BindingKeyUse::kCompromised;
    auto transaction = good(state.begin());
    REQUIRE(transaction.save_binding(binding).has_value());
    REQUIRE(transaction.commit().has_value());
  }
  /// Another host has the mail, with or without records.
  void move_host() {
    write_text(folder() / "zone.test",
               "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n"
               "mx2 A 192.0.2.2\n");
    change("mx1.zone.test:25", "mx2.zone.test:25");
  }
};

constexpr const char* kZones = "zones:\n";
constexpr const char* kOwnZone =
    "zones:\n  mx1.zone.test: {file: sub.zone, output: sub.out, parents: none}\n";

}  // namespace

TEST_CASE("past: another host name, and a new key: served when the old host's records are gone") {
  ChangedSite site;
  const auto first = site.settle();
  site.move_host();
  const auto second = site.renew(make_ec_key(), site.now);
  site.go();
  CHECK(site.served() == first.pem());
  CHECK(site.binding().owners.size() == 2);
  const auto plan = site.ask("plan").at("bindings").at(0);
  site.wait(kDay * 2);
  CHECK_MESSAGE(has(plan, "at _25._tcp.mx1.zone.test. is in no cache any more"), plan.dump(2));
  CHECK(has(plan, "is served"));
  CHECK(site.served() == second.pem());
  CHECK(site.binding().owners == std::set<std::string>{"_25._tcp.mx2.zone.test."});
}

TEST_CASE("past: the host gets a zone of its own, and caches know nothing of that") {
  ChangedSite site;
  const auto first = site.settle();
  const auto second = site.renew(make_ec_key(), site.now);
  site.go();
  REQUIRE(site.served() == first.pem());  // it waits
  write_text(site.folder() / "zone.test",
             "$TTL 3600\n@ SOA ns admin 2 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n"
             "mx1 NS ns\n");
  write_text(site.folder() / "sub.zone",
             "$TTL 3600\n@ SOA ns.zone.test. admin 1 3600 900 604800 1800\n@ NS ns.zone.test.\n"
             "@ A 192.0.2.2\n");
  site.change(kZones, kOwnZone);
  site.now += std::chrono::minutes(5);
  site.go();
  CHECK(site.served() == first.pem());
  CHECK(good(site.open().tlsa_owners("zone.test.")).empty());
  site.wait(kDay * 2);
  CHECK(site.served() == second.pem());
}

TEST_CASE("past: a binding with another name goes on as the one that it was") {
  ChangedSite site;
  site.settle();
  const auto before = site.binding();
  SUBCASE("with all that is known of it") {
    site.change("  mail: ", "  post: ");
    site.now += kHour;
    site.go();
    const auto state = site.open();
    CHECK(good(state.binding_names()) == std::vector<std::string>{"post"});
    const auto after = good(state.load_binding("post")).value();
    CHECK(after.binding.served == before.binding.served);
    CHECK(after.binding.deployed == before.binding.deployed);
  }
  SUBCASE("though a pass was killed while it served something") {
    {
      auto state = site.open(store::State::Access::kWrite);
      model::BindingState begun;
      begun.binding.name = "post";
      begun.binding.pending = model::PendingDeployment{.chain = "another"};
      auto transaction = good(state.begin());
      REQUIRE(transaction.save_binding(begun).has_value());
      REQUIRE(transaction.commit().has_value());
    }
    site.change("  mail: ", "  post: ");
    site.now += kHour;
    site.go();
    const auto state = site.open();
    CHECK(good(state.binding_names()) == std::vector<std::string>{"post"});
    CHECK(good(state.load_binding("post")).value().binding.served == before.binding.served);
  }
  SUBCASE("a stolen key stays stolen") {
    site.compromise();
    site.change("  mail: ", "  post: ");
    site.now += kHour;
    site.go();
    const auto after = good(site.open().load_binding("post")).value();
    CHECK(after.binding.is_compromised(before.binding.served->key));
  }
  SUBCASE("a stolen key stays stolen for another binding of the service") {
    site.compromise();
    site.change("ttl: 1h}\n",
                "ttl: 1h}\n  more: {certificate: live/fullchain.pem, key: live/privkey.pem, serve: "
                "{directory: served/more}, services: [{service: \"mx1.zone.test:25/smtp\", probe: "
                "none}], ttl: 1h}\n");
    site.now += kHour;
    site.go();
    const auto after = good(site.open().load_binding("more")).value();
    CHECK(after.binding.is_compromised(before.binding.served->key));
    CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "more"));
  }
}

TEST_CASE("past: a zone that is removed takes what was known of its records with it") {
  ChangedSite site;
  site.settle();
  auto state = site.open(store::State::Access::kWrite);
  REQUIRE_FALSE(good(state.tlsa_owners("zone.test.")).empty());
  auto transaction = good(state.begin());
  REQUIRE(transaction.remove_zone("zone.test.").has_value());
  REQUIRE(transaction.commit().has_value());
  CHECK(good(state.tlsa_owners("zone.test.")).empty());
}

}  // namespace danewerk::mail
