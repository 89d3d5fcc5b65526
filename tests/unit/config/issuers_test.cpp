#include "config/issuers.h"

#include <doctest/doctest.h>

#include "support/scoped_folder.h"

namespace danewerk::config {
namespace {

const std::string kDigest(64, 'a');

std::string file_with(const std::string& entry) {
  return "authority: Tests\nissuers:\n  - " + entry;
}

std::string entry_text() {
  return "name: One\n    role: issuer\n    family: ecdsa\n    state: backup\n    spki-sha256: " +
         kDigest +
         "\n    from: somewhere\n    certificate: |\n      -----BEGIN CERTIFICATE-----\n      "
         "AAAA\n"
         "      -----END CERTIFICATE-----\n";
}

TEST_CASE("issuers: an entry has its authority, its words and its certificate") {
  const auto read = read_issuers_text(file_with(entry_text()), "/here/issuers.yaml");
  CHECK(read.findings.empty());
  REQUIRE(read.issuers.size() == 1);
  const auto& issuer = read.issuers.front();
  CHECK(issuer.name == "One");
  CHECK(issuer.authority == "Tests");
  CHECK(issuer.state == model::IssuerState::kBackup);
  CHECK(issuer.family == model::KeyFamily::kEcdsa);
  CHECK(issuer.key_digest == Bytes(32, 0xaa));
  CHECK(issuer.provenance == "somewhere");
  CHECK(issuer.pem.find("AAAA\n") != std::string::npos);
  CHECK(issuer.place.line == 3);
}

TEST_CASE("issuers: an entry with a fault is left out, with its place; the others stay") {
  struct Row {
    const char* what;
    const char* from;
    const char* to;
    const char* id;
  };
  const Row rows[] = {
      {"role", "role: issuer", "role: boss", "CONFIG-VALUE"},
      {"family", "family: ecdsa", "family: dsa", "CONFIG-VALUE"},
      {"state", "state: backup", "state: asleep", "CONFIG-VALUE"},
      {"no state", "    state: backup\n", "", "CONFIG-KEY-MISSING"},
      {"digest", "aaaaaaaaaaaaaaaa", "zz", "CONFIG-VALUE"},
      {"no certificate", "CERTIFICATE", "NONSENSE", "CONFIG-VALUE"},
      {"unknown key", "from:", "form:", "CONFIG-KEY-UNKNOWN"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto bad = entry_text();
    bad.replace(bad.find(row.from), std::string(row.from).size(), row.to);
    const auto read =
        read_issuers_text(file_with(bad) + "  - " + entry_text(), "/here/issuers.yaml");
    CHECK(read.findings.count(row.id) == 1);
    CHECK(read.findings.list().front().place.line > 0);
    CHECK(read.issuers.size() == 1);
  }
  CHECK(read_issuers_text("issuers:\n  - " + entry_text(), "/x")
            .findings.count("CONFIG-KEY-MISSING") == 1);
  CHECK(read_issuers_text("authority: x\n", "/x").findings.has_errors());
  CHECK(read_issuers_text("issuers: [", "/x").findings.has_errors());
}

TEST_CASE("issuers: a file that others can write is not read, nor one that is not there") {
  const support::ScopedFolder folder;
  support::write_text(folder / "mine.yaml", file_with(entry_text()));
  support::write_text(folder / "open.yaml", file_with(entry_text()), 0666);
  CHECK(read_issuers(folder / "mine.yaml").issuers.size() == 1);
  CHECK(read_issuers(folder / "open.yaml").findings.count("CONFIG-ACCESS") == 1);
  CHECK(read_issuers(folder / "none.yaml").findings.count("CONFIG-UNREADABLE") == 1);
  const auto both = read_all_issuers({folder / "mine.yaml", folder / "mine.yaml"});
  CHECK(both.issuers.size() >= 2);
}

}  // namespace
}  // namespace danewerk::config
