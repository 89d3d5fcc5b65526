/// \file
/// What an operator is told of a certificate, between passes under a moved clock.

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

TEST_CASE("tlsa request: what is served is said, whatever else a pass did") {
  AskedSite site;
  const auto first = site.settle();
  site.renew(first.key(), site.now);
  const auto report = site.go();
  CHECK(report.bindings.front().what.find("is served") != std::string::npos);
  CHECK(has(site.shown().at("history"), "is served: every version"));
}

TEST_CASE("tlsa request: a certificate that waits and whose key was overwritten is told of") {
  AskedSite site;
  const auto first = site.settle();
  site.renew(make_ec_key(), site.now);
  const auto lost = [&] {
    const auto report = site.go();
    return report.bindings.front().findings.count("ROLL-TLSA-NO-KEY");
  };
  CHECK(lost() == 0);
  site.renew(first.key(), site.now);
  CHECK(lost() == 1);
  CHECK(site.ask("roll", {{"abort", true}}).contains("done"));
  CHECK(lost() == 0);
}

TEST_CASE("tlsa request: in an emergency that chose security, a request's note promises no wait") {
  AskedSite site;
  site.settle();
  CHECK(site.ask("emergency", {{"kind", "key-stolen"}, {"choose", "security"}, {"confirm", true}})
            .contains("done"));
  CHECK(site.ask("next-key").contains("file"));
  site.go();
  const auto csr = site.ask("csr", {{"key", "next"}});
  CHECK(has(csr.at("notes"), "at once"));
  CHECK_FALSE(has(csr.at("notes"), "until about"));
}

}  // namespace danewerk::mail
