#pragma once

/// \file
/// One idempotent pass over all zones (promise P6): `danewerk run`, and what the daemon does
/// whenever something may be due.

#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "engine/binding_report.h"
#include "engine/zone_pass.h"
#include "net/endpoint.h"
#include "store/state_lock.h"

namespace danewerk::engine {

struct RunTask {
  const config::Config* config = nullptr;
  std::set<std::string, std::less<>> zones{};  ///< names as in the configuration; empty: all
  sys_seconds now{};
  unsigned jobs = 1;  ///< cores to keep busy
  PassTask::FirstKeys first_keys = PassTask::FirstKeys::kIfNobodyElseSigns;
  seconds wait = std::chrono::minutes(1);  ///< for the lock
  enum class Clock : std::uint8_t { kJudged, kTrusted };
  Clock clock = Clock::kJudged;                 ///< kTrusted: the operator says that it is right
  std::optional<bool> is_clock_synchronised{};  ///< none: the kernel is asked
  std::vector<net::Endpoint> resolvers{};       ///< that find servers; empty: those of the system
  update::Network* network = nullptr;           ///< as PassTask::network
  enum class Mode : std::uint8_t {
    kAct,
    kDryRun,  ///< says what it would do; makes no key, writes nothing
  };
  Mode mode = Mode::kAct;
  enum class Restored : std::uint8_t {
    kAskSecondaries,
    kNobodyToAsk,  ///< the operator's word: what a backup holds is what is served
  };
  Restored restored = Restored::kAskSecondaries;
  enum class Lock : std::uint8_t {
    kTake,
    kHeld,  ///< by the caller, for life
  };
  Lock lock = Lock::kTake;
  /// Ends the pass before the next zones are begun; what was begun is finished.
  std::stop_token stop{};
};

struct ZoneReport {
  std::string name;
  std::uint32_t serial = 0;
  std::string what{};  ///< what happened; empty: nothing
  bool failed = false;
  bool waits_for_operator = false;
  /// New since the last pass, or told last a day ago; for a reader off a terminal.
  std::vector<std::string> news{};
  Findings findings{};
  std::vector<rollover::Wait> waits{};
};

struct RunReport {
  std::vector<ZoneReport> zones{};        ///< those that the pass looked at
  std::vector<BindingReport> bindings{};  ///< all certificates
  std::size_t idle = 0;                   ///< those that it had no reason to look at
  std::size_t published = 0;
  std::size_t left = 0;  ///< due, and not looked at, for the pass was told to stop
  std::vector<std::string>
      orphans{};  ///< in the state and not in the configuration: a sentence each
  std::optional<store::LockHolder> held_by{};  ///< another pass goes on: nothing was done
  std::string trouble{};                       ///< of after-run; a sentence
  [[nodiscard]] bool has_failures() const;
};

/// Fails when the state cannot be opened, the clock is not to be trusted, or a zone is named that
/// the configuration does not have. Zones fail one by one, in the report.
Result<RunReport> run_pass(const RunTask& task);

}  // namespace danewerk::engine
