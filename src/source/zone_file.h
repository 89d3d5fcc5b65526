#pragma once

/// \file
/// Master file (RFC 1035 section 5) into a zone, with all that is wrong with it. Reads on all cores.

#include <cstdint>
#include <map>
#include <optional>

#include "base/file.h"
#include "base/finding.h"
#include "dns/zone.h"

namespace danewerk::source {

/// What to do with records that a signer made.
enum class Dnssec : std::uint8_t {
  kDrop,      ///< RRSIG, NSEC, NSEC3, NSEC3PARAM, DNSKEY, CDS, CDNSKEY are dropped and counted
  kKeepKeys,  ///< the same, but DNSKEY, CDS and CDNSKEY stay (multi-signer)
  kKeepAll,   ///< a signed zone, to be verified or re-used: nothing is dropped
};

struct ReadOptions {
  /// Apex of the zone. Missing: the owner of the first SOA.
  std::optional<dns::Name> origin;
  Dnssec dnssec = Dnssec::kDrop;
  unsigned jobs = 1;
};

struct ReadZone {
  /// Missing when a finding is an error.
  std::optional<dns::Zone> zone;
  Findings findings;
  std::uint64_t records = 0;  ///< in the zone, RRSIG included
  std::uint64_t names = 0;    ///< owners with records, NSEC3 owners apart
  /// Dropped records by type.
  std::map<dns::RrType, std::uint64_t> dropped;
};

/// Never fails as such: a file that cannot be read is a finding, too.
ReadZone read_zone_file(const Path& file, const ReadOptions& options);

/// The same for text in memory; NAME stands in places. $INCLUDE is relative to the current folder.
ReadZone read_zone_text(std::string_view text, const std::string& name, const ReadOptions& options);

}  // namespace danewerk::source
