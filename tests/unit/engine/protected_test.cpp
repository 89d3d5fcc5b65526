/// \file
/// From when on clients are protected, as `tlsa show` and a pass tell it (RFC 7672 section 2.2.1).

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

TEST_CASE("tlsa show: protected when the denial ran out, and not without a DS") {
  AskedSite site;
  SUBCASE("nobody looks for the DS") {
    site.settle();
    const auto owner = site.shown().at("owners").at(0);
    CHECK(owner.at("protected") == false);
    CHECK(has(owner.at("insecure"), "parents: none"));
  }
  SUBCASE("the operator saw it") {
    const auto bound = text_of(site.folder() / "danewerk.yaml");
    const auto text = bound.substr(bound.find("issuers:"));
    site.configure(text.substr(0, text.find("certificates:")));
    site.wait(kDay);
    for (const auto& key : site.state_of("zone.test.").ring.keys) {
      if (!key.owns(model::KeyRecord::kDs)) continue;
      const auto reply = engine::dispatch(
          {.config = &site.config(), .now = site.now, .who = "tester", .wait = seconds(0)},
          {{"request", "key-ds-seen"}, {"zone", "zone.test."}, {"key", key.id}});
      REQUIRE_MESSAGE(!reply.contains("error"), reply.dump());
    }
    site.configure(text);
    site.renew(make_ec_key(), site.now);
    const auto published = site.now;
    site.go();
    const auto owner = site.shown().at("owners").at(0);
    CHECK(owner.at("insecure").is_null());
    CHECK(owner.at("protected") == false);
    const auto from = published + kPropagation + seconds(1800) + std::chrono::minutes(5);
    CHECK(owner.at("protected_from") == to_text(from));
    site.wait(2 * kHour);
    CHECK(site.shown().at("owners").at(0).at("protected") == true);
  }
  SUBCASE("not signed") {
    const auto bound = text_of(site.folder() / "danewerk.yaml");
    auto text = bound.substr(bound.find("issuers:"));
    text.replace(text.find("ed25519"), 7, "none");
    site.configure(text);
    site.renew(make_ec_key(), site.now);
    const auto report = site.go();
    CHECK(report.bindings.front().findings.count("BINDING-NO-DS") == 1);
  }
}

}  // namespace danewerk::mail
