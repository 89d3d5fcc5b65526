#include "source/sorted_runs.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"

namespace danewerk::source {

namespace {

/// Orders as the key does: shorter keys are filled with zero octets.
std::uint64_t prefix_of(std::string_view key) {
  std::uint64_t prefix = 0;
  const std::size_t size = std::min<std::size_t>(key.size(), 8);
  for (std::size_t i = 0; i < 8; ++i) {
    prefix = (prefix << 8) | (i < size ? static_cast<unsigned char>(key[i]) : 0U);
  }
  return prefix;
}

}  // namespace

SortedRuns::SortedRuns(const std::vector<ParsedChunk>& chunks, unsigned jobs) : chunks_(&chunks) {
  std::size_t count = 0;
  for (const auto& chunk : chunks) count += chunk.batch.runs();
  refs_.reserve(count);
  bool is_sorted = true;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    const auto& batch = chunks[c].batch;
    for (std::size_t r = 0; r < batch.runs(); ++r) {
      refs_.push_back({prefix_of(batch.run(r).key()), static_cast<std::uint32_t>(c),
                       static_cast<std::uint32_t>(r)});
      is_sorted =
          is_sorted && (refs_.size() == 1 || !is_before(refs_.back(), refs_[refs_.size() - 2]));
    }
  }
  if (!is_sorted) sort(jobs);
}

bool SortedRuns::is_before(const RunRef& a, const RunRef& b) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  const int order = run(a).key().compare(run(b).key());
  if (order != 0) return order < 0;
  return a.chunk != b.chunk ? a.chunk < b.chunk : a.run < b.run;
}

/// Pieces are sorted on all cores, then merged two by two.
void SortedRuns::sort(unsigned jobs) {
  constexpr std::size_t kWorthThreads = 20'000;
  const auto before = [this](const RunRef& a, const RunRef& b) { return is_before(a, b); };
  std::size_t pieces = 1;
  while (pieces < jobs && refs_.size() / pieces > kWorthThreads) pieces *= 2;
  const auto at = [&](std::size_t piece) {
    return static_cast<std::ptrdiff_t>(refs_.size() * piece / pieces);
  };
  for_each_part(jobs, pieces, [&](std::size_t i) {
    std::sort(refs_.begin() + at(i), refs_.begin() + at(i + 1), before);
  });
  std::vector<RunRef> merged(pieces > 1 ? refs_.size() : 0);
  for (std::size_t width = 1; width < pieces; width *= 2) {
    for_each_part(jobs, pieces / (2 * width), [&](std::size_t i) {
      const auto first = at(2 * width * i);
      const auto middle = at(2 * width * i + width);
      const auto last = at(2 * width * (i + 1));
      std::merge(refs_.begin() + first, refs_.begin() + middle, refs_.begin() + middle,
                 refs_.begin() + last, merged.begin() + first, before);
    });
    refs_.swap(merged);
  }
}

std::vector<std::span<const RunRef>> SortedRuns::segments(std::size_t count) const {
  std::vector<std::span<const RunRef>> found;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= count && begin < refs_.size(); ++i) {
    std::size_t end = std::max(begin, refs_.size() * i / count);
    while (end > 0 && end < refs_.size() && run(refs_[end]).key() == run(refs_[end - 1]).key()) {
      ++end;
    }
    if (end > begin) found.push_back(std::span(refs_).subspan(begin, end - begin));
    begin = end;
  }
  return found;
}

}  // namespace danewerk::source
