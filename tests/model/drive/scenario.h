#pragma once

/// \file
/// What a run of the model is like: policy, the zone, who serves it, and what goes wrong how often.
/// Value types.

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/policy.h"

namespace danewerk::drive {

/// How often something happens, in thousandths a pass.
struct Troubles {
  unsigned cut_secondary = 0;
  unsigned stop_secondary = 0;
  unsigned late_pass = 0;       ///< hours to weeks without one
  unsigned lost_pass = 0;       ///< a pass that is cut off before it commits
  unsigned failed_publish = 0;  ///< after-publish fails for hours or days
  unsigned deaf_parent = 0;     ///< the parent answers no question
  unsigned clock_back = 0;
  unsigned request = 0;  ///< the operator asks for something
  unsigned policy_change = 0;
  unsigned ttl_change = 0;  ///< of the zone's data
  bool operator==(const Troubles&) const = default;
};

struct Scenario {
  std::uint64_t seed = 0;
  model::Policy policy{};
  /// TTLs of the sample RRsets; the last is the denial of existence.
  std::vector<seconds> data_ttls{seconds(3600), seconds(300)};
  seconds soa_refresh = std::chrono::hours(2);
  seconds soa_retry = std::chrono::minutes(15);
  seconds soa_expire = std::chrono::days(14);
  unsigned secondaries = 0;                       ///< listed
  unsigned parent_servers = 1;                    ///< asked
  seconds zone_lag = std::chrono::hours(1);       ///< of servers that nobody lists, at most
  seconds parent_lag = std::chrono::hours(1);     ///< of the parent's servers that nobody asks
  seconds ds_ttl = std::chrono::days(1);          ///< as the parent has it
  seconds operator_delay = std::chrono::days(1);  ///< until a DS is uploaded, at most
  bool parent_reads_cds = false;
  std::uint64_t signatures = 100;
  seconds shortest_pass = std::chrono::hours(1);
  seconds longest_pass = std::chrono::hours(1);
  std::chrono::days length{365};
  Troubles troubles{};
};

/// Everything by chance.
Scenario random_scenario(std::uint64_t seed);
/// A policy as the operator may change it in mid-roll; delays stay true to the scenario.
model::Policy random_change(const Scenario& scenario, const model::Policy& from,
                            std::uint64_t seed);
/// For the report: what a reader must know to understand the run.
std::string to_text(const Scenario& scenario);

}  // namespace danewerk::drive
