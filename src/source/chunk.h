#pragma once

/// \file
/// A piece of a master file that one thread parses, with all that it must know of what came before.

#include <cstdint>
#include <optional>
#include <string>

#include "base/finding.h"
#include "dns/name.h"
#include "dns/type.h"

namespace danewerk::source {

/// What holds at a place of a master file (RFC 1035 section 5.1, RFC 2308 section 4).
struct Scope {
  std::optional<dns::Name> origin;
  std::optional<dns::Ttl> default_ttl;  ///< $TTL, or the SOA's minimum where nothing says a TTL
  std::optional<dns::Name> owner;       ///< for a record without one
  /// An owner was written, but is no name: records that inherit it are passed over in silence.
  bool is_owner_bad = false;
};

struct Chunk {
  std::size_t index = 0;
  /// Whole entries; ends with a newline. No $INCLUDE and no $GENERATE: they are between chunks.
  std::string text;
  std::string file_name;
  std::uint32_t file = 0;  ///< number of the file
  std::uint32_t first_line = 1;
  bool has_fixed_line = false;  ///< $GENERATE made it: everything stands at first_line, column 1
  bool is_first = false;        ///< no record came before it
  bool is_cut_off = false;      ///< ends with the file, which has no newline at its end
  Scope scope;
  Findings findings;  ///< what was wrong between the chunk before and this one
};

}  // namespace danewerk::source
