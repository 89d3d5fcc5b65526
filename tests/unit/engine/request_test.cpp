/// \file
/// Requests of an operator between passes under a moved clock.

#include "engine/request.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "engine/run.h"
#include "support/result.h"
#include "support/scoped_folder.h"

namespace danewerk::engine {

namespace {

using nlohmann::ordered_json;
using std::chrono::days;
using std::chrono::hours;
using support::ScopedFolder;
using support::write_text;
using test::good;

constexpr sys_seconds kStart{seconds(1'795'000'000)};

/// One zone, zone.test, signed at kStart; time goes by cron.
class Site {
 public:
  explicit Site(const std::string& policy = "") {
    write_text(folder_ / "zone.test",
               "$TTL 3600\n@ SOA ns admin 1 3600 900 604800 1800\n@ NS ns\nns A 192.0.2.1\n");
    configure(policy);
    std::filesystem::create_directory(folder_ / "keys");
    std::filesystem::permissions(folder_ / "keys", std::filesystem::perms::owner_all);
    pass();
  }

  void configure(const std::string& policy) {
    write_text(folder_ / "danewerk.yaml",
               "state: state\nkeys: keys\npolicies:\n  default: {algorithm: ed25519, cds: never" +
                   policy +
                   "}\nzones:\n  zone.test: {file: zone.test, output: out.zone, parents: none}\n");
    auto read = config::read_config(folder_ / "danewerk.yaml");
    REQUIRE(read.config.has_value());
    config_ = *std::move(read.config);
  }

  void forget_zone() { config_.zones.clear(); }

  void pass() {
    RunTask task;
    task.config = &config_;
    task.now = now_;
    const auto report = good(run_pass(task));
    CHECK_FALSE(report.has_failures());
  }

  /// Passes every six hours.
  void wait(seconds span) {
    for (const auto end = now_ + span; now_ < end;) {
      now_ += hours(6);
      pass();
    }
  }

  ordered_json ask(const std::string& what, ordered_json fields = ordered_json::object()) {
    ordered_json request{{"request", what}, {"zone", "Zone.Test"}};
    request.update(fields);
    return dispatch({.config = &config_, .now = now_, .who = "tester", .wait = seconds(0)},
                    request);
  }

  /// Until the DS of the first KSK is in every cache.
  void settle() {
    wait(days(1));
    const auto tag = key("ksk", "in service");
    REQUIRE_FALSE(ask("key-ds-seen", {{"key", tag}}).contains("error"));
    wait(days(2));
  }

  [[nodiscard]] model::ZoneState state() const {
    const auto state = good(store::State::open(config_.state, store::State::Access::kRead));
    auto zone = good(state.load("zone.test."));
    REQUIRE(zone.has_value());
    return *std::move(zone);
  }

  /// Tag of the key of that role and use.
  std::string key(const std::string& role, const std::string& use) {
    const auto listed = ask("key-list");
    for (const auto& one : listed.at("zones").at(0).at("keys")) {
      if (one.at("role") == role && one.at("use") == use) return one.at("tag").dump();
    }
    FAIL("no " << role << " " << use << " in " << listed.dump());
    return {};
  }

  [[nodiscard]] const Path& folder() const { return folder_.path(); }
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] sys_seconds now() const { return now_; }

 private:
  ScopedFolder folder_;
  config::Config config_;
  sys_seconds now_ = kStart;
};

}  // namespace

TEST_CASE("request: what cannot be understood is bad input, and changes nothing") {
  Site site;
  const auto before = site.state();
  CHECK(site.ask("key-frobnicate").at("code") == "bad-input");
  CHECK(site.ask("key-roll").at("code") == "bad-input");
  CHECK(site.ask("key-roll", {{"role", 7}}).at("code") == "bad-input");
  CHECK(site.ask("key-roll", {{"role", "tsk"}}).at("code") == "bad-input");
  CHECK(site.ask("key-roll", {{"role", "ksk"}, {"zone", "other.test"}}).at("code") == "bad-input");
  CHECK(site.ask("key-retire", {{"key", "99999"}}).at("code") == "bad-input");
  CHECK(site.ask("zone-serial", {{"at_least", -1}}).at("code") == "bad-input");
  CHECK(dispatch({.config = &site.config()}, ordered_json::array()).at("code") == "bad-input");
  CHECK(site.state() == before);
}

TEST_CASE("request: a ZSK is rolled when the operator asks, and the log has his name") {
  Site site;
  site.settle();
  const auto old = site.key("zsk", "in service");
  const auto reply = site.ask("key-roll", {{"role", "zsk"}});
  REQUIRE(reply.contains("done"));
  CHECK(reply.at("notes").dump().find("ROLL-REQUESTED") != std::string::npos);
  CHECK(site.state().wake == site.now());
  CHECK(site.ask("key-roll", {{"role", "zsk"}}).at("code") == "refused");
  site.wait(days(4));
  CHECK(site.key("zsk", "in service") != old);
  bool has_event = false;
  const auto history = site.ask("zone-history");
  for (const auto& event : history.at("events")) {
    has_event = has_event || (event.at("who") == "tester" &&
                              event.at("what") == "a roll of the ZSK was asked for");
  }
  CHECK(has_event);
}

TEST_CASE("request: a roll is turned back, and the old key stays") {
  Site site;
  site.settle();
  const auto old = site.key("zsk", "in service");
  CHECK(site.ask("key-abort").at("code") == "bad-input");
  REQUIRE(site.ask("key-roll", {{"role", "zsk"}}).contains("done"));
  site.wait(hours(6));
  REQUIRE(site.ask("key-abort").contains("done"));
  site.wait(days(4));
  CHECK(site.key("zsk", "in service") == old);
}

TEST_CASE("request: a KSK can be rolled by another method than the policy's") {
  Site site;
  site.settle();
  const auto reply = site.ask("key-roll", {{"role", "ksk"}, {"method", "double-ds"}});
  REQUIRE(reply.contains("done"));
  const auto ring = site.state().ring;
  REQUIRE(ring.keys.size() == 3);
  CHECK(ring.keys.back().visibility(model::KeyRecord::kDs) == model::Visibility::kRumoured);
  CHECK(ring.keys.back().visibility(model::KeyRecord::kDnskey) == model::Visibility::kHidden);
  site.pass();
  CHECK(site.ask("key-roll", {{"role", "zsk"}, {"method", "double-ds"}}).at("code") == "bad-input");
}

TEST_CASE("request: DS are printed, and reported only where they are awaited") {
  Site site;
  const auto ksk = site.key("ksk", "in service");
  CHECK(site.ask("key-ds-seen", {{"key", ksk}}).at("code") == "refused");
  site.wait(days(1));
  const auto ds = site.ask("key-ds");
  REQUIRE(ds.at("keys").size() == 1);
  CHECK(ds.at("keys").at(0).at("parent") == "upload");
  CHECK(ds.at("keys").at(0).at("ds").size() == 2);
  CHECK(site.ask("key-ds-gone", {{"key", ksk}}).at("code") == "refused");
  CHECK(site.ask("key-ds-seen", {{"key", site.key("zsk", "in service")}}).at("code") == "refused");
  REQUIRE(site.ask("key-ds-seen", {{"key", ksk}}).contains("done"));
  const auto facts = site.state().facts;
  REQUIRE(facts.ds.size() == 1);
  CHECK(facts.ds.begin()->second.by_operator);
  CHECK(facts.ds.begin()->second.seen == site.now());
}

TEST_CASE("request: a compromised key is only replaced when that is confirmed") {
  Site site;
  site.settle();
  const auto old = site.key("zsk", "in service");
  const auto before = site.state();
  const auto told = site.ask("key-compromised", {{"key", old}});
  CHECK(told.at("code") == "operator");
  REQUIRE(told.at("options").size() == 2);
  CHECK(told.at("options").at(0).at("until").is_string());
  CHECK(site.state() == before);
  REQUIRE(site.ask("key-compromised", {{"key", old}, {"confirm", true}}).contains("done"));
  site.wait(days(3));
  CHECK(site.key("zsk", "in service") != old);
  CHECK(site.key("zsk", "compromised") == old);
}

TEST_CASE("request: the last key cannot retire, and all together make the zone insecure") {
  Site site;
  site.settle();
  CHECK(site.ask("key-retire", {{"key", site.key("ksk", "in service")}}).at("code") == "refused");
  REQUIRE(site.ask("key-retire", {{"key", "all"}}).contains("done"));
  CHECK(site.state().ring.going_insecure);
  REQUIRE(site.ask("key-abort").contains("done"));
  CHECK_FALSE(site.state().ring.going_insecure);
}

TEST_CASE("request: in manual mode a step is released once") {
  Site site;
  site.settle();
  CHECK(site.ask("key-step").at("code") == "refused");
  site.configure(", manual: true");
  REQUIRE(site.ask("key-roll", {{"role", "zsk"}}).contains("done"));
  site.wait(hours(6));
  const auto is_hidden = [&] {
    return site.state().ring.keys.back().visibility(model::KeyRecord::kDnskey) ==
           model::Visibility::kHidden;
  };
  CHECK(is_hidden());
  REQUIRE(site.ask("key-step").contains("done"));
  site.wait(hours(6));
  CHECK_FALSE(is_hidden());
  CHECK_FALSE(site.state().is_step_released);
}

TEST_CASE("request: a key made ahead of need is the one that the next roll takes") {
  Site site;
  site.settle();
  const auto made = site.ask("key-generate", {{"role", "zsk"}});
  REQUIRE(made.contains("id"));
  CHECK(site.key("zsk", "not used yet") == made.at("tag").dump());
  CHECK(site.ask("key-generate", {{"role", "csk"}}).at("code") == "bad-input");
  REQUIRE(site.ask("key-roll", {{"role", "zsk"}}).contains("done"));
  site.wait(hours(6));
  CHECK(site.state().ring.find(made.at("id").get<std::string>()) != nullptr);
}

TEST_CASE("request: an exported key can be imported by another site") {
  Site site;
  const auto tag = site.key("ksk", "in service");
  const auto out = site.ask("key-export", {{"key", tag}, {"folder", site.folder().string()}});
  REQUIRE(out.contains("files"));
  CHECK(site.ask("key-export", {{"key", tag}, {"folder", site.folder().string()}}).at("code") ==
        "refused");
  Site other;
  const auto in = other.ask("key-import", {{"file", out.at("files").at(0)}});
  REQUIRE(in.contains("id"));
  CHECK(in.at("tag").dump() == tag);
  CHECK(other.ask("key-import", {{"file", out.at("files").at(0)}}).at("code") == "refused");
}

TEST_CASE("request: a serial is at least what was asked for, and never goes back (RFC 1982)") {
  Site site;
  const auto serial = site.state().serial;
  CHECK(site.ask("zone-serial", {{"at_least", serial}}).at("code") == "refused");
  CHECK(site.ask("zone-serial", {{"at_least", serial - 1}}).at("code") == "refused");
  REQUIRE(site.ask("zone-serial", {{"at_least", serial + 1000}}).contains("done"));
  CHECK(site.state().serial_floor == serial + 1000);
}

TEST_CASE("request: a zone is frozen, thawed, and forgotten only out of the configuration") {
  Site site;
  REQUIRE(site.ask("zone-freeze").contains("done"));
  CHECK(site.state().is_frozen);
  CHECK(site.ask("zone-freeze").at("code") == "refused");
  REQUIRE(site.ask("zone-thaw").contains("done"));
  CHECK_FALSE(site.state().is_frozen);
  CHECK(site.ask("zone-remove", {{"confirm", true}}).at("code") == "refused");
  site.forget_zone();
  CHECK(site.ask("zone-remove").at("code") == "refused");
  REQUIRE(site.ask("zone-remove", {{"confirm", true}}).contains("done"));
  CHECK(site.ask("zone-show").at("code") == "bad-input");
  CHECK(site.ask("zone-history").contains("events"));
}

TEST_CASE("request: while somebody else holds the lock nothing is changed") {
  Site site;
  const auto lock =
      good(store::StateLock::take(site.config().state, "another", seconds(0), site.now()));
  REQUIRE(lock.has_value());
  CHECK(site.ask("zone-freeze").at("code") == "unavailable");
  CHECK_FALSE(site.state().is_frozen);
  CHECK(site.ask("zone-show").contains("version"));
  CHECK(changes_state("zone-freeze"));
  CHECK_FALSE(changes_state("zone-show"));
}

}  // namespace danewerk::engine
