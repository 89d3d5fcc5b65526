#pragma once

/// \file
/// The world outside a signer: servers of a zone and of its parent, and every cache that may have
/// asked any of them at any moment. Judges promise P1: that no combination of RRsets that a
/// resolver may hold is bogus. The views are computed, not sampled: an RRset version may be in a
/// cache from the first moment at which a server may have served it until its TTL after the last.
/// Thread-compatible.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "world/servers.h"
#include "world/version.h"

namespace danewerk::world {

/// Two RRset versions that one resolver may hold at a moment and that do not validate.
struct Violation {
  sys_seconds at{};
  std::string rule;  ///< "P1-DS", "P1-DATA", "P1-ALGORITHM-DS", "P1-ALGORITHM"
  std::string text;
};

class World {
 public:
  struct Spec {
    Servers::Spec zone{};
    Servers::Spec parent{};
  };
  explicit World(Spec spec);

  Servers& zone() { return zone_; }
  Servers& parent() { return parent_; }

  /// A version of the zone may be served from now on (Servers::offer); judges at once.
  void offer(const ZoneVersion& version, sys_seconds at);
  void settle(std::uint64_t version, sys_seconds at);
  /// Both.
  void publish(const ZoneVersion& version, sys_seconds at);
  /// The parent changes its DS RRset.
  void publish_ds(DsRrset ds, sys_seconds at);
  [[nodiscard]] const DsRrset& ds() const { return ds_.at(ds_number_); }
  [[nodiscard]] const DsRrset& ds_at(std::uint64_t number) const { return ds_.at(number); }

  void advance(sys_seconds at);

  /// Since the beginning, each pair of RRset versions once. Nothing begins to be held between two
  /// calls that offer or publish, so judging there judges every instant.
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }
  /// Judges the present moment once more.
  void judge(sys_seconds at);

  /// May a resolver hold a DS RRset that is not empty?
  [[nodiscard]] bool may_be_secure(sys_seconds at) const;
  /// Keys of which some cache or server may still hold a record: DNSKEY, signature or DS.
  [[nodiscard]] KeySet keys_out(sys_seconds at) const;

 private:
  /// RRsets that a cache may hold, each with the newest version that had it.
  template <class Rrset>
  using HeldSet = std::map<Rrset, std::uint64_t>;
  [[nodiscard]] HeldSet<DsRrset> held_ds(sys_seconds at) const;
  [[nodiscard]] HeldSet<DnskeyRrset> held_dnskey(sys_seconds at) const;
  [[nodiscard]] HeldSet<SignedRrset> held_data(sys_seconds at) const;
  void judge_chain(sys_seconds at, const HeldSet<DsRrset>& ds, const HeldSet<DnskeyRrset>& dnskey);
  void judge_data(sys_seconds at, const HeldSet<DnskeyRrset>& dnskey,
                  const HeldSet<SignedRrset>& data);
  struct Pair {
    std::string rule;
    std::string first;
    std::string second;
    std::uint64_t first_version = 0;
    std::uint64_t second_version = 0;
  };
  void report(sys_seconds at, const Pair& pair);
  void forget(sys_seconds at);

  Servers zone_;
  Servers parent_;
  std::map<std::uint64_t, ZoneVersion> versions_;
  std::map<std::uint64_t, DsRrset> ds_;
  std::uint64_t ds_number_ = 0;
  std::vector<Violation> violations_;
  std::set<std::string> reported_;
};

}  // namespace danewerk::world
