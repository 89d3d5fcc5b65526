#pragma once

/// \file
/// Master file (RFC 1035 section 5) into a zone, with all that is wrong with it. Reads on all
/// cores.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Bounds that keep time and memory finite whatever a file holds.
struct ReadLimits {
  std::uint64_t errors = 1'000;          ///< then reading stops
  std::uint64_t generated = 1'000'000;   ///< records made by all $GENERATE together
  std::uint32_t includes = 10'000;       ///< files included, all together
  std::uint32_t include_depth = 16;      ///< files within files
  std::size_t entry_octets = 1U << 20;   ///< one record or directive, comments included
  std::size_t chunk_octets = 1U << 20;   ///< what one thread takes at a time
  std::size_t origin_octets = 1U << 26;  ///< searched for an SOA when the origin is not given
};

struct ReadOptions {
  /// Apex of the zone. Missing: the owner of the first SOA.
  std::optional<dns::Name> origin;
  Dnssec dnssec = Dnssec::kDrop;
  unsigned jobs = 1;
  ReadLimits limits = {};
};

struct ReadZone {
  /// Missing when a finding is an error.
  std::optional<dns::Zone> zone;
  Findings findings;
  std::uint64_t records = 0;  ///< in the zone, RRSIG included
  std::uint64_t names = 0;    ///< owners with records, NSEC3 owners apart
  /// Dropped records by type.
  std::map<dns::RrType, std::uint64_t> dropped;
  /// Files that were included, in order, each once. A change of one is a change of the zone.
  std::vector<std::string> included;
};

/// Never fails as such: a file that cannot be read is a finding, too.
ReadZone read_zone_file(const Path& file, const ReadOptions& options);

/// The same for text in memory; NAME stands in places. $INCLUDE is relative to the current folder.
ReadZone read_zone_text(std::string_view text, const std::string& name, const ReadOptions& options);

/// The last line of a file without its newline, read from the end: cheap however long the file is.
/// Empty for an empty file. kBadInput when the line is longer than 64 KiB.
Result<std::string> last_line(const Path& path);

}  // namespace danewerk::source
