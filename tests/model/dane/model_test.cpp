/// \file
/// Promise P2 over random policies, TTLs, renewals, outages and operators: no version of a TLSA
/// RRset that a resolver may hold refuses what is served, and every chain that waits is served.
/// DW_MODEL_RUNS: how many runs; DW_MODEL_SEED: of the first; DW_MODEL_LOGS: of how many bad runs
/// to print the log; DW_MODEL_STOP: after the first bad one.

#include <cstdlib>
#include <iostream>
#include <string_view>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "dane/drive.h"

namespace danewerk::dane {

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here ever changes the environment
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t run_count() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the same
  const char* tier = std::getenv("DW_TEST_TIER");
  const bool is_full = tier != nullptr && std::string_view(tier) == "full";
  return number_from("DW_MODEL_RUNS", is_full ? 5000 : 100);
}

void print(const Scenario& scenario, const Outcome& outcome) {
  std::cout << to_text(scenario) << "\n";
  for (const auto& line : outcome.log) std::cout << "  " << line << "\n";
  for (const auto& fault : outcome.faults) std::cout << "FAULT " << fault << "\n";
}

}  // namespace

TEST_CASE("model: no DANE client ever refuses our server, and every chain is served (promise P2)") {
  const auto first = number_from("DW_MODEL_SEED", 1);
  Outcome total;
  std::size_t bad = 0;
  for (auto seed = first; seed < first + run_count(); ++seed) {
    const auto scenario = random_scenario(seed);
    Drive drive(scenario);
    drive.run();
    drive.settle();
    const auto& outcome = drive.outcome();
    total.passes += outcome.passes;
    total.versions += outcome.versions;
    total.deployments += outcome.deployments;
    total.incidents += outcome.incidents;
    if (outcome.faults.empty()) continue;
    if (++bad <= number_from("DW_MODEL_LOGS", 1)) print(scenario, outcome);
    FAIL_CHECK(fmt::format("seed {}: {}", seed, outcome.faults.front()));
    if (number_from("DW_MODEL_STOP", 0) != 0) break;
  }
  MESSAGE(fmt::format(
      "{} runs from seed {}: {} passes, {} versions, {} deployments, {} incidents, "
      "{} runs with faults",
      run_count(), first, total.passes, total.versions, total.deployments, total.incidents, bad));
}

}  // namespace danewerk::dane
