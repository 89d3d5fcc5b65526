/// \file
/// What lies in the served folder: put there whole, and again when somebody changed it.

#include <algorithm>

#include "engine/binding_serve.h"
#include "unit/engine/mail_site.h"

namespace danewerk::mail {

namespace {

using Outcome = serve::Deployed::Outcome;

/// A mail host that serves its first certificate, and writes down when it is told.
class ServingSite : public MailSite {
 public:
  ServingSite() : MailSite(kReload) {
    write_text(folder() / "reload.sh", "echo x >>\"$(dirname \"$0\")/told\"\n");
    first = renew(key, kStart);
    pass(kStart);
  }
  [[nodiscard]] Path in_served(const char* name) const {
    return folder() / "served" / "mail" / name;
  }
  [[nodiscard]] std::string told() const { return text_of(folder() / "told"); }
  [[nodiscard]] bool is_whole() const {
    const auto chain = first->pem() + authority.issuer.pem() + authority.cross.pem();
    return served("fullchain.pem") == chain && served("cert.pem") == first->pem() &&
           served("privkey.pem") == support::private_pem(key) &&
           served("combined.pem") == served("privkey.pem") + chain;
  }
  /// \returns how often the next pass says that somebody changed the folder.
  std::size_t heal() {
    const auto report = pass(kStart + kHour);
    CHECK_FALSE(report.has_failures());
    return report.bindings.front().findings.count("BINDING-SERVED-CHANGED");
  }
  /// Everything below the served folder and the state, but for what SQLite keeps beside its file.
  [[nodiscard]] std::size_t generations() const {
    const auto open = good(serve::ServedFolder::open({.directory = folder() / "served" / "mail"}));
    return good(open.generations()).size();
  }

  TestKey key = make_ec_key();
  std::optional<TestCertificate> first{};
};

}  // namespace

TEST_CASE("served: a pass in which nobody changed anything puts nothing there (promise P6)") {
  ServingSite site;
  REQUIRE(site.is_whole());
  CHECK(site.heal() == 0);
  CHECK(site.told() == "x\n");
  CHECK(site.generations() == 1);
}

TEST_CASE("served: files that somebody changed or removed are put there again") {
  for (const auto* name :
       {"combined.pem", "privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"}) {
    for (const bool is_removed : {false, true}) {
      CAPTURE(name);
      CAPTURE(is_removed);
      ServingSite site;
      if (is_removed) {
        std::filesystem::remove(site.in_served(name));
      } else {
        write_text(site.in_served(name), "garbage");
      }
      CHECK(site.heal() == 1);
      CHECK(site.is_whole());
      CHECK(site.told() == "x\nx\n");
      const auto again = site.pass(kStart + kHour * 2);
      CHECK(again.bindings.front().findings.count("BINDING-SERVED-CHANGED") == 0);
    }
  }
}

TEST_CASE("served: of files that do not agree none is named as the one that was changed") {
  ServingSite site;
  write_text(site.in_served("fullchain.pem"), "junk");
  const auto report = site.pass(kStart + kHour);
  const auto& found = report.bindings.front().findings.list();
  const auto changed = std::ranges::find(found, "BINDING-SERVED-CHANGED", &Finding::id);
  REQUIRE(changed != found.end());
  CHECK(changed->message.find("fullchain.pem' is not what 'cert.pem' and 'chain.pem' beside it") !=
        std::string::npos);
}

TEST_CASE("served: a key of another certificate is replaced by the right one") {
  ServingSite site;
  const auto other = support::private_pem(make_ec_key());
  write_text(site.in_served("privkey.pem"), other);
  write_text(site.in_served("combined.pem"), other + site.served("fullchain.pem"));
  CHECK(site.heal() == 1);
  CHECK(site.is_whole());
}

TEST_CASE("served: a folder that is gone, and one that got another name, are made again") {
  ServingSite site;
  std::filesystem::remove_all(site.folder() / "served");
  CHECK(site.heal() == 1);
  CHECK(site.is_whole());
  std::filesystem::rename(site.folder() / "served", site.folder() / "elsewhere");
  CHECK(site.heal() == 1);
  CHECK(site.is_whole());
  std::filesystem::remove_all(site.folder() / "served" / ".mail");
  CHECK(site.heal() == 1);
  CHECK(site.is_whole());
}

TEST_CASE("served: a key that is not the chain's is not put there; what is served stays") {
  ServingSite site;
  const auto& certificate = site.config().certificates.at("mail");
  const auto pem = site.first->pem() + site.authority.issuer.pem();
  for (const auto& text : {support::private_pem(make_ec_key()), std::string("no key")}) {
    const Secret key(Bytes(text.begin(), text.end()));
    const auto refused = engine::serve_chain(certificate, {.pem = pem, .key = &key});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == Errc::kRefused);
    CHECK(site.is_whole());
  }
}

TEST_CASE("served: the key does not vanish from the folder with `key` from the configuration") {
  ServingSite site;
  auto certificate = site.config().certificates.at("mail");
  certificate.key.reset();
  const auto other =
      TestCertificate({.name = "mx1.zone.test", .from = kStart, .until = kStart + kDay},
                      make_ec_key(), &site.authority.issuer);
  const auto refused = engine::serve_chain(certificate, {.pem = other.pem()});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().hint().find("remove the link") != std::string::npos);
  CHECK(site.is_whole());
  std::filesystem::remove(site.folder() / "served" / "mail");
  CHECK(good(engine::serve_chain(certificate, {.pem = other.pem()})).outcome == Outcome::kDeployed);
  CHECK_FALSE(std::filesystem::exists(site.in_served("privkey.pem")));
}

TEST_CASE("served: a key goes from the folder when nobody goes back to it (promise P7)") {
  ServingSite site;
  const auto second = site.renew(make_ec_key(), kStart + kHour);
  auto now = kStart + kHour;
  for (; site.served() != second.pem(); now += kHour) {
    REQUIRE(now < kStart + kDay * 3);
    site.pass(now);
  }
  CHECK(site.generations() == 2);
  for (; !site.binding().binding.previous.empty(); now += kHour) {
    REQUIRE(now < kStart + kDay * 9);
    CHECK(site.generations() == 2);
    site.pass(now);
  }
  CHECK(site.generations() == 1);
  CHECK(site.served() == second.pem());
}

TEST_CASE("served: what a pass that was killed left in the key store goes, without zones, too") {
  ServingSite site;
  const auto keys = site.config().keys;
  std::filesystem::create_directories(keys);
  const auto process = ::getpid();
  const auto left = keys / fmt::format("tls-mail-0123456789abcdef.pem.{}.0.tmp", process);
  const auto word = site.config().state / "serve" / fmt::format("mail.given.pem.{}.0.tmp", process);
  std::filesystem::create_directories(word.parent_path());
  for (const auto& file : {left, word}) write_text(file, "half");
  auto task = site.task(kStart + kHour);
  task.zones = {"zone.test."};
  good(engine::run_pass(task));
  for (const auto& file : {left, word}) CHECK_FALSE(std::filesystem::exists(file));
}

namespace {

/// `key` is not configured: it is in hardware, and services find it by themselves.
void leave_out_key(MailSite& site) {
  auto yaml = text_of(site.folder() / "danewerk.yaml");
  const std::string key = "key: live/privkey.pem, ";
  yaml.erase(yaml.find(key), key.size());
  const std::string head = "state: state\nkeys: keys\n";
  site.configure(yaml.substr(head.size()));
}

}  // namespace

TEST_CASE("served: a key that is no file is not served, and certificates of it are") {
  MailSite site;
  leave_out_key(site);
  const auto key = make_ec_key();
  const auto first = site.renew(key, kStart);
  CHECK_FALSE(site.pass(kStart).has_failures());
  CHECK(site.served() == first.pem());
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail" / "privkey.pem"));
  CHECK_FALSE(std::filesystem::exists(site.folder() / "served" / "mail" / "combined.pem"));
  const auto second = site.renew(key, kStart + kDay);
  CHECK_FALSE(site.pass(kStart + kDay).has_failures());
  CHECK(site.served() == second.pem());
}

TEST_CASE("served: services that read a key from there do not lose it when `key` is left out") {
  MailSite site;
  const auto first = site.renew(make_ec_key(), kStart);
  site.pass(kStart);
  site.pass(kStart + kDay);
  leave_out_key(site);
  site.renew(make_ec_key(), kStart + kDay);
  std::string said;
  for (auto now = kStart + kDay; now < kStart + 3 * kDay; now += kHour) {
    const auto report = site.pass(now);
    for (const auto& finding : report.bindings.front().findings.list()) said += to_text(finding);
  }
  CHECK_MESSAGE(said.find("has a key, and would have none") != std::string::npos, said);
  CHECK(site.served() == first.pem());
  CHECK(std::filesystem::exists(site.folder() / "served" / "mail" / "privkey.pem"));
}

}  // namespace danewerk::mail
