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

/// What the rollover engine counts with of a version.
struct VersionTraits {
  std::uint32_t serial = 0;
  seconds soa_refresh{0}, soa_retry{0}, soa_expire{0};
  seconds signed_ttl{0};                ///< the largest of an RRset that a ZSK signs
  seconds denial_ttl{0};                ///< how long a negative answer is cached
  std::optional<seconds> dnskey_ttl{};  ///< none: there is no DNSKEY RRset
};
VersionTraits traits_of(const dns::Change& change, const model::Facts& facts);
/// Those of the newest version that facts know. Nothing when they know none.
std::optional<VersionTraits> present_traits(const model::Facts& facts);

/// Enters a version that is about to be committed: ledger, SOA fields and publication.
/// REQUIRES: version is greater than any that facts know.
void enter_version(model::Facts& facts, const VersionTraits& traits, model::VersionNumber version);
void enter_version(model::Facts& facts, const dns::Change& change, model::VersionNumber version);

/// The first RRSIG of a version expires then; none: it has no signature.
std::optional<sys_seconds> earliest_expiration(const dns::Zone& zone, sys_seconds now);

/// Drops ledger entries that ran out long ago, and publications that neither they nor a move under
/// way count from.
void prune(model::Facts& facts, const model::KeyRing& ring, sys_seconds now);

}  // namespace danewerk::engine
