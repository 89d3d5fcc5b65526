/// \file
/// Keys of the configuration that say how careful the gates are: what each changes in whole passes.

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

constexpr seconds kStep = std::chrono::minutes(5);

/// How long a new key waits after it was first seen, in whole steps.
seconds wait_of_new_key(const std::string& keys) {
  AskedSite site(keys);
  site.settle();
  const auto begun = site.now;
  const auto second = site.renew(make_ec_key(), begun);
  site.go();
  while (site.served() != second.pem()) {
    REQUIRE(site.now < begun + kDay * 3);
    site.now += kStep;
    // Without the witness, whose resolvers keep records for one TTL.
    site.ManagedSite::pass(site.now);
  }
  return site.now - begun;
}

/// What a pass after a renewal with a new key serves, and by which rule.
std::string rule_of_new_key(const std::string& keys) {
  AskedSite site(", records: [3 1 1, 2 1 1]" + keys);
  site.settle();
  const auto second = site.renew(make_ec_key(), site.now);
  site.ManagedSite::pass(site.now);
  if (site.served() != second.pem()) return {};
  const auto shown = site.shown();
  const auto& incident = shown.at("incidents").back();
  const auto rule = incident.at("rule").get<std::string>();
  CHECK(has(shown.at("history"), rule));
  CHECK(incident.at("open") == true);
  return rule;
}

seconds way_back_of(const std::string& keys) {
  AskedSite site(keys);
  site.settle();
  site.renew(make_ec_key(), site.now);
  site.go();
  while (site.binding().binding.previous.empty()) {
    REQUIRE(site.now < kStart + kDay * 3);
    site.now += kStep * 2;
    site.go();
  }
  const auto begun = site.now;
  while (!site.binding().binding.previous.empty()) {
    REQUIRE(site.now < begun + kDay * 9);
    site.now += kHour;
    site.go();
  }
  return site.now - begun;
}

const seconds kTtl{kHour};
const seconds kMargin = std::chrono::minutes(5);

}  // namespace

TEST_CASE("care: ttl-factor and margin say how long a version may be held (RFC 7671 section 8.1)") {
  CHECK(wait_of_new_key("") == kPropagation + 2 * kTtl + kMargin);
  CHECK(wait_of_new_key(", ttl-factor: 1") == kPropagation + kTtl + kMargin);
  CHECK(wait_of_new_key(", ttl-factor: 4") == kPropagation + 4 * kTtl + kMargin);
  CHECK(wait_of_new_key(", margin: 0s") == kPropagation + 2 * kTtl);
  CHECK(wait_of_new_key(", margin: 3h") == kPropagation + 5 * kTtl);
}

TEST_CASE("care: of certificates that share an owner the most careful word counts") {
  const std::string other =
      ", ttl-factor: 1}\n  web: {certificate: live/fullchain.pem, key: live/privkey.pem, services: "
      "[{service: \"mx1.zone.test:25/smtp\", probe: none}], ttl-factor: 4, margin: 10m";
  CHECK(wait_of_new_key(other) == kPropagation + 4 * kTtl + 2 * kMargin);
}

TEST_CASE("care: the most careful word counts when the author adds a record meanwhile, too") {
  AskedSite site(
      ", ttl-factor: 1}\n  web: {certificate: live/fullchain.pem, key: live/privkey.pem, services: "
      "[{service: \"mx1.zone.test:25/smtp\", probe: none}], ttl-factor: 4, margin: 10m");
  const auto key = make_ec_key();
  site.settle(key);
  const auto begun = site.now;
  site.renew(make_ec_key(), begun);
  site.ManagedSite::pass(site.now);
  site.now = begun + kPropagation + 2 * kTtl;
  site.ManagedSite::pass(site.now);
  site.write_zone("_25._tcp.mx1 TLSA 3 1 1 " + std::string(64, '1') + "\n");
  site.now += kStep;
  const auto third = site.renew(key, site.now);
  site.ManagedSite::pass(site.now);
  site.ManagedSite::pass(site.now + seconds(1));
  CHECK(site.served() == third.pem());
  // With the first key's record alone, with the second's, and with the author's.
  const auto versions = site.shown().at("owners").at(0).at("versions");
  CHECK(versions.size() == 3);
  CHECK(versions.back().at("made") == to_text(site.now));
}

TEST_CASE(
    "care: gate: relaxed serves what some record of each version matches, and writes it down") {
  CHECK(rule_of_new_key("").empty());
  CHECK(rule_of_new_key(", gate: relaxed") == "ROLL-TLSA-RELAXED");
}

TEST_CASE("care: new-key: at-once serves on the issuer's record, where the key changes anyway") {
  CHECK(rule_of_new_key(", key-policy: any").empty());
  CHECK(rule_of_new_key(", key-policy: any, new-key: at-once") == "ROLL-TLSA-FAST");
}

TEST_CASE("care: rollback says how long what was served before may come back") {
  CHECK(way_back_of("") >= kDay);
  CHECK(way_back_of("") <= kDay + kHour);
  CHECK(way_back_of(", rollback: 3d") >= kDay * 3);
  const auto least = way_back_of(", rollback: 0s");
  CHECK(least >= 2 * kTtl);
  CHECK(least <= 3 * kTtl);
}

TEST_CASE("care: a lower ttl is published at once, and old copies count with their own TTL") {
  for (const auto& lead : {seconds(0), seconds(kDay)}) {
    AskedSite site;
    site.settle();
    auto text = text_of(site.folder() / "danewerk.yaml");
    text = text.substr(text.find("issuers:"));
    site.configure(text.replace(text.find("ttl: 1h"), 7, "ttl: 5m"));
    site.go();
    CHECK(site.shown().at("owners").at(0).at("versions").back().at("ttl") == 300);
    site.now += lead;
    const auto begun = site.now;
    const auto second = site.renew(make_ec_key(), begun);
    // Without the witness, who takes every TTL for an hour.
    site.ManagedSite::pass(site.now);
    while (site.served() != second.pem()) {
      REQUIRE(site.now < begun + kDay);
      site.now += kStep;
      site.ManagedSite::pass(site.now);
    }
    // With the lower TTL known everywhere, a roll waits for that one alone.
    const auto longest = lead == seconds(0) ? kTtl : seconds(std::chrono::minutes(5));
    CHECK(site.now - begun == kPropagation + 2 * longest + kMargin);
  }
}

TEST_CASE("care: what is not as usual is shown") {
  AskedSite usual;
  usual.settle();
  CHECK(usual.shown().at("unusual").empty());
  CHECK(usual.shown().at("care").at("ttl_factor") == 2);
  AskedSite site(
      ", key-policy: any, records: [3 1 1, 2 1 1], ttl-factor: 1, margin: 30s, gate: relaxed, "
      "new-key: at-once, rollback: 2d");
  site.settle();
  CHECK(site.shown().at("unusual").dump() ==
        R"(["ttl-factor: 1","margin: 30s","gate: relaxed","new-key: at-once","rollback: 2d"])");
  CHECK(site.shown().at("care").at("margin") == 30);
}

TEST_CASE("care: a next key that cannot be kept is told, and made when it can") {
  AskedSite site(", key-policy: next");
  site.go();  // makes the keys of the zone
  site.renew(make_ec_key(), site.now);
  const auto keys = site.folder() / "keys";
  const auto next = [&] {
    return site.binding().binding.key_of(model::BindingKeyUse::kNext) != nullptr;
  };
  constexpr auto kOthersRead = std::filesystem::perms::others_read;
  std::filesystem::permissions(keys, kOthersRead, std::filesystem::perm_options::add);
  std::size_t told = 0;
  for (const auto end = site.now + kDay; site.now < end; site.now += kHour) {
    told += site.pass(site.now).bindings.front().findings.count("BINDING-NEXT-KEY");
  }
  CHECK(told != 0);
  CHECK_FALSE(next());
  std::filesystem::permissions(keys, kOthersRead, std::filesystem::perm_options::remove);
  site.wait(kDay);
  CHECK(next());
}

}  // namespace danewerk::mail
