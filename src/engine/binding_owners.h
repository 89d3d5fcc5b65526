#pragma once

/// \file
/// The names at which TLSA records stand, as a pass over bindings finds them: what is remembered of
/// each, brought up to date with its zone. For one pass and one thread.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "dns/zone.h"
#include "engine/secure_entry.h"
#include "engine/zone_pass.h"
#include "rollover/tlsa_timing.h"
#include "store/state.h"

namespace danewerk::engine {

/// An owner as a pass begins with it.
struct KnownOwner {
  const config::ZoneConfig* zone = nullptr;  ///< null: its zone is signed elsewhere
  rollover::OwnerView view{};
  std::string held{};   ///< model::Facts::held, for this pass
  SecureEntry entry{};  ///< of its zone, when that is ours
  // Of one whose zone is signed elsewhere; of others, the zone's state has them.
  model::Facts facts{};
  model::Policy policy{};
  model::VersionNumber version = 0;  ///< the newest
};

/// What became of an owner's records, for the audit log.
void add_moves(const rollover::Advanced& advanced, const std::string& zone, sys_seconds now,
               std::vector<model::Event>& events);

/// The zone of ours that NAME is in: the longest one. nullptr when none has it.
const config::ZoneConfig* zone_of(const config::Config& config, std::string_view name);

/// The zones of ours that the services of a certificate are in.
std::set<std::string, std::less<>> zones_of(const config::Config& config,
                                            const config::Certificate& certificate);

class BindingOwners {
 public:
  /// Both must outlive it.
  BindingOwners(const PassTask& pass, const store::State& state) : pass_(pass), state_(state) {}

  /// Reads all that is remembered. First of all calls.
  Result<void> read();
  /// Nothing is remembered.
  [[nodiscard]] bool empty() const { return remembered_.empty(); }
  [[nodiscard]] bool remembers(const std::string& name) const { return remembered_.contains(name); }

  /// An owner in a zone of ours. Of one that nobody remembers, what stands in the present output,
  /// or else the zone file, and whatever stood there before is what resolvers may hold. Adds the
  /// moves of its records to `events`. kUnavailable when that cannot be read.
  Result<KnownOwner> load(const std::string& name, const config::ZoneConfig& zone,
                          const model::BindingPolicy& policy);

  /// Reads the zone file if it changed since the last pass: what the author added there counts
  /// before anything is served. \returns whether there is something that was not known. A file
  /// with errors adds nothing: it will not be published.
  Result<bool> enter_news(KnownOwner& known, const model::RdataSet& adopted,
                          const model::BindingPolicy& policy);

  /// What is remembered of an owner, as it is; the caller brings it up to date.
  std::optional<model::TlsaOwner> take(const std::string& name);

  /// Rows of the state whose owner was loaded for another zone: to be removed.
  [[nodiscard]] const std::vector<store::ZonedTlsaOwner>& outdated() const { return outdated_; }

  /// Remembered owners in zones of ours which nobody has loaded yet.
  [[nodiscard]] std::vector<std::string> left() const;

  std::vector<model::Event> events{};  ///< for the audit log

 private:
  struct ZoneSight;
  Result<ZoneSight*> sight_of(const config::ZoneConfig& zone);
  void bring_up_to_date(const ZoneSight& sight, KnownOwner& known,
                        const model::BindingPolicy& policy);
  Result<void> read_files(ZoneSight& sight) const;
  Result<void> enter_unknown(ZoneSight& sight, model::TlsaOwner& owner);

  const PassTask& pass_;
  const store::State& state_;
  std::map<std::string, model::TlsaOwner> remembered_;  ///< by name
  std::map<std::string, store::ZonedTlsaOwner> moved_;  ///< the zone of the name was another one
  std::vector<store::ZonedTlsaOwner> outdated_;
  std::map<std::string, std::shared_ptr<ZoneSight>> zones_;
};

}  // namespace danewerk::engine
