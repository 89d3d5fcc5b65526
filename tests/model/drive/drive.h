#pragma once

/// \file
/// Lets the rollover engine keep one zone in a world, pass after pass in virtual time, with all
/// that may go wrong. What the engine is told is what an observer can see; what is true, and
/// whether anybody saw bogus, the world knows. Thread-compatible.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drive/dice.h"
#include "drive/samples.h"
#include "drive/scenario.h"
#include "model/facts.h"
#include "model/key_ring.h"
#include "rollover/rollover.h"
#include "world/world.h"

namespace danewerk::drive {

/// What came of a run.
struct Outcome {
  std::vector<std::string> faults{};  ///< sentences: promises that were broken
  std::size_t passes = 0;
  std::size_t steps = 0;
  std::size_t versions = 0;
  std::map<model::KeyRole, std::size_t> made{};
  std::vector<std::string> log{};  ///< the last things that happened
};

class Drive {
 public:
  explicit Drive(const Scenario& scenario);
  /// The scenario's days with all its troubles; stops at the first broken promise.
  void run();
  /// All troubles end, no key has a lifetime any more: every roll has to come to its end.
  void settle();
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

  // For hand-made runs.
  void pass_for(seconds span);
  model::KeyRing& ring() { return ring_; }
  model::Policy& policy() { return policy_; }
  world::World& world() { return world_; }
  [[nodiscard]] sys_seconds now() const { return true_now_; }
  void set_data_ttls(std::vector<seconds> ttls) { data_ttls_ = std::move(ttls); }
  /// Asks the engine for something; false: refused.
  bool ask(const std::function<bool(rollover::Situation&)>& what);
  /// One pass by a clock that is that far ahead; then it is right again, and the operator says so.
  void pass_with_clock_ahead(seconds ahead);
  void fail_publishing_until(sys_seconds until) { publish_fails_until_ = until; }

 private:
  void pass();
  void happen();
  void happen_at_servers();
  void request_something();
  void observe(sys_seconds now);
  void look_at_parent(sys_seconds now);
  void note_ds(const std::string& id, bool is_everywhere, bool is_nowhere, sys_seconds now);
  rollover::Decision decide(rollover::Situation situation);
  void check(const rollover::Situation& situation, const rollover::Decision& decision);
  void commit(const rollover::Situation& situation, rollover::Decision decision);
  void make_version(const rollover::Decision& decision, sys_seconds now);
  [[nodiscard]] world::ZoneVersion content() const;
  void note_resigned();
  void publish(sys_seconds now);
  void tell_parent();
  [[nodiscard]] std::optional<world::KeySet> wanted_ds() const;
  [[nodiscard]] bool is_at_rest() const;
  [[nodiscard]] rollover::Situation situation() const;
  [[nodiscard]] seconds roll_in() const;
  void judge();
  void fault(const std::string& sentence);
  void log(const std::string& sentence);

  Scenario scenario_;
  Dice dice_;
  model::Policy policy_;
  world::World world_;
  Names names_;
  Samples samples_;
  std::vector<seconds> data_ttls_;
  model::KeyRing ring_;
  model::Facts facts_;
  rollover::CdsWish cds_;
  std::map<model::VersionNumber, rollover::CdsWish> cds_of_;

  sys_seconds true_now_;
  seconds skew_{0};  ///< of the engine's clock; it never goes forward in steps
  std::optional<sys_seconds> last_pass_{};
  model::VersionNumber version_ = 0;
  std::optional<world::ZoneVersion> last_content_{};
  std::map<model::VersionNumber, world::ZoneVersion> unpublished_;
  std::optional<sys_seconds> publish_fails_until_{};
  bool is_maybe_served_ = false;
  std::optional<sys_seconds> parent_deaf_until_{};
  std::optional<sys_seconds> operator_acts_{};
  model::VersionNumber cds_taken_ = 0;
  std::map<std::size_t, sys_seconds> server_back_;
  struct Look {
    sys_seconds at{};
    bool is_everywhere = false;
    bool is_nowhere = false;
  };
  std::map<std::string, Look> looks_;
  std::optional<rollover::Situation> last_asked_{};
  rollover::Decision last_decision_;
  Outcome outcome_;
  std::size_t made_ = 0;
};

}  // namespace danewerk::drive
