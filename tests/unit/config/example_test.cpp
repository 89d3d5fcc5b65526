#include "config/example.h"

#include <regex>
#include <sstream>

#include <doctest/doctest.h>

#include "config/lint.h"
#include "unit/config/read_text.h"

namespace danewerk::config {

namespace {

/// Options that are commented out become options; of what excludes another, one stays out.
std::string uncommented(std::string_view text) {
  const std::regex option("^( *)# ( *[a-z0-9.-]+:( .*)?)$");
  std::istringstream lines{std::string(text)};
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    const bool is_option = std::regex_match(line, match, option) &&
                           line.find("# csk:") == std::string::npos &&
                           line.find("# include:") == std::string::npos;
    all += is_option ? match[1].str() + match[2].str() : line;
    all += '\n';
  }
  return all;
}

}  // namespace

TEST_CASE("example: it is read without a finding, and changes no default") {
  const auto config = good_config(example_text());
  CHECK(config.policies.at("default") == model::Policy());
  CHECK(lint_config(config).empty());
  CHECK(config.zones.empty());
}

TEST_CASE(
    "example: what is commented out is right, too, and the policy's values are the defaults") {
  const auto config = good_config(uncommented(example_text()));
  CHECK(config.policies.at("default") == model::Policy());
  CHECK(config.zones.size() == 2);
  CHECK(config.zones.at("example.org.").output == "/etc/danewerk/signed/example.org.zone");
  CHECK(config.zones.at("example.net.").secondaries.size() == 1);
  CHECK(config.certificates.size() == 1);
  CHECK(config.after_run.words.size() == 3);
  CHECK(config.daemon.listen.size() == 2);
}

}  // namespace danewerk::config
