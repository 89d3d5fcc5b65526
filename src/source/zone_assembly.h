#pragma once

/// \file
/// Records of many chunks into a zone, on all cores, with the checks that need more than one
/// record.

#include <optional>
#include <vector>

#include "base/finding.h"
#include "dns/zone.h"
#include "source/chunk_parser.h"

namespace danewerk::source {

struct AssemblySettings {
  dns::NameView apex;
  Dnssec dnssec;
  unsigned jobs;
  std::string_view file_name;  ///< for what stands nowhere
};

struct Assembly {
  std::optional<dns::Zone> zone;
  Findings findings;
  std::uint64_t records = 0;
  std::uint64_t names = 0;
};

/// \param inherited  for each chunk, what kInheritedTtl means in it.
Assembly assemble(const std::vector<ParsedChunk>& chunks, const std::vector<dns::Ttl>& inherited,
                  const AssemblySettings& settings);

}  // namespace danewerk::source
