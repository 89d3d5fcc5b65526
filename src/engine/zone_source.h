#pragma once

/// \file
/// The unsigned zone file of a managed zone. A file with errors is no zone: what is published stays
/// (promise P4). No state.

#include <optional>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "dns/zone.h"
#include "model/zone_state.h"

namespace danewerk::engine {

struct SourceRead {
  std::optional<dns::Zone> zone{};       ///< missing when a finding is an error
  std::vector<model::FileMark> marks{};  ///< the file, then what it includes
  Findings findings{};
};

/// Reads the file of ZONE. Beside what is wrong with it as a zone: SOURCE-IS-OUTPUT, and
/// SOURCE-IS-SIGNED, for a zone that somebody signs already is not signed over in silence.
SourceRead read_source(const config::ZoneConfig& zone, const dns::Name& apex, unsigned jobs);

/// The file of ZONE is the one of which MARKS were made, and all of them are as they were when they
/// were read, at READ_AT.
bool are_same(const config::ZoneConfig& zone, const std::vector<model::FileMark>& marks,
              sys_seconds read_at);

/// The finding is about the content of a zone file: it stands until the file is read again.
bool is_about_source(std::string_view finding);

}  // namespace danewerk::engine
