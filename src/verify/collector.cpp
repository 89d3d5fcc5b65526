#include "verify/collector.h"

#include <algorithm>

namespace danewerk::verify {

void Collector::merge(Collector&& other) {
  findings.merge(std::move(other.findings));
  counts.names += other.counts.names;
  counts.rrsets += other.counts.rrsets;
  counts.signatures += other.counts.signatures;
  counts.denial_records += other.counts.denial_records;
  counts.rrsets_visited += other.counts.rrsets_visited;
  chain_names += other.chain_names;
  nsec_records += other.nsec_records;
  least_remaining = std::min(least_remaining, other.least_remaining);
}

}  // namespace danewerk::verify
