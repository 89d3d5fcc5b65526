#pragma once

/// \file
/// From what the parents' servers show to the fact that a key's DS is seen, or gone, everywhere.
/// No I/O, no clock. Thread-compatible.

#include <map>
#include <string>

#include "base/finding.h"
#include "base/time.h"
#include "dns/name.h"
#include "model/facts.h"
#include "model/key.h"
#include "observe/parents.h"

namespace danewerk::observe {

/// Two looks that agree are at least this far apart: what one server of many behind an address
/// shows is not what all do.
inline constexpr seconds kBetweenLooks = std::chrono::minutes(10);

/// Keys that may have a DS, by identity.
using DsKeys = std::map<std::string, model::Dnskey>;

/// How a DS belongs to a key.
enum class DsMatch : std::uint8_t {
  kNone,    ///< not of this key
  kWeak,    ///< of this key, with a digest that validators need not take (RFC 8624 section 3.3)
  kUsable,  ///< SHA-256 or SHA-384 of it
};
DsMatch match_ds(dns::NameView zone, const model::Dnskey& key, ByteView ds);

/// One look at all parent servers. Refers to what it was made from.
struct DsLook {
  const ParentsAnswer& parents;
  dns::NameView zone;
  const DsKeys& keys;
  sys_seconds now{};
};

/// Enters a look. A key's DS is *seen* when two looks in a row found it usable at every server,
/// *gone* when two found no digest of it at any; silent servers make a look that counts for
/// neither. A server that shows the DS ends `gone`, one that does not ends `seen`, whatever others
/// do; only the operator's word stands until all servers contradict it. Keys that are not given are
/// forgotten.
void enter_ds(model::Facts& facts, const DsLook& look, Findings& findings);

/// Keeps the TTLs of DS that a cache may still count down.
/// \param ttl  the largest that any server shows; 0: every server answered, and none shows a DS.
void enter_ds_ttl(model::Facts& facts, seconds ttl, sys_seconds now);

/// When a key's DS begins to come or to go, what was seen before says nothing any more.
void forget_ds(model::Facts& facts, const std::string& key);

}  // namespace danewerk::observe
