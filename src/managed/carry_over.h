#pragma once

/// \file
/// New content for a zone that is signed already: what did not change keeps its signatures.

#include "dns/zone.h"

namespace danewerk::managed {

struct CarriedOver {
  /// `before`: the signed zone; `after`: the new content, with the RRSIGs of RRsets that are the
  /// same, the NSEC records of names that are still there, and the NSEC3 records.
  dns::Change change;
  /// Records other than SOA that differ in content or TTL; RRSIG, NSEC and NSEC3 do not count.
  bool content_changed = false;
};

/// \param before   signed.
/// \param content  unsigned, with its managed records. A ZONEMD in both counts as the same: its
/// digest
///                 is filled in later.
/// Cost grows with the zones when they share no pages, else with what differs.
CarriedOver carry_over(const dns::Zone& before, const dns::Zone& content);

}  // namespace danewerk::managed
