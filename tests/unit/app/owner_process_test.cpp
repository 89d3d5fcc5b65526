#include "app/owner_process.h"

#include <array>
#include <chrono>

#include <doctest/doctest.h>
#include <unistd.h>

#include "support/result.h"
#include "support/scoped_folder.h"

using namespace danewerk;       // NOLINT(google-build-using-namespace): the tests are about it
using namespace danewerk::app;  // NOLINT(google-build-using-namespace)
using support::ScopedFolder;
using test::good;

namespace {

config::Config config_in(const ScopedFolder& folder) {
  config::Config config;
  config.state = folder / "state";
  config.keys = folder / "keys";
  return config;
}

Result<std::vector<Secret>> pieces(std::string_view text) {
  std::vector<Secret> all;
  all.emplace_back(Bytes(text.begin(), text.end()));
  return all;
}

}  // namespace

TEST_CASE("owner process: what it says is heard") {
  const ScopedFolder folder;
  auto process =
      good(OwnerProcess::start(config_in(folder), [] { return pieces("a word"); }, seconds(60)));
  REQUIRE(process.said().size() == 1);
  CHECK(as_text(process.said().front().view()) == "a word");
}

TEST_CASE("owner process: root does not wait for ever for one that says nothing") {
  const ScopedFolder folder;
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Descriptor reading(ends[0]);
  const Descriptor writing(ends[1]);
  const auto silent = [&] {
    char never = 0;
    static_cast<void>(::read(reading.get(), &never, 1));
    return pieces("too late");
  };
  const auto before = std::chrono::steady_clock::now();
  const auto process = OwnerProcess::start(config_in(folder), silent, seconds(1));
  REQUIRE_FALSE(process.has_value());
  CHECK(process.error().code() == Errc::kUnavailable);
  CHECK(process.error().message().find("said nothing") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::minutes(1));
}
