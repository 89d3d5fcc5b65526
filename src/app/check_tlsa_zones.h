#pragma once

/// \file
/// `danewerk check` on the zones that have TLSA records: whether anybody can validate them,
/// whether they are seen soon, and whether the answers will be small. Changes nothing.
/// Thread-compatible.

#include <map>
#include <string>

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "dns/zone.h"
#include "model/zone_state.h"
#include "tlsa/catalogue.h"

namespace danewerk::app {

/// CHECK-NEGATIVE-TTL: a zone with services in which a first record stays unseen for long.
Findings check_negative_ttl(const config::Config& config, const config::ZoneConfig& zone,
                            const dns::Zone& source);

/// CHECK-NO-DS: a zone with services that clients take for an unsigned one, as far as that is
/// remembered. KNOWN has nothing but its name for a zone that no pass has seen.
Findings check_secure_entry(const config::Config& config, const config::ZoneConfig& zone,
                            const model::ZoneState& known);

/// Chains by the name of their certificate, as far as they can be read.
using ReadChains = std::map<std::string, tlsa::Chain>;

/// CHECK-TLSA-LARGE: signed answers that will not fit where every network lets them pass.
Findings check_tlsa_sizes(const config::Config& config, const ReadChains& chains,
                          const tlsa::Catalogue& catalogue, sys_seconds now);

}  // namespace danewerk::app
