#pragma once

/// \file
/// What the rollover engine has to know of a chain, which compares octets alone. Pure; thread-safe.

#include <span>
#include <vector>

#include "base/result.h"
#include "model/binding.h"
#include "model/tlsa_owner.h"
#include "tlsa/association.h"
#include "tlsa/catalogue.h"
#include "tlsa/chain.h"
#include "tlsa/match.h"

namespace danewerk::tlsa {

struct ChainQuestion {
  model::RdataSet records{};          ///< all that are, were or may be published
  std::vector<Combination> wanted{};  ///< what the operator configured
  /// A view of each owner: a record counts as satisfied when it is for all of them.
  std::vector<ClientView> views{};
  const Catalogue* catalogue = nullptr;
};

/// Of RECORDS those by which a client accepts the chain, whichever of the views it has; see
/// `match`. What is no TLSA record satisfies nobody.
model::RdataSet satisfied(const Chain& chain, const model::RdataSet& records,
                          std::span<const ClientView> views);

/// All but `arrived`. kBadInput when a configured record needs an issuer that is not in the chain;
/// kCorrupt when two readings differ.
Result<model::Chain> chain_facts(const Chain& chain, const ChainQuestion& question);

}  // namespace danewerk::tlsa
