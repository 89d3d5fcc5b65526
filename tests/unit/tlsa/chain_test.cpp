#include "tlsa/chain.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "unit/tlsa/made_chain.h"

namespace danewerk::tlsa {
namespace {

// NOLINTNEXTLINE(google-build-using-namespace): what tests of chains are written in
using namespace made;

struct Files {
  TestAuthority authority;
  TestCertificate leaf = authority.server();
  std::string key = support::private_pem(leaf.key());
};

TEST_CASE("chain: fullchain.pem and its key make a chain, with nothing to say") {
  const Files files;
  const auto made =
      read(pem_of({&files.leaf, &files.authority.issuer, &files.authority.cross}), files.key);
  REQUIRE(made.chain);
  CHECK(made.findings.empty());
  CHECK(made.chain->line == 3);
  CHECK(made.chain->leaf().certificate == files.leaf.der());
  REQUIRE(made.chain->issuer() != nullptr);
  CHECK(made.chain->issuer()->certificate == files.authority.issuer.der());
  CHECK(made.chain->octets().size() == 3);
}

TEST_CASE("chain: leaf and issuers may come in files of their own, and without a key") {
  const Files files;
  const auto leaf = files.leaf.pem();
  const auto rest = files.authority.issuer.pem();
  const auto made =
      read_chain({.certificates = {{"cert.pem", as_bytes(leaf)}, {"chain.pem", as_bytes(rest)}}});
  REQUIRE(made.chain);
  CHECK(made.findings.empty());
  CHECK(made.chain->line == 2);
}

TEST_CASE("chain: a chain out of order is put in order") {
  const Files files;
  const auto text = pem_of({&files.authority.cross, &files.authority.issuer, &files.leaf});
  for (const auto& key : {files.key, std::string()}) {
    const auto made = read(text, key);
    REQUIRE(made.chain);
    CHECK(made.findings.count("TLSA-CHAIN-ORDER") == 1);
    CHECK_FALSE(made.findings.has_errors());
    CHECK(to_pem(*made.chain) ==
          pem_of({&files.leaf, &files.authority.issuer, &files.authority.cross}));
  }
}

TEST_CASE("chain: duplicates go, and so does what signed nothing in it") {
  const Files files;
  const auto stranger = TestAuthority::make("Stranger", nullptr);
  const auto made = read(pem_of({&files.leaf, &files.leaf, &stranger, &files.authority.issuer,
                                 &files.authority.issuer, &files.authority.second_issuer}));
  REQUIRE(made.chain);
  CHECK(made.findings.count("TLSA-CHAIN-DUPLICATE") == 2);
  CHECK(made.findings.count("TLSA-CHAIN-UNRELATED") == 2);
  CHECK(to_pem(*made.chain) == pem_of({&files.leaf, &files.authority.issuer}));
}

TEST_CASE("chain: another way up is kept behind the chain") {
  const Files files;
  const auto made = read(pem_of({&files.leaf, &files.authority.issuer, &files.authority.cross,
                                 &files.authority.root, &files.authority.other_root}));
  REQUIRE(made.chain);
  CHECK_FALSE(made.findings.has_errors());
  CHECK(made.chain->line == 4);  // leaf, issuer, cross, the old root
  CHECK(made.chain->certificates.size() == 5);
  CHECK(made.chain->certificates.back().certificate == files.authority.root.der());
}

TEST_CASE("chain: a key that is another one's is an error, and so are several") {
  const Files files;
  const auto other = support::private_pem(support::make_ec_key());
  const auto text = pem_of({&files.leaf, &files.authority.issuer});
  for (const auto& key : {other, files.key + other, files.leaf.pem()}) {
    const auto made = read(text, key);
    CHECK_FALSE(made.chain);
    CHECK(made.findings.count("TLSA-CHAIN-KEY") == 1);
  }
  CHECK(read(text + other).findings.count("TLSA-CHAIN-KEY") == 1);
  CHECK(read(text + files.key).chain);
}

TEST_CASE("chain: of two servers' certificates the key decides") {
  const Files files;
  const auto other = files.authority.server({.name = "mx2.example.org"});
  const auto made = read(pem_of({&other, &files.leaf, &files.authority.issuer}), files.key);
  REQUIRE(made.chain);
  CHECK(made.chain->leaf().certificate == files.leaf.der());
  CHECK(made.findings.count("TLSA-CHAIN-UNRELATED") == 1);
}

TEST_CASE("chain: authorities alone are no chain of a server") {
  const Files files;
  const auto text = pem_of({&files.authority.issuer, &files.authority.cross});
  for (const auto& key : {files.key, std::string()}) {
    const auto made = read(text, key);
    CHECK_FALSE(made.chain);
    CHECK(made.findings.count("TLSA-CHAIN-NO-LEAF") == 1);
  }
}

TEST_CASE("chain: an authority's certificate as the server's own is refused but for a lone one") {
  const Files files;
  const auto alone = TestAuthority::make("mx1.example.org", nullptr);
  const auto made = read(alone.pem(), support::private_pem(alone.key()));
  REQUIRE(made.chain);
  CHECK(made.findings.count("TLSA-CHAIN-CA-LEAF") == 1);
  // The same without its key, as the state remembers it.
  CHECK(read(alone.pem()).chain);
  const auto issuer_key = support::private_pem(files.authority.issuer.key());
  const auto refused = read(pem_of({&files.authority.issuer, &files.authority.cross}), issuer_key);
  CHECK_FALSE(refused.chain);
  CHECK(refused.findings.count("TLSA-CHAIN-CA-LEAF") == 1);
}

TEST_CASE("chain: nothing, halves and noise are findings, not crashes") {
  const Files files;
  CHECK(read_chain({}).findings.count("TLSA-CHAIN-EMPTY") == 1);
  CHECK(read(files.key).findings.count("TLSA-CHAIN-EMPTY") == 1);
  const auto text = pem_of({&files.leaf, &files.authority.issuer});
  for (const auto& damaged :
       {std::string(), std::string("\n"), text.substr(0, text.size() / 2),
        text.substr(0, text.size() - 10), std::string("-----BEGIN CERTIFICATE-----\n")}) {
    CAPTURE(damaged);
    const auto made = read(damaged);
    CHECK_FALSE(made.chain);
    CHECK(made.findings.count("TLSA-CHAIN-UNREADABLE") == 1);
  }
  CHECK(read(text, "noise").findings.count("TLSA-CHAIN-UNREADABLE") == 1);
}

/// The line that the only finding names, or 0 when the chain was read or nothing of the kind said.
std::uint32_t damaged_line(const ReadChain& made) {
  const auto& all = made.findings.list();
  if (made.chain || all.size() != 1 || all.front().id != "TLSA-CHAIN-UNREADABLE") return 0;
  if (all.front().message.find("damaged") == std::string::npos) return 0;
  return all.front().place.line;
}

TEST_CASE("chain: a line that is almost one of PEM's makes the file damaged") {
  using namespace std::string_literals;
  const Files files;
  const auto leaf = files.leaf.pem();
  const auto issuer = files.authority.issuer.pem();
  const auto line = static_cast<std::uint32_t>(std::ranges::count(leaf, '\n')) + 1;
  for (const auto& junk : {"\0"s, " "s, "\t"s, "x"s, "\xef\xbb\xbf"s, "-"s, "\r"s}) {
    CAPTURE(junk);
    CHECK(damaged_line(read(leaf + junk + issuer)) == line);
  }
  CHECK(damaged_line(read(leaf + "\n \0\n"s + issuer)) == line + 1);
  CHECK(damaged_line(read(leaf + "-----BEGIN CERTIFICATE----\n" + issuer.substr(28))) == line);
  CHECK(damaged_line(read(leaf + "-----BEGINCERTIFICATE-----\n" + issuer.substr(28))) == line);
  CHECK(damaged_line(read(leaf + issuer.substr(28))) > line);      // an end without a beginning
  CHECK(damaged_line(read(leaf + issuer.substr(0, 28))) == line);  // and the other way round
  CHECK(damaged_line(read(leaf + "-----BEG")) == line);            // cut short
  const auto end = leaf.find("-----END");
  CHECK(damaged_line(read(leaf.substr(0, end) + issuer)) == line - 1);
  CHECK(damaged_line(read(leaf.substr(0, end) + " " + leaf.substr(end))) == line - 1);
  CHECK(damaged_line(read(leaf.substr(0, 40) + "*" + leaf.substr(41))) == 2);
  CHECK(damaged_line(read(leaf + issuer, " " + files.key)) == 1);
}

TEST_CASE("chain: what tools write between the blocks is no damage") {
  const Files files;
  auto text = " 0 s:CN = mx1.example.org\n   i:CN = Issuer\n" + files.leaf.pem() +
              "---\nBag Attributes\n    localKeyID: 01\nsubject=CN = Issuer\n\n" +
              files.authority.issuer.pem() + "---\nServer certificate\n";
  CHECK(read(text, files.key).chain);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) {
    text.insert(at, " \r");
  }
  const auto made = read(text, files.key);
  REQUIRE(made.chain);
  CHECK(made.chain->certificates.size() == 2);
  text.erase(text.find_last_not_of(" \r\n") + 1);
  CHECK(read(text, files.key).chain);
}

TEST_CASE("chain: a bundle of authorities is no chain") {
  const Files files;
  std::string text = files.leaf.pem();
  for (int i = 0; i < 32; ++i) {
    text += TestAuthority::make("Authority " + std::to_string(i), nullptr).pem();
  }
  CHECK(read(text, files.key).findings.count("TLSA-CHAIN-LONG") == 1);
  // Those that are there twice count: each is held against each.
  text.clear();
  for (int i = 0; i < 33; ++i) text += files.leaf.pem();
  CHECK(read(text, files.key).findings.count("TLSA-CHAIN-LONG") == 1);
}

TEST_CASE("chain: whatever is cut off or changed, what comes out begins with the server's own") {
  const Files files;
  const auto text = pem_of({&files.leaf, &files.authority.issuer, &files.authority.cross});
  CHECK(rc::check("cut chains", [&](std::size_t at, std::size_t size, char c) {
    auto damaged = text;
    damaged[at % damaged.size()] = c;
    damaged.resize(size % (damaged.size() + 1));
    const auto made = read(damaged, files.key);
    RC_ASSERT(made.chain.has_value() != made.findings.has_errors());
    if (made.chain) RC_ASSERT(made.chain->leaf().key_info.size() > 0);
    if (made.chain) RC_ASSERT(key_digest(made.chain->leaf()) == key_digest_of(files.leaf));
  }));
}

struct Judged {
  Files files;
  ChainDemands demands{.now = kCertificateTime,
                       .records = {combination("3 1 1"), combination("2 1 1")},
                       .base_domains = {"mx1.example.org."}};
  [[nodiscard]] Findings of(const TestCertificate& leaf) const {
    return judge_chain(chain_of({&leaf, &files.authority.issuer}), demands);
  }
};

TEST_CASE("chain: a good chain has nothing against it") {
  const Judged judged;
  CHECK(judged.of(judged.files.leaf).empty());
}

TEST_CASE("chain: dates, also of issuers where records name them") {
  Judged judged;
  judged.demands.now = kCertificateTime + std::chrono::days(61);
  CHECK(judged.of(judged.files.leaf).count("TLSA-EXPIRED") == 1);
  CHECK(judged.of(judged.files.leaf).has_errors());
  judged.demands.now = kCertificateTime - std::chrono::days(31);
  CHECK(judged.of(judged.files.leaf).count("TLSA-NOT-YET-VALID") == 2);
  judged.demands.now = kCertificateTime;
  const auto old = TestAuthority::make("Old", nullptr, kCertificateTime - std::chrono::days(1));
  const TestCertificate leaf({}, support::make_ec_key(), &old);
  const auto chain = chain_of({&leaf, &old});
  CHECK(judge_chain(chain, judged.demands).count("TLSA-ANCHOR-EXPIRES") == 1);
  CHECK(judge_chain(chain, judged.demands).has_errors());
  judged.demands.records = {combination("3 1 1")};
  CHECK(judge_chain(chain, judged.demands).count("TLSA-EXPIRED") == 1);
  CHECK_FALSE(judge_chain(chain, judged.demands).has_errors());
}

TEST_CASE("chain: names count where records name issuers; else they are worth a warning") {
  Judged judged;
  judged.demands.base_domains = {"mx1.example.org", "mx2.example.org"};
  CHECK(judged.of(judged.files.leaf).count("TLSA-NAME") == 1);
  CHECK(judged.of(judged.files.leaf).has_errors());
  judged.demands.records = {combination("3 1 1")};
  CHECK(judged.of(judged.files.leaf).count("TLSA-NAME") == 1);
  CHECK_FALSE(judged.of(judged.files.leaf).has_errors());
  judged.demands.base_domains = {"mx1.example.org"};
  CHECK(judged.of(judged.files.leaf).empty());
}

TEST_CASE("chain: RSA below 2048 bits") {
  Judged judged;
  const TestCertificate weak({}, support::make_rsa_key(1024), &judged.files.authority.issuer);
  CHECK(judged.of(weak).count("TLSA-KEY-SHORT") == 1);
}

TEST_CASE("chain: records with usage 2 need an issuer in the chain") {
  Judged judged;
  const auto chain = chain_of({&judged.files.leaf});
  CHECK(judge_chain(chain, judged.demands).count("TLSA-CHAIN-NO-ISSUER") == 1);
  judged.demands.records = {combination("3 1 1")};
  CHECK(judge_chain(chain, judged.demands).empty());
}

TEST_CASE("chain: an anchor that is not sent matters when it is the only one") {
  const Files files;
  const auto chain = chain_of({&files.leaf, &files.authority.issuer});
  const std::vector alone{record("2 1 1", files.authority.root)};
  CHECK(judge_anchors(chain, alone, kCertificateTime).count("TLSA-D03") == 1);
  CHECK(judge_anchors(chain, alone, kCertificateTime).has_errors());
  const std::vector both{record("2 1 1", files.authority.root),
                         record("2 1 1", files.authority.issuer)};
  CHECK(judge_anchors(chain, both, kCertificateTime).empty());
  const std::vector sent{record("2 1 1", files.authority.issuer)};
  CHECK(judge_anchors(chain, sent, kCertificateTime).empty());
  const auto late = TestAuthority::kUntil - std::chrono::days(3);
  CHECK(judge_anchors(chain, sent, late).count("TLSA-ANCHOR-EXPIRES") == 1);
}

}  // namespace
}  // namespace danewerk::tlsa
