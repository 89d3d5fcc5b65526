#pragma once

/// \file
/// Bindings and the owners of their records as a request finds them: what a pass would begin with.
/// Value types; thread-compatible.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "config/config.h"
#include "engine/secure_entry.h"
#include "model/binding_state.h"
#include "model/facts.h"
#include "model/issuer.h"
#include "model/policy.h"
#include "rollover/binding.h"
#include "rollover/binding_merge.h"
#include "store/state.h"

namespace danewerk::engine {

/// A name at which records stand.
struct OwnerLook {
  const config::ZoneConfig* zone = nullptr;  ///< null: its zone is not signed here
  rollover::OwnerView view{};
  model::Facts facts{};              ///< of its zone
  model::Policy policy{};            ///< of its zone
  model::BindingPolicy binding{};    ///< of the bindings there: how long caches hold versions
  model::VersionNumber version = 0;  ///< of its zone, the newest
  SecureEntry entry{};               ///< of its zone, when that is ours
  std::string held{};                ///< why nothing irreversible is done there; may be empty
};

/// Of the issuers that an authority may use for the next certificate: which of them records name,
/// or a root above them that is sent. Names of the catalogue.
struct IssuerLook {
  std::string authority{};
  model::KeyFamily family = model::KeyFamily::kEcdsa;  ///< of the service's key
  std::vector<std::string> covered{};
  std::vector<std::string> missing{};
  std::vector<std::string> idle{};  ///< named by a record, and out of use
};

struct BindingLook {
  const config::Certificate* config = nullptr;
  model::BindingPolicy policy{};
  model::BindingState state{};
  std::vector<std::string> owners{};  ///< names
  std::vector<std::string> left{};    ///< names, of services that it has no more
  model::RdataSet coverage{};         ///< records of issuers that may come
  /// None when no record with usage 2 is wanted or there, or the authority is not in the catalogue.
  std::optional<IssuerLook> issuers{};
  Findings findings{};      ///< of what was read
  bool has_failed = false;  ///< nothing can be decided; an error says why
};

struct BindingsLook {
  std::map<std::string, OwnerLook> owners{};      ///< by name
  std::map<std::string, BindingLook> bindings{};  ///< by name, of the configuration
  std::string held{};  ///< why nothing irreversible is done anywhere; may be empty
};

/// Reads state and certificate files; changes nothing.
Result<BindingsLook> look_at_bindings(const config::Config& config, store::State& state,
                                      sys_seconds now);

/// What a pass would say against the certificates that clients left, by the rules (ROLL-TLSA-*),
/// and owners that are taken (BINDING-OWNER-TAKEN): nothing of files, chains and dates. Changes
/// nothing.
Result<Findings> refused_certificates(const config::Config& config, store::State& state,
                                      sys_seconds now);

/// VIEW without what the zone's author has there: at an owner that a binding left, that is for
/// whoever serves it now.
rollover::OwnerView ours_of(rollover::OwnerView view);

/// What the rules are asked about a binding. \param shares  what bindings that were decided before
/// came to want, by owner and binding; others: what stands there.
using OwnerShares = std::map<std::string, std::map<std::string, rollover::OwnerShare>>;
rollover::BindingSituation situation_of(const BindingsLook& look, const std::string& name,
                                        sys_seconds now, const OwnerShares& shares = {});

}  // namespace danewerk::engine
