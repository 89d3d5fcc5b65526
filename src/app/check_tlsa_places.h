#pragma once

/// \file
/// `danewerk check` on where TLSA records for mail stand: at names that MX records have. Changes
/// nothing. Thread-compatible.

#include "base/finding.h"
#include "config/config.h"
#include "dns/zone.h"

namespace danewerk::app {

/// TLSA-D11: records, of the zone file or of a certificate, for port 25 of a domain whose mail goes
/// to other hosts. A warning when those of them that are in the zone have records, too.
Findings check_tlsa_places(const config::Config& config, const config::ZoneConfig& zone,
                           const dns::Zone& source);

}  // namespace danewerk::app
