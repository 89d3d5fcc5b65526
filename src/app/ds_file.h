#pragma once

/// \file
/// DS records that an operator wants a zone checked against.

#include <optional>
#include <vector>

#include "base/file.h"
#include "dns/name.h"

namespace danewerk::app {

/// RDATA of the DS records in a file of records, one a line, as `dnssec-dsfromkey`, `dig DS` and
/// registrars write them. Other owners than ORIGIN are left out when ORIGIN is known.
/// kBadInput with file:line for a line that is no record, or when no DS is left.
Result<std::vector<Bytes>> read_ds_file(const Path& path, const std::optional<dns::Name>& origin);

}  // namespace danewerk::app
