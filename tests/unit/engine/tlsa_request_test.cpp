/// \file
/// Requests of an operator about a certificate, between passes under a moved clock.

#include <sys/stat.h>

#include "crypto/certificate.h"
#include "tlsa/block.h"
#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

constexpr auto kTenMinutes = std::chrono::minutes(10);

std::string public_pem(const TestKey& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  REQUIRE(PEM_write_bio_PUBKEY(out.get(), key.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string id_of(const TestCertificate& certificate) {
  const auto blocks = tlsa::read_blocks(as_bytes(certificate.pem()));
  REQUIRE(blocks.has_value());
  return to_hex(tlsa::key_digest(blocks->front()));
}

}  // namespace

TEST_CASE("tlsa request: what cannot be understood is bad input, and changes nothing") {
  AskedSite site;
  site.settle();
  const auto before = site.binding();
  CHECK(site.ask("roll", {{"binding", "other"}}).at("code") == "bad-input");
  CHECK(site.ask("roll", {{"binding", 7}}).at("code") == "bad-input");
  CHECK(site.ask("next-key", {{"type", "dsa"}}).at("code") == "bad-input");
  CHECK(site.ask("next-key", {{"type", "p256"}, {"lost", true}}).at("code") == "bad-input");
  CHECK(site.ask("csr", {{"key", "other"}}).at("code") == "bad-input");
  CHECK(site.ask("what-if", {{"what", "flood"}}).at("code") == "bad-input");
  CHECK(site.ask("emergency", {{"kind", "fire"}}).at("code") == "bad-input");
  CHECK(site.ask("emergency", {{"kind", "key-stolen"}, {"choose", "run"}}).at("code") ==
        "bad-input");
  CHECK(site.ask("emergency", {{"kind", "issuer-compromised"}}).at("code") == "bad-input");
  CHECK(site.binding() == before);
}

TEST_CASE("tlsa request: nothing is done that the rules refuse") {
  AskedSite site;
  site.settle();
  const auto before = site.binding();
  for (const auto* what : {"adopt", "resume"}) {
    CHECK_MESSAGE(site.ask(what).at("code") == "refused", what);
  }
  CHECK(site.ask("roll", {{"abort", true}}).at("code") == "refused");
  CHECK(site.ask("next-key", {{"lost", true}}).at("code") == "refused");
  CHECK(site.ask("adopt", {{"drop_stale", true}}).at("code") == "refused");
  CHECK(site.ask("adopt", {{"confirm_issuer", true}}).at("code") == "refused");
  CHECK(site.ask("csr", {{"key", "next"}}).at("code") == "refused");
  CHECK(site.binding() == before);
}

TEST_CASE("tlsa request: a whole roll with a key that is made here (promise P2)") {
  AskedSite site;
  const auto first = site.settle();
  CHECK(has(site.ask("roll"), "ROLL-TLSA-NEXT-KEY"));
  CHECK(site.ask("roll").at("code") == "refused");
  const auto made = site.ask("next-key");
  REQUIRE(made.contains("file"));
  const auto file = made.at("file").get<std::string>();
  struct stat info{};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777U) == 0600);
  const auto key = key_from(text_of(file));
  const TestCertificate second(
      {.name = "mx1.zone.test", .from = site.now - kHour, .until = site.now + kDay * 90}, key,
      &site.authority.issuer);
  CHECK(made.at("key") == id_of(second));
  site.go();
  CHECK(site.tlsa() == records({{"3 1 1", &first}, {"3 1 1", &second}}));
  CHECK(site.shown().at("state") == "published");

  // A request for it: all names, by that key; and a word that it is early.
  const auto csr = site.ask("csr", {{"key", "next"}});
  CHECK(csr.at("names") == ordered_json::array({"mx1.zone.test"}));
  CHECK(csr.at("notes").size() == 1);
  const auto request = crypto::read_credentials(as_bytes(csr.at("csr").get<std::string>()));
  REQUIRE(request.has_value());
  CHECK(request->front().key_info ==
        tlsa::read_blocks(as_bytes(second.pem()))->front().credential.key_info);

  // The client has the certificate too early, and no key for it: it keeps its own.
  write_text(site.folder() / "live" / "fullchain.pem",
             second.pem() + site.authority.issuer.pem() + site.authority.cross.pem());
  CHECK_FALSE(site.go().has_failures());
  CHECK(site.served() == first.pem());
  site.wait(std::chrono::hours(5));
  CHECK(site.served() == second.pem());
  CHECK(site.served("privkey.pem") == text_of(file));
  CHECK(site.ask("csr", {{"key", "current"}}).at("key") == id_of(second));
  site.wait(kDay * 2);
  CHECK(site.tlsa() == records({{"3 1 1", &second}}));
  CHECK(site.shown().at("state") == "stable");
  CHECK(has(site.shown().at("history"), "tester"));
}

TEST_CASE("tlsa request: a key that was made here is set aside when key-retention is over") {
  AskedSite site;
  site.settle();
  site.ask("roll");
  const Path file = site.ask("next-key").at("file").get<std::string>();
  site.go();
  const TestCertificate second(
      {.name = "mx1.zone.test", .from = site.now - kHour, .until = site.now + kDay * 90},
      key_from(text_of(file)), &site.authority.issuer);
  site.hand_over(second, site.authority.issuer);
  site.wait(kDay);
  REQUIRE(site.served() == second.pem());
  const auto third = make_ec_key();
  site.renew(third, site.now);
  site.wait(kDay * 3);
  for (int day = 0; day < 80; ++day) {
    site.now += kDay;
    site.renew(third, site.now);
    site.go();
  }
  // After a long gap the clock may be wrong (design: time).
  site.now += kDay * 40;
  site.go();
  CHECK(std::filesystem::exists(file));
  site.wait(kHour);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(std::filesystem::exists(file.string() + ".removed"));
  CHECK(has(site.shown().at("history"), "out of use"));
}

TEST_CASE("tlsa request: a roll is turned back, and the record of the next key goes") {
  AskedSite site;
  const auto first = site.settle();
  site.ask("roll");
  const auto made = site.ask("next-key");
  site.go();
  CHECK(site.tlsa().size() == 2);
  CHECK(has(site.ask("roll", {{"abort", true}}), "given up"));
  site.go();
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
  CHECK_FALSE(std::filesystem::exists(made.at("file").get<std::string>()));
}

TEST_CASE("tlsa request: what was turned back from does not come again by itself") {
  AskedSite site;
  const auto first = site.settle();
  const auto second = site.renew(make_ec_key(), site.now);
  site.wait(std::chrono::hours(5));
  REQUIRE(site.served() == second.pem());
  const auto said = site.ask("roll", {{"abort", true}});
  CHECK(has(said, fmt::format("of key {} is to be served again", id_of(first).substr(0, 8))));
  CHECK(
      has(said, fmt::format("of key {} is served [ROLL-TLSA-DEPLOY]", id_of(first).substr(0, 8))));
  CHECK(site.ask("roll", {{"abort", true}}).at("code") == "refused");
  // The client's folder has it all the while.
  site.wait(std::chrono::hours(5));
  CHECK(site.served() == first.pem());
  const auto report = site.go();
  CHECK(std::ranges::any_of(report.bindings.front().findings.list(), [](const Finding& finding) {
    return finding.id == "ROLL-TLSA-TURNED-BACK";
  }));
  // Until somebody says otherwise.
  const auto third = site.renew(first.key(), site.now);
  site.go();
  CHECK(site.served() == third.pem());
}

TEST_CASE("tlsa request: a certificate that waits is sent away") {
  AskedSite site;
  const auto first = site.settle();
  site.renew(make_ec_key(), site.now);
  site.go();
  REQUIRE(site.tlsa().size() == 2);
  CHECK(site.ask("roll", {{"abort", true}}).contains("done"));
  site.wait(std::chrono::hours(5));
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
  CHECK(site.served() == first.pem());
}

TEST_CASE("tlsa request: of a standby key elsewhere only the public half is taken") {
  AskedSite site;
  const auto first = site.settle();
  const auto key = make_ec_key();
  const auto file = (site.folder() / "standby.pem").string();
  write_text(file, support::private_pem(key));
  CHECK(site.ask("next-key", {{"file", file}}).at("code") == "refused");
  write_text(file, public_pem(first.key()));
  CHECK(site.ask("next-key", {{"file", file}}).at("code") == "refused");
  write_text(file, "no key");
  CHECK(site.ask("next-key", {{"file", file}}).at("code") == "bad-input");
  write_text(file, public_pem(key));
  const auto taken = site.ask("next-key", {{"file", file}});
  REQUIRE_MESSAGE(taken.contains("done"), taken.dump());
  CHECK(taken.at("file").is_null());
  CHECK(site.ask("next-key").at("code") == "refused");
  CHECK(site.ask("csr", {{"key", "next"}}).at("code") == "refused");
  site.go();
  CHECK(site.tlsa().size() == 2);

  // Somebody else has it as well: its record goes, and it is never taken again.
  CHECK(site.ask("next-key", {{"lost", true}}).contains("done"));
  site.wait(std::chrono::hours(5));
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
  CHECK(site.ask("next-key", {{"file", file}}).at("code") == "refused");
  site.renew(key, site.now);
  CHECK(site.pass(site.now).has_failures());
  CHECK(site.served() == first.pem());
}

TEST_CASE("tlsa request: kinds of keys; the present kind when none is named") {
  AskedSite site;
  site.settle();
  const std::pair<const char*, const char*> kinds[] = {
      {"p384", "EC"}, {"ed25519", "ED25519"}, {"rsa2048", "RSA"}, {nullptr, "EC"}};
  for (const auto& [name, type] : kinds) {
    const auto made = site.ask(
        "next-key", name == nullptr ? ordered_json::object() : ordered_json{{"type", name}});
    REQUIRE_MESSAGE(made.contains("file"), made.dump());
    const auto read = tlsa::read_blocks(as_bytes(text_of(made.at("file").get<std::string>())));
    REQUIRE(read.has_value());
    CHECK(read->front().credential.key_type == type);
    CHECK(site.ask("roll", {{"abort", true}}).contains("done"));
  }
}

TEST_CASE("tlsa request: with key-policy next, a pass makes the standby key") {
  AskedSite site(", key-policy: next");
  const auto first = site.settle();
  CHECK(site.tlsa().size() == 2);
  CHECK(site.shown().at("state") == "ready");
  // The standby key needs no waiting when it is needed.
  const ordered_json stolen{{"kind", "key-stolen"}};
  const auto said = site.ask("emergency", stolen);
  CHECK(said.at("code") == "operator");
  REQUIRE(said.at("options").size() == 1);
  CHECK(said.at("options").at(0).at("choose") == "next");
  CHECK(said.at("options").at(0).at("outage_seconds") == 0);
  auto confirmed = stolen;
  confirmed["confirm"] = true;
  CHECK(has(site.ask("emergency", confirmed), "order its certificate"));
  const auto keys = site.shown().at("keys");
  const auto next =
      std::ranges::find_if(keys, [](const ordered_json& key) { return key.at("use") == "next"; });
  REQUIRE(next != keys.end());
  const TestCertificate second(
      {.name = "mx1.zone.test", .from = site.now - kHour, .until = site.now + kDay * 90},
      key_from(text_of(next->at("file").get<std::string>())), &site.authority.issuer);
  site.hand_over(second, site.authority.issuer);
  site.go();
  CHECK(site.served() == second.pem());
  CHECK_FALSE(site.tlsa().contains(tlsa::made::record("3 1 1", first).rdata()));
  site.wait(kDay * 2);
  CHECK(site.tlsa().size() == 2);  // and another one stands by
}

TEST_CASE("tlsa request: with a standby key, a roll is only a certificate away") {
  AskedSite site(", key-policy: next");
  site.settle();
  const auto reply = site.ask("roll");
  CHECK(has(reply, "order its certificate"));
  CHECK(site.ask("next-key").at("code") == "refused");
  CHECK(site.ask("csr", {{"key", "next"}}).at("notes").empty());
  // One that is lost is made anew by the pass, not by the operator.
  const auto lost = site.ask("next-key", {{"lost", true}});
  CHECK(has(lost, "next pass: a next key is made"));
  CHECK_FALSE(has(lost, "yours:"));
}

TEST_CASE("tlsa request: next-key: manual leaves the standby key to the operator") {
  AskedSite site(", key-policy: next, next-key: manual");
  const auto first = site.settle();
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
  const auto report = site.go();
  CHECK(report.bindings.front().waits_for_operator);
  const auto file = (site.folder() / "standby.pem").string();
  write_text(file, public_pem(make_ec_key()));
  CHECK(site.ask("next-key", {{"file", file}}).contains("done"));
  site.go();
  CHECK(site.tlsa().size() == 2);
}

TEST_CASE("tlsa request: an emergency says its exposure first, and is only done when confirmed") {
  AskedSite site;
  const auto first = site.settle();
  const auto before = site.binding();
  const ordered_json stolen{{"kind", "key-stolen"}};
  const auto said = site.ask("emergency", stolen);
  CHECK(said.at("code") == "operator");
  CHECK(said.at("options").size() == 2);
  CHECK(has(said, "refuse us for up to"));
  CHECK(site.binding() == before);
  auto confirmed = stolen;
  confirmed["confirm"] = true;
  CHECK(site.ask("emergency", confirmed).at("code") == "bad-input");  // which way?
  confirmed["choose"] = "next";
  const auto no_next = site.ask("emergency", confirmed);  // there is no next key
  CHECK(no_next.at("code") == "refused");
  CHECK(has(no_next, "emergency mail --stolen shows"));
  CHECK(site.binding() == before);

  confirmed["choose"] = "availability";
  CHECK(site.ask("emergency", confirmed).contains("done"));
  const auto made = site.ask("next-key");
  REQUIRE(made.contains("file"));
  site.wait(std::chrono::hours(5));
  CHECK(site.served() == first.pem());
  CHECK(has(site.shown().at("waits"), "ROLL-TLSA-ORDER"));
  const TestCertificate second(
      {.name = "mx1.zone.test", .from = site.now - kHour, .until = site.now + kDay * 90},
      key_from(text_of(made.at("file").get<std::string>())), &site.authority.issuer);
  site.hand_over(second, site.authority.issuer);
  site.go();
  CHECK(site.served() == second.pem());
  CHECK(site.tlsa() == records({{"3 1 1", &second}}));
}

TEST_CASE("tlsa request: the records of an issuer that is not to be trusted go at once") {
  AskedSite site(", records: [3 1 1, 2 1 1]");
  const auto first = site.settle();
  REQUIRE(site.tlsa().size() == 3);
  const auto file = (site.folder() / "issuer.pem").string();
  write_text(file, site.authority.issuer.pem());
  const ordered_json bad{{"kind", "issuer-compromised"}, {"issuer", file}};
  // A server's certificate is no issuer's; of an issuer that no record names there is nothing to
  // withdraw. Neither is remembered.
  const auto before = site.binding();
  const auto refused = [&](const std::string& pem, const std::string& why) {
    write_text(file, pem);
    for (const bool is_confirmed : {false, true}) {
      auto asked = bad;
      if (is_confirmed) asked["confirm"] = true;
      const auto said = site.ask("emergency", asked);
      CHECK(said.at("code") == "refused");
      CHECK(has(said, why));
    }
  };
  refused(first.pem(), "is no issuer's");
  refused(first.pem() + site.authority.issuer.pem(), "is no issuer's");
  refused(TestAuthority::make("Stranger", nullptr).pem(), "no record that is published");
  CHECK(site.binding() == before);
  write_text(file, site.authority.issuer.pem());
  CHECK(site.ask("emergency", bad).at("options").size() == 1);
  auto confirmed = bad;
  confirmed["confirm"] = true;
  CHECK(site.ask("emergency", confirmed).contains("done"));
  site.go();
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
}

TEST_CASE("tlsa request: the author's records are taken over without a change") {
  const auto key = make_ec_key();
  const TestCertificate like({.name = "mx1.zone.test"}, key, nullptr);
  const auto record = tlsa::made::record("3 1 1", like).rdata_text();
  AskedSite site("", "_25._tcp.mx1 TLSA " + record + "\n_25._tcp.mx1 TLSA 3 1 1 " +
                         std::string(64, 'a') + "\n");
  const auto leaf = site.renew(key, site.now);
  site.go();
  site.go();
  CHECK(site.shown().at("state") == "hold");
  const auto before = site.tlsa();
  CHECK(before.size() == 2);
  CHECK(site.ask("adopt").contains("done"));
  site.wait(std::chrono::hours(1));
  CHECK(site.tlsa() == before);
  CHECK(site.served() == leaf.pem());
  CHECK(site.ask("adopt").at("code") == "refused");
  // What matches nothing goes when the author has let go of it as well.
  site.write_zone("");
  CHECK(site.ask("adopt", {{"drop_stale", true}}).contains("done"));
  site.wait(std::chrono::hours(5));
  CHECK(site.tlsa() == records({{"3 1 1", &leaf}}));
}

TEST_CASE("tlsa request: an issuer that nobody knows is let in by name") {
  AskedSite site(", records: [3 1 1, 2 1 1]");
  const auto key = make_ec_key();
  site.settle(key);
  const auto stranger = TestAuthority::make("Stranger", nullptr);
  const auto second = site.renew(key, site.now, &stranger);
  site.wait(std::chrono::hours(5));
  CHECK(site.served() != second.pem());
  CHECK(site.ask("adopt", {{"confirm_issuer", true}}).contains("done"));
  site.wait(std::chrono::hours(5));
  CHECK(site.served() == second.pem());
}

TEST_CASE("tlsa request: DANE is stopped safely, and begun again") {
  AskedSite site;
  const auto first = site.settle();
  CHECK(site.ask("stop").contains("done"));
  CHECK(site.ask("stop").at("code") == "refused");
  site.go();
  CHECK(site.tlsa().empty());
  CHECK(site.shown().at("state") == "stopping");
  site.wait(std::chrono::hours(5));
  CHECK(site.shown().at("state") == "off");
  CHECK(site.ask("resume").contains("done"));
  site.go();
  CHECK(site.tlsa() == records({{"3 1 1", &first}}));
}

TEST_CASE("tlsa request: a plan says when a roll ends, and it ends then") {
  AskedSite site;
  const auto first = site.settle();
  const auto imagined = site.ask("what-if", {{"what", "new-key"}});
  REQUIRE_MESSAGE(imagined.contains("verdict"), imagined.dump());
  CHECK(imagined.at("verdict") == "staged");
  CHECK(has(imagined.at("at_risk"), "3 1 1"));
  CHECK(has(imagined.at("waits"), "ROLL-TLSA-GATE"));
  const auto foretold = good(parse_instant(imagined.at("served_at").get<std::string>()));
  CHECK(foretold == site.now + kPropagation + 2 * seconds(kHour) + std::chrono::minutes(5));

  const auto second = site.renew(make_ec_key(), site.now);
  site.go();
  const auto plan = site.ask("plan").at("bindings").at(0).at("events");
  CHECK(has(plan, "is served"));
  CHECK(has(plan, to_text(foretold)));
  for (auto now = site.now; now < foretold; now += kTenMinutes) site.pass(now);
  CHECK(site.served() == first.pem());
  site.pass(foretold);
  CHECK(site.served() == second.pem());
}

TEST_CASE("tlsa request: what if the key is stolen: each way out, with its moment") {
  AskedSite site;
  site.settle();
  const auto before = site.binding();
  const auto reply = site.ask("what-if", {{"what", "stolen"}});
  REQUIRE(reply.at("options").size() == 2);
  const auto& patient = reply.at("options").at(0);
  const auto& hasty = reply.at("options").at(1);
  CHECK(patient.at("choose") == "availability");
  CHECK(good(parse_instant(patient.at("replaced_at").get<std::string>())) > site.now + kHour);
  CHECK(hasty.at("choose") == "security");
  CHECK(hasty.at("replaced_at") == to_text(site.now));
  CHECK(has(hasty.at("events"), "some clients refuse it until"));
  CHECK(site.binding() == before);
}

TEST_CASE("tlsa request: what if another issuer comes: it waits for the operator's word") {
  AskedSite site(", records: [3 1 1, 2 1 1]");
  const auto first = site.settle();
  const auto reply = site.ask("what-if", {{"what", "new-issuer"}});
  CHECK(reply.at("verdict") == "staged");
  // Unless somebody vouches for it: on the key's record alone, when the gate cannot open two hours
  // before what is served ends any more.
  const auto gate =
      good(parse_instant(reply.at("at_risk").at("until").get<std::string>())) - site.now;
  CHECK(reply.at("served_at") == to_text(kStart + kDay * 90 - 2 * kHour - gate));
  CHECK(has(reply.at("events"), "some clients refuse it"));
  CHECK(has(reply.at("waits"), "ROLL-TLSA-ISSUER"));
  // What does not exist has no digest to be looked for.
  CHECK(has(reply.at("waits"), "2 1 1 of its issuer"));
  CHECK(has(reply.at("waits"), "tlsa adopt mail --confirm-issuer"));
  CHECK(site.ask("what-if", {{"what", "renew"}}).at("verdict") == "served");
}

TEST_CASE("tlsa request: with pin-key, another key is refused beforehand") {
  AskedSite site(", pin-key: true");
  site.settle();
  const auto reply = site.ask("what-if", {{"what", "new-key"}});
  CHECK(reply.at("verdict") == "refused");
  CHECK(has(reply.at("waits"), "ROLL-TLSA-PINNED"));
}

TEST_CASE("tlsa request: a certificate is listed with all that holds it up") {
  AskedSite site;
  const auto first = site.settle();
  const auto row = site.ask("list").at("bindings").at(0);
  CHECK(row.at("binding") == "mail");
  CHECK(row.at("state") == "stable");
  CHECK(row.at("key") == id_of(first));
  CHECK(row.at("records") == 1);
  site.renew(make_ec_key(), site.now);
  site.go();
  const auto shown = site.shown();
  CHECK(shown.at("staged").size() == 1);
  CHECK(shown.at("owners").at(0).at("owner") == "_25._tcp.mx1.zone.test.");
  CHECK(shown.at("owners").at(0).at("versions").size() == 2);
  CHECK_FALSE(shown.at("owners").at(0).at("versions").at(0).at("held_until").is_null());
  CHECK(has(shown.at("waits"), "ROLL-TLSA-GATE"));
}

}  // namespace danewerk::mail
