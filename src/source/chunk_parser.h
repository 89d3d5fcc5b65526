#pragma once

/// \file
/// One chunk of a master file into records. Threads parse chunks independently; what a chunk cannot
/// know when it is parsed (the last TTL stated before it) is put in when all are together.
/// Thread-safe.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "dns/record.h"
#include "source/chunk.h"
#include "source/zone_file.h"

namespace danewerk::source {

/// Types that a signer makes anew, in the order in which they are counted.
inline constexpr std::array kDroppable{
    dns::RrType::kRrsig,  dns::RrType::kNsec, dns::RrType::kNsec3,   dns::RrType::kNsec3Param,
    dns::RrType::kDnskey, dns::RrType::kCds,  dns::RrType::kCdnskey,
};

/// Stands in a batch for the TTL that was stated last before the chunk.
inline constexpr dns::Ttl kInheritedTtl = 0xffffffff;

struct ParsedChunk {
  explicit ParsedChunk(dns::NameView apex, std::uint32_t file) : batch(apex, file) {}

  dns::RecordBatch batch;
  Findings findings;
  std::string file_name;
  bool has_records = false;
  /// The last TTL stated.
  std::optional<dns::Ttl> stated_ttl;
  /// What the minimum of an SOA without TTL makes the default of all that follows.
  std::optional<dns::Ttl> fallback_ttl;
  std::array<std::uint64_t, kDroppable.size()> dropped{};
  std::vector<std::string> dnames;  ///< sort keys of DNAME owners
  bool has_bad_soa = false;         ///< an SOA could not be read
  bool has_bad_ns = false;
};

struct ParseSettings {
  dns::NameView apex;
  Dnssec dnssec = Dnssec::kDrop;
};

ParsedChunk parse_chunk(const Chunk& chunk, const ParseSettings& settings);

/// The owner of the first SOA in a chunk, if there is one that can be read.
std::optional<dns::Name> find_soa_owner(const Chunk& chunk);

}  // namespace danewerk::source
