/// \file
/// A root that records name and the client does not leave: we serve it from the catalogue.

#include "unit/engine/asked_site.h"

namespace danewerk::mail {

namespace {

/// The author's zone names the root, as sites did before their signer knew of certificates.
class RootSite : public AskedSite {
 public:
  explicit RootSite(const std::string& forms = "3 1 1, 2 1 1")
      : AskedSite(", records: [" + forms + "]") {
    write_issuers({&authority.issuer, &authority.second_issuer, &authority.root});
    write_zone(fmt::format("_25._tcp.mx1 TLSA {}\n",
                           tlsa::made::record("2 1 1", authority.root).rdata_text()));
    renew_alone();
  }

  /// As authorities have it: the root is not sent.
  void renew_alone(const TestCertificate* issuer = nullptr) {
    const auto& above = issuer == nullptr ? authority.issuer : *issuer;
    leaf = renew(key, now, &above);
    write_text(folder() / "live" / "fullchain.pem", leaf.pem() + above.pem());
  }

  [[nodiscard]] bool serves(std::initializer_list<const TestCertificate*> chain) const {
    std::string pem;
    for (const auto* one : chain) pem += one->pem();
    return served("fullchain.pem") == pem;
  }
  [[nodiscard]] std::size_t found(const engine::RunReport& report, std::string_view id) const {
    return report.bindings.front().findings.count(id);
  }

  TestKey key = make_ec_key();
  TestCertificate leaf = authority.server();
};

}  // namespace

TEST_CASE("root: what a record names is served with the chain (RFC 7671 section 5.2.2)") {
  RootSite site;
  site.go();
  site.ask("adopt");
  site.wait(kDay);
  CHECK(site.serves({&site.leaf, &site.authority.issuer, &site.authority.root}));
  CHECK(site.tlsa() == records({{"3 1 1", &site.leaf},
                                {"2 1 1", &site.authority.issuer},
                                {"2 1 1", &site.authority.root}}));
  CHECK(site.shown().at("issuers").at("missing").empty());
  // The other issuer comes: the root above both is named already.
  site.renew_alone(&site.authority.second_issuer);
  site.go();
  CHECK(site.serves({&site.leaf, &site.authority.second_issuer, &site.authority.root}));
  const auto remembered = site.binding();
  site.wait(kHour);
  CHECK(site.binding().appended_roots == remembered.appended_roots);
  CHECK(remembered.appended_roots.size() == 1);
}

TEST_CASE("root: another certificate of it than before waits for the operator's word") {
  RootSite site;
  site.go();
  site.ask("adopt");
  site.wait(kDay);
  const TestCertificate renewed({.name = "Root",
                                 .role = support::TestRole::kAuthority,
                                 .until = TestAuthority::kUntil + kDay},
                                site.authority.root.key(), nullptr);
  site.write_issuers({&site.authority.issuer, &renewed});
  site.renew_alone();
  CHECK(site.found(site.go(), "BINDING-ROOT") == 1);
  CHECK(site.serves({&site.leaf, &site.authority.issuer}));  // its issuer's record is enough
  CHECK(site.ask("adopt", {{"confirm_issuer", true}}).contains("done"));
  CHECK(site.found(site.go(), "BINDING-ROOT") == 0);
  CHECK(site.serves({&site.leaf, &site.authority.issuer, &renewed}));
}

TEST_CASE("root: one that is not asked for by `records` goes, and is sent as long as it is held") {
  RootSite site("3 1 1");
  site.go();
  site.ask("adopt");
  site.go();
  CHECK(site.serves({&site.leaf, &site.authority.issuer, &site.authority.root}));
  site.wait(kDay * 2);
  CHECK(site.tlsa() == records({{"3 1 1", &site.leaf}}));
  CHECK(site.serves({&site.leaf, &site.authority.issuer}));
}

TEST_CASE("root: that nobody names, or that the client sends, is not appended") {
  RootSite site;
  site.write_zone("");
  site.go();
  site.wait(kDay);
  CHECK(site.serves({&site.leaf, &site.authority.issuer}));
  CHECK(site.binding().appended_roots.empty());
  RootSite sent;
  write_text(sent.folder() / "live" / "fullchain.pem",
             sent.leaf.pem() + sent.authority.issuer.pem() + sent.authority.cross.pem());
  sent.go();
  sent.ask("adopt");
  sent.wait(kDay);
  // The key is there already: a record with selector 1 asks for no more.
  CHECK(sent.serves({&sent.leaf, &sent.authority.issuer, &sent.authority.cross}));
  CHECK(sent.binding().appended_roots.empty());
}

}  // namespace danewerk::mail
