#pragma once

/// \file
/// What listed secondaries show of owners of TLSA records in zones of ours. A serial alone does not
/// say that the records are served, signed and with authority. No I/O, no clock. Thread-compatible.

#include "base/finding.h"
#include "base/time.h"
#include "model/facts.h"
#include "model/tlsa_owner.h"
#include "observe/look.h"

namespace danewerk::observe {

/// Some listed secondary was not seen with the owner's present records yet, and that matters: the
/// version is published, and not known to be everywhere.
bool awaits_records(const model::TlsaOwner& owner, const model::Facts& facts);

/// Enters a look into the owner. A secondary counts when it shows, beside the serial of a version,
/// exactly the records that the version has, or a later one, with a signature whose dates are right
/// when the version has one. One that shows something else is SECONDARY-RECORDS: info at first, for
/// a transfer may come between two answers, a warning when the next look finds the same.
/// \param facts  of the zone, in which the look was entered before.
void enter_tlsa(const Look& look, const model::Facts& facts, sys_seconds now,
                model::TlsaOwner& owner, Findings& findings);

}  // namespace danewerk::observe
