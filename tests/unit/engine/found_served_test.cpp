/// \file
/// What is served before the pass that decided it can note it: by root, or when that pass was
/// killed. What follows is what was decided and announced.

#include <array>

#include "engine/root_deploy.h"
#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

namespace fs = std::filesystem;

enum class Way : std::uint8_t {
  kHere,    ///< `by: run`, and nothing happens meanwhile
  kKilled,  ///< the same, and the pass is killed while it tells services
  kByRoot,  ///< `by: deploy`
};

std::string name_of(Way way) {
  return way == Way::kHere ? "here" : way == Way::kKilled ? "killed" : "by root";
}

/// Serves one of three ways. Its caches are the test's: some of what is tried here is refused for a
/// while, by the operator's word.
class FoundSite : public AskedSite {
 public:
  explicit FoundSite(Way way, const std::string& more = "") : AskedSite(more), way_(way) {
    auto text = text_of(folder() / "danewerk.yaml");
    change(text, "state: state\nkeys: keys\n", "");
    if (way == Way::kByRoot)
      change(text, "directory: served/mail", "directory: served/mail, by: deploy");
    change(text, "ttl: 1h", "ttl: 1h, reload: [sh, " + (folder() / "reload.sh").string() + "]");
    write_text(folder() / "reload.sh", "true\n");
    configure(text);
  }

  /// What the client left is decided and served; the last pass knows of it.
  void serve() {
    if (way_ == Way::kByRoot) be_root();
    if (way_ == Way::kKilled) {
      be_killed();
    } else {
      ManagedSite::pass(now);
    }
    if (way_ == Way::kByRoot) be_root();
    if (way_ != Way::kHere) ManagedSite::pass(now += seconds(1));
  }
  TestCertificate begin() {
    if (way_ == Way::kByRoot) ManagedSite::pass(now);
    auto leaf = renew(make_ec_key(), now);
    serve();
    for (int i = 0; i < 3; ++i) ManagedSite::pass(now += kDay);
    return leaf;
  }
  void begin_emergency(const std::string& choice) {
    const auto reply =
        ask("emergency", {{"kind", "key-stolen"}, {"choose", choice}, {"confirm", true}});
    REQUIRE_MESSAGE(reply.contains("done"), reply.dump());
  }
  /// The last incident that clients may have noticed.
  [[nodiscard]] std::string rule_of_incident() const {
    const auto known = binding().binding;
    for (auto one = known.incidents.rbegin(); one != known.incidents.rend(); ++one) {
      if (!one->is_open) continue;
      CHECK(one->until.value_or(sys_seconds{}) > now);
      return one->rule;
    }
    return {};
  }

  void be_root() {
    const auto& certificate = config().certificates.at("mail");
    auto handover =
        good(serve::Handover::open(engine::handover_folder(config()), "mail", seconds(0)));
    const auto files = engine::read_client_files(certificate);
    const auto word = good(engine::take_in(config(), certificate, files, handover));
    good(engine::carry_out(certificate, files, word, now));
  }

 private:
  static void change(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }

  /// From the moment at which services are told, nothing of the pass reaches the disk.
  void be_killed() {
    const auto out = folder() / "out.zone";
    write_text(folder() / "reload.sh",
               "cd \"$(dirname \"$0\")\" && cp -R state keys crash && { [ ! -e out.zone ] || cp "
               "out.zone crash; }\n");
    fs::create_directory(folder() / "crash");
    ManagedSite::pass(now);
    for (const auto* name : {"state", "keys", "out.zone"}) {
      fs::remove_all(folder() / name);
      if (fs::exists(folder() / "crash" / name))
        fs::rename(folder() / "crash" / name, folder() / name);
    }
    fs::remove_all(folder() / "crash");
    write_text(folder() / "reload.sh", "true\n");
  }

  Way way_;
};

constexpr std::array kWays{Way::kHere, Way::kKilled, Way::kByRoot};

}  // namespace

TEST_CASE("found served: a key that was stolen goes at once, whoever serves the new one (P2)") {
  for (const auto way : kWays) {
    CAPTURE(name_of(way));
    FoundSite site(way);
    const auto first = site.begin();
    REQUIRE(site.tlsa() == records({{"3 1 1", &first}}));
    site.begin_emergency("security");
    const auto second = site.renew(make_ec_key(), site.now);
    site.serve();
    CHECK(site.served() == second.pem());
    CHECK(site.tlsa() == records({{"3 1 1", &second}}));
    CHECK(site.rule_of_incident() == "ROLL-TLSA-EMERGENCY");
    CHECK(site.binding().binding.is_exchange);
    CHECK_FALSE(site.binding().binding.pending.has_value());
    CHECK(has(site.shown().at("history"), "ROLL-TLSA-EMERGENCY"));
  }
}

TEST_CASE("found served: with the next key in every cache, the stolen one goes at once, too") {
  for (const auto way : kWays) {
    CAPTURE(name_of(way));
    FoundSite site(way, ", key-policy: next");
    const auto first = site.begin();
    REQUIRE(site.binding().binding.key_of(model::BindingKeyUse::kNext) != nullptr);
    site.begin_emergency("next");
    const auto keys = site.shown().at("keys");
    const auto next =
        std::ranges::find_if(keys, [](const ordered_json& key) { return key.at("use") == "next"; });
    REQUIRE(next != keys.end());
    const auto second =
        site.renew(key_from(text_of(next->at("file").get<std::string>())), site.now);
    site.serve();
    CHECK(site.served() == second.pem());
    CHECK_FALSE(site.tlsa().contains(tlsa::made::record("3 1 1", first).rdata()));
    CHECK(site.tlsa().contains(tlsa::made::record("3 1 1", second).rdata()));
    CHECK(site.rule_of_incident().empty());
  }
}

TEST_CASE("found served: what the gate was opened for by configuration is an incident") {
  for (const auto& [keys, rule] :
       {std::pair(", gate: relaxed", "ROLL-TLSA-RELAXED"),
        std::pair(", key-policy: any, new-key: at-once", "ROLL-TLSA-FAST")}) {
    for (const auto way : kWays) {
      CAPTURE(name_of(way));
      CAPTURE(keys);
      FoundSite site(way, ", records: [3 1 1, 2 1 1]" + std::string(keys));
      site.begin();
      const auto second = site.renew(make_ec_key(), site.now);
      site.serve();
      CHECK(site.served() == second.pem());
      CHECK(site.rule_of_incident() == rule);
    }
  }
}

TEST_CASE("found served: what was decided before an emergency is its way out all the same") {
  FoundSite site(Way::kByRoot);
  const auto first = site.begin();
  const auto second = site.renew(make_ec_key(), site.now);
  site.be_root();
  site.ManagedSite::pass(site.now);
  REQUIRE(site.tlsa().size() == 2);
  site.ManagedSite::pass(site.now += kDay);
  site.begin_emergency("security");
  site.be_root();
  CHECK(site.served() == second.pem());
  site.ManagedSite::pass(site.now += seconds(1));
  CHECK(site.tlsa() == records({{"3 1 1", &second}}));
}

TEST_CASE("found served: a verdict that nobody carries out writes nothing again (promise P6)") {
  FoundSite site(Way::kByRoot);
  site.begin();
  site.renew(make_ec_key(), site.now);
  site.begin_emergency("security");
  site.be_root();
  site.ManagedSite::pass(site.now += seconds(1));
  const auto before = site.binding();
  REQUIRE(before.binding.pending.has_value());
  site.ManagedSite::pass(site.now += seconds(60));
  CHECK(site.binding().binding == before.binding);
}

TEST_CASE("found served: what is not to be served any more is not remembered") {
  FoundSite site(Way::kByRoot);
  site.begin();
  site.renew(make_ec_key(), site.now);
  site.be_root();
  site.ManagedSite::pass(site.now);
  site.ManagedSite::pass(site.now += kDay);
  REQUIRE(site.binding().binding.pending.has_value());
  CHECK(site.ask("roll", {{"abort", true}}).contains("done"));
  site.ManagedSite::pass(site.now += seconds(1));
  CHECK_FALSE(site.binding().binding.pending.has_value());
}

}  // namespace danewerk::mail
