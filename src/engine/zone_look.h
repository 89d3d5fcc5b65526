#pragma once

/// \file
/// Whom a pass asks about a zone: its secondaries and its parents, as the configuration lists them.
/// What they say is entered by observe. Not for two threads at once.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "config/config.h"
#include "model/zone_state.h"
#include "observe/look.h"

namespace danewerk::engine {

/// Addresses of the secondaries that are observed, as model::Secondary has them.
std::vector<std::string> observed_secondaries(const config::ZoneConfig& zone);

observe::WhoIsThere who_is_there(const config::ZoneConfig& zone);

/// Makes look tasks; reads each TSIG secret once.
class LookTasks {
 public:
  explicit LookTasks(const config::Config& config) : config_(config) {}

  struct Wish {
    bool secondaries = false;
    bool parents = false;
    bool dnskey = false;                   ///< a zone without state, or a restored one (promise P4)
    std::vector<dns::Name> tlsa_owners{};  ///< observe::LookTask::tlsa_owners
  };
  /// \param keys  KSKs and CSKs of the ring, by identity.
  /// Fails when a TSIG secret cannot be read.
  Result<observe::LookTask> make(const config::ZoneConfig& zone, const Wish& wish,
                                 observe::DsKeys keys);

 private:
  Result<std::shared_ptr<const net::TsigKey>> tsig(const std::string& name);

  const config::Config& config_;
  std::map<std::string, std::shared_ptr<const net::TsigKey>> secrets_{};
};

}  // namespace danewerk::engine
