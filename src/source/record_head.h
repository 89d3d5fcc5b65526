#pragma once

/// \file
/// What stands before the RDATA of a record: `[TTL] [CLASS] TYPE` or `[CLASS] [TTL] TYPE` (RFC 1035
/// section 5.1). Thread-safe.

#include <optional>
#include <variant>

#include "source/directive.h"

namespace danewerk::source {

struct RecordHead {
  std::optional<dns::Ttl> ttl;
  dns::RrType type = dns::RrType::kA;
  std::size_t rdata_field = 0;  ///< index of the first field of RDATA
};

/// \param first  index of the first field behind the owner.
std::variant<RecordHead, EntryFault> read_head(const Entry& entry, std::size_t first);

}  // namespace danewerk::source
