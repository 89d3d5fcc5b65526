#pragma once

/// \file
/// The gates of bindings. G: a chain is served only if every version of the TLSA RRset that a
/// resolver may hold accepts it, by each of its combinations alone (RFC 7671 section 8). H: a
/// combination is published only if all that is served matches it. No state.

#include <optional>
#include <string>
#include <vector>

#include "model/binding.h"
#include "rollover/tlsa_timing.h"

namespace danewerk::rollover {

enum class GateKind : std::uint8_t {
  kStrict,   ///< each combination of a version accepts the chain
  kRelaxed,  ///< some record of a version does
  kForced,   ///< not asked: the operator's word, or it is served already
};
std::string_view name_of(GateKind kind);

/// What one version of an RRset says to a chain.
struct Blocked {
  std::string owner;
  model::TlsaCombination combination{};  ///< the first that does not match
  model::TlsaVersion version{};
};

struct GateVerdict {
  std::optional<Blocked> first{};  ///< none: the gate is open
  Moment opens{};                  ///< when the last version that blocks has run out
  /// The same for planning, when nobody can tell yet: as soon as what is wanted is published.
  seconds horizon{0};
  std::string reason{};  ///< which version and combination block, and until when

  [[nodiscard]] bool is_open() const { return !first.has_value(); }
};

/// Gate G for a chain that satisfies these records. A version without records accepts every chain:
/// clients do without DANE.
GateVerdict gate(const model::RdataSet& satisfied, const std::vector<OwnerView>& views,
                 GateKind kind);

/// The first combination of an RRset that does not accept such a chain.
std::optional<model::TlsaCombination> refusing(const model::RdataSet& records,
                                               const model::RdataSet& satisfied, GateKind kind);

/// Gate H for one combination of an RRset that is to be published: each of these satisfies some
/// record of it.
bool accepts(const model::RdataSet& records, const model::TlsaCombination& combination,
             const model::RdataSet& satisfied);

}  // namespace danewerk::rollover
