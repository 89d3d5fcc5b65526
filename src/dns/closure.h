#pragma once

/// \file
/// Which names a change touches beyond those whose records differ. For the stages that sign; the
/// verifier works this out by itself.

#include <functional>
#include <string_view>

#include "dns/zone.h"

namespace danewerk::dns {

/// Owners whose presence decides what the names below them are (RFC 4035 section 2.2, RFC 6672
/// section 2.4): NS away from the apex, and DNAME.
struct CutRecords {
  bool is_delegation = false;
  bool has_dname = false;
  bool operator==(const CutRecords&) const = default;
};
CutRecords cut_records(std::string_view key, NodeView node);

/// The least key that is greater than that of every name at or below KEY. REQUIRES: key not empty.
std::string end_of_subtree(std::string_view key);

/// Calls fn(key) for each name whose node differs, and for each name, before or after, below an
/// owner that became or stopped being a cut. A key may come more than once; order is not promised.
/// Cost: the pages that differ, and the subtrees below changed cuts.
void for_each_touched_name(const Change& change, const std::function<void(std::string_view)>& fn);

}  // namespace danewerk::dns
