#pragma once

/// \file
/// A plain signer for tests: everything anew, one record after the other, nothing shared with ours.

#include "edit_zone.h"

namespace danewerk::fault {

enum class Denial { kNsec, kNsec3, kOptOut };

/// Drops what a signer made and signs the rest with the keys of the fault table.
void sign_whole(EditZone& zone, Denial denial);

}  // namespace danewerk::fault
