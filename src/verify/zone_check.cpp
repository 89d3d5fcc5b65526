#include <algorithm>
#include <atomic>
#include <vector>

#include "base/parallel.h"
#include "verify/segments.h"
#include "verify/unsigned.h"
#include "verify/verdict.h"
#include "verify/zonemd.h"

namespace danewerk::verify {

namespace {

/// Small enough that all cores end at about the same time, large enough that looking back at the
/// start of a run costs nothing.
constexpr std::size_t kLeastSegment = 64;
constexpr std::size_t kMostSegment = 2048;
constexpr std::size_t kSegmentsPerJob = 16;

std::vector<Segment> cut(const dns::Tree& tree, unsigned jobs) {
  const std::size_t even = tree.size() / (std::max(1U, jobs) * kSegmentsPerJob);
  return cut_in_segments(tree, std::clamp(even, kLeastSegment, kMostSegment));
}

/// What all runs found, in the order of the zone.
struct Gathered {
  Collector all;
  std::uint64_t chain_records = 0;
};

Gathered check_in_parallel(const Context& context) {
  const unsigned jobs = std::max(1U, context.options.jobs);
  const auto names = cut(context.zone.names(), jobs);
  const auto chain = cut(context.zone.denial(), jobs);
  std::vector<Collector> results(names.size() + chain.size() + 1);
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> chain_records{0};
  for_each_part(jobs, jobs, [&](std::size_t) {
    Workbench bench(context);
    for (std::size_t i = next++; i < results.size(); i = next++) {
      if (i == 0) {  // longest of all, so it is begun first
        check_zonemd(context, results[i]);
      } else if (i <= names.size()) {
        check_names(bench, names[i - 1], results[i]);
      } else {
        check_chain(bench, chain[i - 1 - names.size()], results[i]);
      }
    }
    chain_records += bench.chain.records();
  });
  Gathered gathered;
  for (Collector& result : results) gathered.all.merge(std::move(result));
  gathered.chain_records = chain_records;
  return gathered;
}

}  // namespace

Report Verdict::report(const Context& context, Collector&& gathered) {
  Report report;
  report.findings = std::move(gathered.findings);
  report.counts = gathered.counts;
  if (gathered.least_remaining != std::numeric_limits<std::int64_t>::max()) {
    report.earliest_expiration = context.options.at + seconds{gathered.least_remaining};
  }
  if (report.is_good()) report.verified = VerifiedZone(context.zone);
  return report;
}

Report verify_zone(const dns::Zone& zone, const VerifyOptions& options) {
  if (options.expect == VerifyOptions::Expect::kUnsigned) return verify_unsigned(zone, options);
  Context context(zone, options);
  Collector out;
  read_apex(context, out);
  check_dnskey(context, out);
  Gathered gathered = check_in_parallel(context);
  out.merge(std::move(gathered.all));
  // Each name was looked for in the chain; more records than names means that some are for none.
  const bool is_readable = context.denial == Denial::kNsec3 && context.nsec3.algorithm == kSha1Hash;
  if (is_readable && out.chain_names != gathered.chain_records) find_surplus_records(context, out);
  return Verdict::report(context, std::move(out));
}

}  // namespace danewerk::verify
