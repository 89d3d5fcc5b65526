/// \file
/// What ACME clients keep of earlier certificates, when nothing else has what clients accept.

#include <sys/stat.h>

#include "engine/service_sights.h"
#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

namespace fs = std::filesystem;

/// Whose folders these are like.
enum class Client : std::uint8_t { kCertbot, kDehydrated, kGetssl };

/// A client that keeps what it got before.
class ArchivingSite : public AskedSite {
 public:
  explicit ArchivingSite(Client client = Client::kCertbot, const std::string& zone_lines = "")
      : AskedSite("", zone_lines), client_(client) {}

  /// A certificate of the client's, by the names that it gives them.
  TestCertificate renew(const TestKey& key) {
    ++count_;
    TestCertificate leaf({.name = "mx1.zone.test", .from = now - kHour, .until = now + kDay * 90},
                         key, &authority.issuer);
    for (const auto& [name, text] :
         {std::pair("fullchain", leaf.pem() + authority.issuer.pem() + authority.cross.pem()),
          std::pair("privkey", support::private_pem(key))}) {
      keep(name, text);
    }
    return leaf;
  }
  /// A certificate that ended by itself in state and folder: as if it had never been served here.
  void lose_everything() {
    fs::remove_all(folder() / "served");
    fs::create_directory(folder() / "served");
    fs::remove_all(folder() / "state");
  }
  [[nodiscard]] Path kept(const std::string& name, int number) const {
    switch (client_) {
      case Client::kCertbot:
        return folder() / "archive" / "mx1" / fmt::format("{}{}.pem", name, number);
      case Client::kDehydrated:
        return folder() / "live" / fmt::format("{}-{}.pem", name, 1712345678 + number);
      case Client::kGetssl:
        break;
    }
    return folder() / "live" / "archive" / fmt::format("2026_01_0{}", number) / (name + ".pem");
  }
  std::size_t count(const engine::RunReport& report, std::string_view id) const {
    return report.bindings.front().findings.count(id);
  }

 private:
  void keep(const std::string& name, const std::string& text) {
    const auto file = kept(name, count_);
    fs::create_directories(file.parent_path());
    write_text(file, text);
    if (name == "privkey") ::chmod(file.c_str(), 0600);
    const auto live = folder() / "live" / (name + ".pem");
    fs::remove(live);
    if (client_ == Client::kGetssl) {
      fs::copy_file(file, live);
    } else {
      fs::create_symlink(fs::relative(file, live.parent_path()), live);
    }
  }

  Client client_;
  int count_ = 0;
};

std::string tlsa_line(const TestKey& key) {
  const TestCertificate like({.name = "mx1.zone.test"}, key, nullptr);
  return "_25._tcp.mx1 TLSA " + tlsa::made::record("3 1 1", like).rdata_text() + "\n";
}

}  // namespace

TEST_CASE("archive: the key of what is served comes from there when its folder was lost (P2)") {
  for (const auto client : {Client::kCertbot, Client::kDehydrated, Client::kGetssl}) {
    ArchivingSite site(client);
    const auto first = site.renew(make_ec_key());
    site.go();
    site.wait(kDay);
    site.renew(make_ec_key());
    fs::remove_all(site.folder() / "served");
    site.now += kHour;
    const auto report = site.go();
    CHECK_FALSE(report.has_failures());
    CHECK(site.served() == first.pem());
    CHECK(has(site.shown(), site.kept("privkey", 1).string()));
  }
}

TEST_CASE("archive: what published records match is served again when all else was lost (P2)") {
  for (const auto client : {Client::kCertbot, Client::kDehydrated, Client::kGetssl}) {
    ArchivingSite site(client);
    const auto first = site.renew(make_ec_key());
    site.go();
    site.wait(kDay);
    const auto second = site.renew(make_ec_key());
    site.lose_everything();
    site.now += kHour;
    const auto report = site.go();
    CHECK_FALSE(report.has_failures());
    CHECK(site.count(report, "BINDING-RESTORED") == 1);
    REQUIRE(fs::exists(site.folder() / "served" / "mail"));
    CHECK(site.served() == first.pem());
    CHECK(has(site.shown(), site.kept("fullchain", 1).string()));
    site.wait(kDay * 3);
    CHECK(site.served() == second.pem());
  }
}

TEST_CASE("archive: a first adoption may find newer files than its records (RFC 7671 section 8)") {
  const auto old = make_ec_key();
  ArchivingSite site(Client::kDehydrated, tlsa_line(old));
  const auto first = site.renew(old);
  site.renew(make_ec_key());
  const auto report = site.go();
  CHECK(site.count(report, "BINDING-RESTORED") == 1);
  REQUIRE(fs::exists(site.folder() / "served" / "mail"));
  CHECK(site.served() == first.pem());
}

TEST_CASE("archive: of several the one that lasts longest, and never one that clients refuse") {
  ArchivingSite site;
  const auto key = make_ec_key();
  site.renew(key);
  site.go();
  site.wait(kDay);
  const auto longest = site.renew(key);
  site.renew(make_ec_key());
  site.renew(make_ec_key());
  site.lose_everything();
  const auto report = site.go();
  CHECK(site.count(report, "BINDING-RESTORED") == 1);
  CHECK(site.served() == longest.pem());
}

TEST_CASE("archive: a key that others may read, a pipe, a loop and rubbish are passed by") {
  ArchivingSite site;
  site.renew(make_ec_key());
  site.go();
  site.wait(kDay);
  site.renew(make_ec_key());
  site.lose_everything();
  ::chmod(site.kept("privkey", 1).c_str(), 0644);
  REQUIRE(::mkfifo(site.kept("fullchain", 7).c_str(), 0600) == 0);
  fs::create_symlink("privkey8.pem", site.kept("privkey", 8));
  write_text(site.kept("fullchain", 9), "-----BEGIN CERTIFICATE-----\nrubbish\n");
  const auto report = site.go();
  CHECK(site.count(report, "BINDING-RESTORED") == 0);
  CHECK_FALSE(fs::exists(site.folder() / "served" / "mail"));
  ::chmod(site.kept("privkey", 1).c_str(), 0600);
  site.now += kHour;
  CHECK(site.count(site.go(), "BINDING-RESTORED") == 1);
}

TEST_CASE("archive: one that has ended, and a key that was given up, do not come back") {
  for (const bool is_stolen : {false, true}) {
    CAPTURE(is_stolen);
    ArchivingSite site;
    site.renew(make_ec_key());
    site.go();
    site.wait(kDay);
    if (is_stolen) {
      REQUIRE(
          site.ask("emergency", {{"kind", "key-stolen"}, {"choose", "security"}, {"confirm", true}})
              .contains("done"));
    } else {
      site.now += kDay * 100;
    }
    fs::remove_all(site.folder() / "served");
    fs::create_directory(site.folder() / "served");
    site.renew(make_ec_key());
    // Without the witness: in such an emergency clients refuse what is served for a while.
    const auto report = site.ManagedSite::pass(site.now);
    CHECK(site.count(report, "BINDING-RESTORED") == 0);
  }
}

TEST_CASE("archive: where services read the client's files, what would cure them is named") {
  ArchivingSite site;
  const auto text = text_of(site.folder() / "danewerk.yaml");
  auto bare = text.substr(text.find("issuers:"));
  const std::string serve = "serve: {directory: served/mail}, ";
  bare.erase(bare.find(serve), serve.size());
  site.configure(bare);
  const auto first = site.renew(make_ec_key());
  CHECK(site.count(site.go(), "BINDING-ARCHIVED") == 0);
  site.wait(kDay);
  site.renew(make_ec_key());
  site.now += kHour;
  const auto report = site.go();
  REQUIRE(site.count(report, "BINDING-ARCHIVED") == 1);
  for (const auto& finding : report.bindings.front().findings.list()) {
    if (finding.id != "BINDING-ARCHIVED") continue;
    CHECK(finding.hint.find(site.kept("fullchain", 1).string()) != std::string::npos);
    CHECK(finding.hint.find(site.kept("privkey", 1).string()) != std::string::npos);
  }
  SUBCASE("and not any more when every cache has the new record") {
    site.wait(kDay);
    CHECK(site.count(site.go(), "BINDING-ARCHIVED") == 0);
  }
  SUBCASE("and the cure works") {
    for (const auto* name : {"fullchain", "privkey"}) {
      const auto live = site.folder() / "live" / fmt::format("{}.pem", name);
      fs::remove(live);
      fs::create_symlink(site.kept(name, 1), live);
    }
    site.now += kHour;
    const auto cured = site.go();
    CHECK_FALSE(cured.has_failures());
    CHECK(site.count(cured, "BINDING-ARCHIVED") == 0);
    CHECK(site.binding().binding.served->key == to_hex(tlsa::made::key_digest_of(first)));
  }
}

namespace {

/// The site as a backup of it knew the first key, and the zone's secondaries show another one.
struct RestoredSite {
  ArchivingSite site{};
  TestCertificate first = site.renew(make_ec_key());

  RestoredSite() {
    site.go();
    site.wait(kDay);
  }
  /// What one secondary shows is entered, as by a pass after a restore.
  void enter(const RdataSet& shown) {
    auto state = good(store::State::open(site.config().state, store::State::Access::kWrite));
    auto zone = good(state.load("zone.test.")).value();
    std::vector<engine::OwnerWish> services{
        {.owner = good(state.tlsa_owners("zone.test.")).front()}};
    const std::string address = "192.0.2.53@53";
    observe::Look look{
        .secondaries = {{.address = address,
                         .kind = observe::SecondaryAnswer::Kind::kServes,
                         .serial = 77}},
        .tlsa = {{.address = address,
                  .owner = services.front().owner.name,
                  .shown = {.records = shown, .ttl = seconds(kHour), .is_signed = true}}}};
    Findings findings;
    engine::enter_sights({look, zone.facts, {zone.version + 1, site.now}, true}, services,
                         findings);
    auto binding = good(state.load_binding("mail")).value();
    binding.binding.is_from_backup = true;
    auto transaction = good(state.begin());
    REQUIRE(transaction.save_binding(binding).has_value());
    REQUIRE(transaction.save_tlsa_owner("zone.test.", services.front().owner).has_value());
    REQUIRE(transaction.commit().has_value());
    wanted = services.front().wanted;
  }
  /// A pass on a machine without its served folder.
  engine::RunReport begin_anew() {
    fs::remove_all(site.folder() / "served");
    fs::create_directory(site.folder() / "served");
    site.now += kHour;
    return site.ManagedSite::pass(site.now);
  }
  RdataSet wanted{};
};

}  // namespace

TEST_CASE("archive: of a backup what secondaries show decides what is served (P2)") {
  RestoredSite restored;
  auto& site = restored.site;
  const auto second = site.renew(make_ec_key());
  restored.enter(records({{"3 1 1", &second}}));
  CHECK(restored.wanted == records({{"3 1 1", &second}}));
  restored.begin_anew();
  CHECK(site.served() == second.pem());
  CHECK_FALSE(site.binding().binding.is_from_backup);
}

TEST_CASE("archive: of a backup what was served waits when nothing else is there (P2)") {
  RestoredSite restored;
  auto& site = restored.site;
  const TestCertificate unknown({.name = "mx1.zone.test"}, make_ec_key(), nullptr);
  restored.enter(records({{"3 1 1", &unknown}}));
  const auto report = restored.begin_anew();
  CHECK(site.count(report, "BINDING-SERVED-CHANGED") == 1);
  CHECK_FALSE(fs::exists(site.folder() / "served" / "mail"));
  for (int i = 0; i < 12 && !fs::exists(site.folder() / "served" / "mail"); ++i)
    site.ManagedSite::pass(site.now += kHour);
  CHECK(site.served() == restored.first.pem());
}

TEST_CASE("archive: of a backup what is published still is served again at once") {
  RestoredSite restored;
  auto& site = restored.site;
  site.renew(make_ec_key());
  restored.enter(records({{"3 1 1", &restored.first}}));
  restored.begin_anew();
  CHECK(site.served() == restored.first.pem());
}

}  // namespace danewerk::mail
