#pragma once

/// \file
/// A zone without a zone: publishes the versions that the engine asks for, lets parents follow, and
/// moves the clock from one event to the next. Nothing of the engine's timing is used here.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "rollover/rollover.h"

namespace danewerk::rollover {

using model::KeyRecord;
using model::KeyRole;
using model::Visibility;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

inline const sys_seconds kStart{seconds(1'800'000'000)};

class Driver {
 public:
  /// A move as it happened.
  struct Happened {
    sys_seconds at{};
    Step step;
  };

  Driver();

  Situation zone;                    ///< policy and facts may be changed at any time
  seconds signed_ttl = hours(24);    ///< largest TTL of signed data
  seconds denial_ttl = minutes(30);  ///< negative TTL
  seconds expire = days(14);         ///< SOA EXPIRE
  seconds ds_delay = hours(2);       ///< until the parent follows
  seconds roll_in{0};                ///< until a new ZSK has signed everything
  bool has_parents = true;           ///< someone looks at the parents
  bool can_publish = true;           ///< after-publish succeeds
  std::vector<Happened> log;
  Decision last;

  /// One pass at the present moment.
  void pass();
  /// Passes at every event until that moment, and one then.
  void run_until(sys_seconds end);
  void run_for(seconds span) { run_until(zone.now + span); }
  /// A pass every STEP, as cron does it.
  void run_by_cron(seconds span, seconds step);

  /// Moment of the first such move at or after SINCE; aborts the test when there is none.
  [[nodiscard]] sys_seconds when(const std::string& id, KeyRecord record, Visibility to,
                                 sys_seconds since = {}) const;
  [[nodiscard]] bool did(const std::string& id, KeyRecord record, Visibility to) const;
  [[nodiscard]] Visibility state(const std::string& id, KeyRecord record) const;
  [[nodiscard]] std::size_t made(KeyRole role) const;  ///< keys ever made
  [[nodiscard]] bool waits_for(std::string_view rule) const;
  /// A combination of RRsets that a resolver may hold now and that does not validate; empty: none.
  /// Knows versions, keys, TTLs and delays, and nothing of states and rules.
  [[nodiscard]] std::string find_bogus() const;

 private:
  void make(const WantedKey& wanted);
  void commit();
  void enter(model::LedgerKind kind, seconds value, bool is_there);
  void follow_parents();
  void note_ds();
  void finish_signing();
  void publish_what_is_late();
  [[nodiscard]] sys_seconds next_event(sys_seconds end) const;

  /// What a version showed, for find_bogus.
  struct Shown {
    model::VersionNumber version = 0;
    sys_seconds committed{};
    seconds dnskey_ttl{};
    seconds signed_ttl{};
    Signers keys;
    std::vector<std::string> partial;  ///< of those that sign the zone: not everything yet
  };
  struct DsShown {
    sys_seconds since{};
    std::vector<std::string> keys;
  };
  [[nodiscard]] std::vector<const Shown*> held(seconds Shown::* ttl) const;
  [[nodiscard]] std::vector<const DsShown*> held_ds() const;
  [[nodiscard]] std::uint8_t algorithm_of(const std::string& id) const;
  [[nodiscard]] bool is_signed(const Shown& data, const Shown& keys, std::uint8_t algorithm) const;
  [[nodiscard]] std::string judge(const DsShown& ds, const Shown& keys) const;

  std::vector<Shown> shown_;
  std::vector<DsShown> ds_shown_;
  std::set<std::string> at_parent_;  ///< keys whose DS the parent shows
  std::map<std::string, std::uint8_t> algorithms_;
  std::map<KeyRole, std::size_t> made_;
};

}  // namespace danewerk::rollover
