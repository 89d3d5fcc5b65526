#pragma once

/// \file
/// May a chain be served, may records be published? A chain may be served only when it satisfies
/// every version of the TLSA records that a resolver may still hold (promise P2). Pure;
/// thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "model/visibility.h"
#include "tlsa/association.h"
#include "tlsa/chain.h"
#include "tlsa/match.h"

namespace danewerk::tlsa {

/// TLSA records as they stood at one owner for a while.
struct RrsetVersion {
  std::vector<Association> associations{};  ///< empty: there were none
  seconds ttl{0};                           ///< the largest of the RRset and of aliases to it
  /// When the slowest authoritative address was last seen with it; nothing: it is still served.
  std::optional<sys_seconds> last_served{};
  model::VersionNumber version = 0;  ///< of the zone, for reports
};

struct GateRules {
  unsigned ttl_multiplier = 2;  ///< "two TTLs" (RFC 7671 section 8.1)
  seconds margin{300};          ///< for clocks and rounding
  enum class Mode : std::uint8_t {
    kStrict,   ///< each combination suffices by itself (RFC 7671 section 8)
    kRelaxed,  ///< for a client that tries all records, with digest agility
  };
  Mode mode = Mode::kStrict;
};

/// Until when resolvers may hold a version; nothing: it is still served.
std::optional<sys_seconds> held_until(const RrsetVersion& version, const GateRules& rules);

/// An owner of TLSA records, and what was and is published there.
struct GateOwner {
  std::string owner{};               ///< "_25._tcp.mx1.example.org."
  std::vector<std::string> names{};  ///< of which one has to be in the certificate for usage 2
  std::vector<RrsetVersion> versions{};
};

/// What a combination of a view says.
struct CombinationVerdict {
  Combination combination{};
  std::optional<std::size_t> matched{};  ///< index of the record within its version
  std::string reason{};                  ///< why none of them does
  bool is_disputed = false;              ///< our reading and OpenSSL's differ
};
struct ViewVerdict {
  std::string owner{};
  model::VersionNumber version = 0;
  std::optional<sys_seconds> until{};  ///< nothing: still served
  std::vector<CombinationVerdict> combinations{};
  bool is_satisfied = true;
};
struct GateVerdict {
  bool is_open = true;
  std::vector<ViewVerdict> views{};  ///< those that a resolver may hold
  /// When it opens by itself, all views that stand in the way being gone, and the chain still good
  /// then; nothing: not before something else is published.
  std::optional<sys_seconds> opens_at{};
  /// TLSA-GATE-CLOSED for each combination in the way, and TLSA-GATE-DISPUTED.
  Findings findings{};
};

/// Gate G: may CHAIN be served now? A view without records never stands in the way, nor do records
/// with usage 0 or 1.
GateVerdict judge_gate(const Chain& chain, std::span<const GateOwner> owners, sys_seconds now,
                       const GateRules& rules);

/// Gate H: may these records take the place of those that are published? Each combination must
/// match each chain that is served or was last seen served (RFC 7671 section 8.2).
struct Publication {
  std::string owner{};
  std::vector<std::string> names{};
  std::vector<Association> associations{};
};
/// TLSA-PUBLISH-UNMATCHED for each combination that does not match one of the chains.
Findings judge_publication(const Publication& publication, std::span<const Chain* const> served,
                           sys_seconds now);

}  // namespace danewerk::tlsa
