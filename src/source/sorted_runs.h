#pragma once

/// \file
/// Runs of records from many chunks in canonical order of their owners (RFC 4034 section 6.1).

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "source/chunk_parser.h"

namespace danewerk::source {

/// One run of one chunk.
struct RunRef {
  std::uint64_t prefix;  ///< first eight octets of the key: decides most comparisons
  std::uint32_t chunk;
  std::uint32_t run;
};

class SortedRuns {
 public:
  /// Sorts on `jobs` threads, unless all is in order already. Runs of one owner stay in the order
  /// in which they were read. `chunks` must outlive it.
  SortedRuns(const std::vector<ParsedChunk>& chunks, unsigned jobs);

  [[nodiscard]] const std::vector<RunRef>& refs() const { return refs_; }
  [[nodiscard]] dns::RecordBatch::Run run(const RunRef& ref) const {
    return (*chunks_)[ref.chunk].batch.run(ref.run);
  }
  /// At most `count` ranges of nearly equal length; no owner stands in two.
  [[nodiscard]] std::vector<std::span<const RunRef>> segments(std::size_t count) const;

 private:
  [[nodiscard]] bool is_before(const RunRef& a, const RunRef& b) const;
  void sort(unsigned jobs);

  const std::vector<ParsedChunk>* chunks_;
  std::vector<RunRef> refs_;
};

}  // namespace danewerk::source
