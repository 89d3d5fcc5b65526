#include "rollover/ledger.h"

#include <algorithm>

#include "rollover/everywhere.h"

namespace danewerk::rollover {

using model::LedgerEntry;
using model::LedgerKind;
using model::VersionNumber;

Moment cached_until(LedgerKind kind, VersionNumber version, const Outside& outside) {
  const auto here = everywhere(version, outside);
  Moment last = here;
  bool is_known = false;
  for (const auto& entry : outside.facts.ledger) {
    if (entry.kind != kind || entry.first >= version) continue;
    is_known = true;
    const bool ended = entry.until != 0 && entry.until < version;
    last = later_of(last, (ended ? everywhere(entry.until, outside) : here) + entry.value);
  }
  if (is_known || kind == LedgerKind::kDnskey) return last;
  for (const auto& entry : outside.facts.ledger) {
    if (entry.kind == kind && entry.first == version) last = later_of(last, here + entry.value);
  }
  return last;
}

bool has_entry(LedgerKind kind, VersionNumber version, const model::Facts& facts) {
  return std::ranges::any_of(facts.ledger, [&](const LedgerEntry& entry) {
    return entry.kind == kind && entry.first <= version &&
           (entry.until == 0 || entry.until > version);
  });
}

seconds present_value(LedgerKind kind, seconds minimum, const model::Facts& facts) {
  seconds largest = minimum;
  for (const auto& entry : facts.ledger) {
    if (entry.kind == kind && entry.until == 0) largest = std::max(largest, entry.value);
  }
  return largest;
}

}  // namespace danewerk::rollover
