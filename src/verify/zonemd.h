#pragma once

/// \file
/// The digest over the whole zone (RFC 8976 sections 3 and 4), scheme SIMPLE with SHA-384 and
/// SHA-512. Thread-compatible.

#include "verify/context.h"

namespace danewerk::verify {

/// Whether the apex has ZONEMD: then check_zonemd reads the whole zone.
bool has_zonemd(const dns::Zone& zone);
/// Every ZONEMD that can be checked is; nothing happens when there is none.
void check_zonemd(const Context& context, Collector& out);

}  // namespace danewerk::verify
