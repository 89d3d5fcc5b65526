#pragma once

/// \file
/// How long caches may hold what a zone published: from the TTLs that each version really had, so
/// that a TTL lowered in the configuration does not shorten a wait that has begun. No state.

#include "rollover/moment.h"

namespace danewerk::rollover {

/// Until when a cache may hold an RRset of that kind from a version before VERSION: each such TTL
/// counts from the moment at which the last version with it was nowhere served any more.
/// Never before VERSION is everywhere. Where nothing is known from before VERSION (the first of a
/// zone), its own values stand for those of its unknown predecessor, but for kDnskey: there was
/// none.
Moment cached_until(model::LedgerKind kind, model::VersionNumber version, const Outside& outside);

/// Whether the ledger has a value of that kind for that version.
bool has_entry(model::LedgerKind kind, model::VersionNumber version, const model::Facts& facts);

/// The largest value of that kind that is still in force, or MINIMUM; for planning only.
seconds present_value(model::LedgerKind kind, seconds minimum, const model::Facts& facts);

}  // namespace danewerk::rollover
