#pragma once

/// \file
/// One pass over one zone, up to its commit: what is read, decided, signed and verified. Writes key
/// files and, for large zones, a snapshot; nothing else, so that the caller can commit many zones
/// at once. A zone that fails is a finding, and its last good version stays (promise P4).

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "engine/new_addresses.h"
#include "engine/version_store.h"
#include "engine/zone_tlsa.h"
#include "managed/records.h"
#include "model/zone_state.h"
#include "net/endpoint.h"
#include "observe/look.h"
#include "rollover/rollover.h"
#include "store/key_index.h"
#include "store/state.h"
#include "update/network.h"
#include "verify/verify.h"

namespace danewerk::engine {

struct PassTask {
  const config::Config* config = nullptr;
  sys_seconds now{};
  std::optional<sys_seconds> last_pass{};  ///< over all zones
  unsigned jobs = 1;
  std::shared_ptr<store::KeyIndex> keys{};  ///< what the key store has; null: read for each zone
  /// The operator's word that a zone without keys is new (promise P4).
  enum class FirstKeys : std::uint8_t { kIfNobodyElseSigns, kNewZone };
  FirstKeys first_keys = FirstKeys::kIfNobodyElseSigns;
  bool is_clock_synchronised = true;  ///< the kernel says so
  bool is_clock_trusted = false;      ///< the operator says so
  /// The state is a backup's: nothing is published before all secondaries were asked (promise P4).
  std::optional<sys_seconds> restored{};
  bool is_dry = false;                     ///< no key is made, nothing is recorded
  bool is_whole = false;                   ///< over all zones
  std::vector<net::Endpoint> resolvers{};  ///< that find servers; empty: those of the system
  /// Servers of zones that are signed elsewhere; null: those that there are.
  update::Network* network = nullptr;
};

/// What a pass over a zone begins with.
struct ZoneInput {
  StoredZone stored{};
  const observe::Look* look = nullptr;       ///< null: nobody was asked
  Findings findings{};                       ///< of what was done before
  std::vector<managed::ChildDs> children{};  ///< DS of zones of ours below it
  std::vector<OwnerWish> services{};         ///< TLSA records of certificates of ours
  std::vector<GuardedService> guarded{};     ///< at hosts of the zone
};

/// A digest of all that decides how the zone is made, its content apart.
std::string configuration_digest(const PassTask& task, const config::ZoneConfig& zone,
                                 const std::vector<managed::ChildDs>& children,
                                 const std::vector<OwnerWish>& services);

/// What a pass made of a zone.
struct PreparedZone {
  model::ZoneState state;                         ///< to be saved
  model::ZoneState before;                        ///< as the pass found it
  std::optional<model::VersionRecord> version{};  ///< to be added, when there is a new one
  std::optional<verify::VerifiedZone> zone{};     ///< what is to be published; none: nothing is
  std::vector<model::Event> events{};
  std::vector<rollover::Wait> waits{};
  Findings findings{};
  std::uint64_t signatures_made = 0;
  std::optional<sys_seconds> signatures_due{};  ///< when the first has to be renewed
  std::string what{};                           ///< what happened, a sentence; empty: nothing
  std::vector<Bytes> recorded{};  ///< DNSKEY RDATA of keys that sign and are not published
  verify::VerifyOptions::Expect expect = verify::VerifyOptions::Expect::kSigned;
  bool source_was_read = false;
  std::vector<model::TlsaOwner> tlsa_owners{};  ///< to be saved
  /// When bindings, or what is held back for their sake, want the next pass.
  std::optional<sys_seconds> services_wake{};

  /// Back to what the pass found: the last good version stays, and why is a finding.
  void give_up(const Error& error);
};

/// Never fails as such: what goes wrong is a finding of level error in the result. Many zones may
/// be prepared at once, each by one thread.
PreparedZone prepare_zone(const PassTask& task, const config::ZoneConfig& zone, ZoneInput input);

}  // namespace danewerk::engine
