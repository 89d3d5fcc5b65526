/// \file
/// Promise P1 over random policies, TTLs, outages and operators: no resolver ever sees bogus, every
/// roll ends, nothing happens before the engine said it might. DW_MODEL_RUNS: how many runs;
/// DW_MODEL_SEED: of the first; DW_MODEL_LOGS: of how many bad runs to print the log;
/// DW_MODEL_STOP: after the first bad one.

#include <cstdlib>
#include <iostream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "drive/drive.h"

namespace danewerk::drive {

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t run_count() {
  const char* tier = std::getenv("DW_TEST_TIER");
  const bool is_full = tier != nullptr && std::string_view(tier) == "full";
  return number_from("DW_MODEL_RUNS", is_full ? 5000 : 200);
}

void print(const Scenario& scenario, const Outcome& outcome) {
  std::cout << to_text(scenario) << "\n";
  for (const auto& line : outcome.log) std::cout << "  " << line << "\n";
  for (const auto& fault : outcome.faults) std::cout << "FAULT " << fault << "\n";
}

}  // namespace

TEST_CASE("model: no resolver ever sees bogus, and every roll ends (promise P1)") {
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
    total.steps += outcome.steps;
    total.versions += outcome.versions;
    if (outcome.faults.empty()) continue;
    const auto& fault = outcome.faults.front();
    if (++bad <= number_from("DW_MODEL_LOGS", 1)) print(scenario, outcome);
    FAIL_CHECK(fmt::format("seed {}: {}", seed, fault));
    if (number_from("DW_MODEL_STOP", 0) != 0) break;
  }
  MESSAGE(fmt::format("{} runs from seed {}: {} passes, {} versions, {} steps, {} runs with faults",
                      run_count(), first, total.passes, total.versions, total.steps, bad));
}

TEST_CASE(
    "model: two years with 30-day ZSKs have as many ZSKs as RFC 7583 section 3.2.1 asks for") {
  Scenario scenario;
  scenario.policy.zsk.lifetime = std::chrono::days(30);
  scenario.length = std::chrono::days(730);
  Drive drive(scenario);
  drive.run();
  for (const auto& fault : drive.outcome().faults) FAIL_CHECK(fault);
  // Tpub(N + 1) <= Tact(N) + Lzsk - Ipub: 24 lifetimes end in 730 days, and the 25th key is out
  // once 24 * 30 d - Ipub have passed. A pass an hour makes each lifetime an hour longer at most.
  CHECK(drive.outcome().made.at(model::KeyRole::kZsk) == 25);
  CHECK(drive.outcome().made.at(model::KeyRole::kKsk) == 1);
  drive.settle();
  for (const auto& fault : drive.outcome().faults) FAIL_CHECK(fault);
  MESSAGE(fmt::format("{} passes, {} versions, {} steps", drive.outcome().passes,
                      drive.outcome().versions, drive.outcome().steps));
}

}  // namespace danewerk::drive
