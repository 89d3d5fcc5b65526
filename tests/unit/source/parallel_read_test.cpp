#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "unit/source/read_support.h"

using namespace danewerk;
using namespace danewerk::source;

namespace {

/// Lines that depend on what came before them in every way that there is.
std::string random_text() {
  static const std::vector<std::string> kLines = {
      "a A 192.0.2.1\n",
      "b 5 TXT x\n",
      "  AAAA 2001:db8::1\n",
      "  7 MX 5 a\n",
      "$ORIGIN sub\n",
      "$ORIGIN example.\n",
      "c.d TXT ( \"one\"\n ; comment (\n two )\n",
      "$GENERATE 1-3 g$ A 192.0.2.$\n",
      "; comment \"\n",
      "\n",
      "  \t\n",
      "e CNAME \"x\n",
      "f..g A 192.0.2.1\n",
      "h NS ns.h\n",
      "i 9 DNAME j\n",
      "@ TXT \\\"\n",
      "k A 192.0.2.1 )\n",
  };
  std::string text;
  for (const auto i : *rc::gen::container<std::vector<std::size_t>>(
           rc::gen::inRange<std::size_t>(0, kLines.size()))) {
    text += kLines[i];
  }
  if (*rc::gen::arbitrary<bool>()) text += "$TTL 77\nl A 192.0.2.9\n";
  return text;
}

Lines outcome(const std::string& text, unsigned jobs, std::size_t chunk_octets) {
  auto options = example_options();
  options.jobs = jobs;
  options.limits.chunk_octets = chunk_octets;
  const auto read = read_zone_text(text, "z", options);
  Lines all = summary(read.findings);
  if (read.zone) {
    for (auto& line : records(*read.zone)) all.push_back(std::move(line));
  }
  return all;
}

}  // namespace

TEST_CASE("zone_file: the same comes out however the text is cut and by how many threads") {
  CHECK(rc::check("chunks do not show", [] {
    const bool has_ttl = *rc::gen::arbitrary<bool>();
    const bool soa_has_ttl = *rc::gen::arbitrary<bool>();
    const std::string text = std::string(has_ttl ? "$TTL 60\n" : "") +
                             (soa_has_ttl ? "@ 50 SOA" : "@ SOA") +
                             " ns.elsewhere. mail. 1 2 3 4 5\n@ NS ns.elsewhere.\n" + random_text();
    const Lines expected = outcome(text, 1, 1U << 20);
    RC_ASSERT(outcome(text, 1, 1) == expected);
    RC_ASSERT(outcome(text, 3, 1) == expected);
    RC_ASSERT(outcome(text, 2, 40) == expected);
  }));
}

TEST_CASE("zone_file: owners in any order come out sorted, on any number of threads") {
  CHECK(rc::check("order of lines does not show", [] {
    auto hosts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 60));
    std::string text(kHead);
    for (const int host : hosts) {
      text += "h" + std::to_string(host) + (host % 3 == 0 ? ".s" : "") + " A 192.0.2." +
              std::to_string(host) + "\n";
    }
    const auto expected = outcome(text, 1, 1U << 20);
    RC_ASSERT(outcome(text, 4, 50) == expected);
    std::vector<std::string> owners;
    for (const auto& line : expected) {
      if (line.find(" 60 A ") != line.npos) owners.push_back(line);
    }
    std::sort(hosts.begin(), hosts.end());
    hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
    RC_ASSERT(owners.size() == hosts.size());
  }));
}
