#pragma once

/// \file
/// Where the aliases of a zone lead, as far as the zone itself can tell. No state.

#include <string>
#include <string_view>

#include "base/time.h"
#include "dns/name.h"
#include "dns/node.h"
#include "dns/zone.h"

namespace danewerk::engine {

/// Where the aliases that stand in a zone lead.
struct AliasEnd {
  dns::Name name{};
  seconds ttl{0};          ///< the largest of them
  std::string obstacle{};  ///< model::TlsaOwner::obstacle; then `name` is the owner itself
};

/// REQUIRES: owner is the text of a name.
AliasEnd follow(const dns::Zone& zone, const std::string& owner);

/// Aliases of the zone lead from one name to the other, which may be in another zone.
/// REQUIRES: both are texts of names.
bool leads_to(const dns::Zone& zone, const std::string& owner, const std::string& target);

/// What answers for a name: its own node, else the wildcard that it is synthesised from (RFC 4592
/// section 3.3.1).
dns::NodeView answering(const dns::Zone& zone, std::string_view key);

}  // namespace danewerk::engine
