#pragma once

/// \file
/// `danewerk check` on where TLSA records stand: those for mail at names that MX records have,
/// those of another zone where aliases of this one lead. Changes nothing. Thread-compatible.

#include "base/finding.h"
#include "config/config.h"
#include "dns/zone.h"

namespace danewerk::app {

/// TLSA-D11: records, of the zone file or of a certificate, for port 25 of a domain whose mail goes
/// to other hosts. A warning when those of them that are in the zone have records, too.
/// CHECK-ALIAS: no alias of the zone leads to where a service has its records (`records-at`).
Findings check_tlsa_places(const config::Config& config, const config::ZoneConfig& zone,
                           const dns::Zone& source);

}  // namespace danewerk::app
