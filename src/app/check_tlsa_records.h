#pragma once

/// \file
/// `danewerk check` on the TLSA records that stand at the owners of certificates: common mistakes
/// that what is remembered can tell. Changes nothing. Thread-compatible.

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "tlsa/catalogue.h"

namespace danewerk::app {

/// TLSA-D01 to TLSA-D18, as far as state and configuration can tell, and ROLL-TLSA-* of what a pass
/// would refuse to serve, BINDING-OWNER-TAKEN of names where no record can stand. Nothing while
/// there is no state.
Findings check_tlsa_records(const config::Config& config, const tlsa::Catalogue& catalogue,
                            sys_seconds now);

}  // namespace danewerk::app
