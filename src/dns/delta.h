#pragma once

/// \file
/// What differs between two versions of a zone as octets, for the journal. A delta holds both sides
/// of every entry that differs, whole: it can be applied, checked against what it is applied to,
/// inverted, and turned into an answer to IXFR without the zone. Thread-safe.

#include <functional>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "dns/zone.h"

namespace danewerk::dns {

/// Cost and size grow with the change, not with the zone.
/// REQUIRES: both versions have the same apex.
Bytes pack_delta(const Change& change);

/// The version after the change. kCorrupt when the delta is not one whole delta of this zone, or
/// when something else stands in BEFORE than what the delta says stood there.
Result<Zone> apply_delta(const Zone& before, ByteView delta);

/// One entry that differs; at least one side is there.
struct EntryDifference {
  bool in_denial = false;             ///< of the tree `denial`, else of `names`
  std::optional<Tree::Entry> before;  ///< keys are the same
  std::optional<Tree::Entry> after;
};
using EntryDifferenceFn = std::function<Result<void>(const EntryDifference&)>;

/// Reads a delta: names in canonical order, then hashes. Views end with the call; what fn fails of
/// ends the walk. kCorrupt as check_delta; what comes before the fault was given to fn already.
Result<void> for_each_in_delta(NameView apex, ByteView delta, const EntryDifferenceFn& fn);

/// Bounds, order, and the form of every key, node and chain entry, whatever the octets. kCorrupt
/// with the first thing that is wrong, or when it is of another zone than that of this apex. Does
/// not know whether a version fits.
Result<void> check_delta(NameView apex, ByteView delta);

}  // namespace danewerk::dns
