#pragma once

/// \file
/// What a version of a zone teaches the rollover engine: TTLs for the ledger, SOA fields, how many
/// signatures there are. No state.

#include "dns/zone.h"
#include "model/facts.h"
#include "model/key_ring.h"

namespace danewerk::engine {

/// SOA in parts (RFC 1035 section 3.3.13), spans in seconds.
struct SoaFields {
  std::uint32_t serial = 0;
  seconds refresh{0}, retry{0}, expire{0}, minimum{0};
  seconds ttl{0};
};
/// REQUIRES: zone has an SOA at its apex.
SoaFields soa_of(const dns::Zone& zone);

/// Largest TTL of an RRset that a ZSK signs, denial included. \param known  the largest of
/// `change.before`, or nothing when it is not known. Cost grows with the change, except when the
/// RRset with the largest TTL goes.
seconds largest_signed_ttl(const dns::Change& change, std::optional<seconds> known);

/// Enters a version that is about to be committed: ledger, SOA fields and publication.
/// REQUIRES: version is greater than any that facts know.
void enter_version(model::Facts& facts, const dns::Change& change, model::VersionNumber version);

/// Drops ledger entries that ran out long ago, and publications that neither they nor a move under
/// way count from.
void prune(model::Facts& facts, const model::KeyRing& ring, sys_seconds now);

}  // namespace danewerk::engine
