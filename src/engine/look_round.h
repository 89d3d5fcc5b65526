#pragma once

/// \file
/// All that a pass asks of secondaries and parents, for all its zones at once, so that one server
/// that is silent is waited for once. For one pass; not for two threads at once.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "config/config.h"
#include "engine/managed_ds.h"
#include "engine/zone_look.h"
#include "engine/zone_pass.h"
#include "net/endpoint.h"
#include "observe/look.h"
#include "store/state.h"

namespace danewerk::engine {

class LookRound {
 public:
  /// All must outlive it. \param resolvers  for `parents: auto`; empty: those of the system.
  LookRound(const PassTask& pass, const store::State& state, ManagedDs& managed_ds,
            std::vector<net::Endpoint> resolvers)
      : pass_(pass),
        state_(state),
        managed_ds_(managed_ds),
        look_tasks_(*pass.config),
        resolvers_(std::move(resolvers)) {}

  /// Asks about those zones for which it is time. What fails is a finding of that zone.
  void ask(const std::vector<const config::ZoneConfig*>& zones);

  /// What was said of the zone, and what went wrong. The look lives as long as this does.
  void enter(const std::string& zone, ZoneInput& input);

 private:
  Result<std::optional<observe::LookTask>> task_for(const config::ZoneConfig& zone);
  Result<std::vector<dns::Name>> awaited_owners(const model::ZoneState& zone) const;
  Result<observe::DsKeys> ds_keys(const std::string& name, const model::KeyRing& ring);
  void look_at_ours(const config::ZoneConfig& zone, observe::Look& look);

  const PassTask& pass_;
  const store::State& state_;
  ManagedDs& managed_ds_;
  LookTasks look_tasks_;
  std::vector<net::Endpoint> resolvers_;
  std::map<std::string, observe::Look, std::less<>> looks_;
  std::map<std::string, Findings, std::less<>> findings_;
};

}  // namespace danewerk::engine
