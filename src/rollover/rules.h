#pragma once

/// \file
/// The safety rules: what must be true of all keys of a zone together so that every combination of
/// RRsets in caches validates. After "Flexible and Robust Key Rollover in DNSSEC" (SATIN 2012), and
/// for algorithms RFC 4035 section 2.2. The methods only choose among steps that these rules allow.
/// No state.

#include <optional>
#include <string_view>

#include "model/key_ring.h"

namespace danewerk::rollover {

/// Whether a step may be taken: every rule that holds before must hold after, and no record is
/// withdrawn while a rule stays broken, unless no cache can hold a DS.
/// \returns the identifier of the rule that forbids it; nothing when the step is allowed.
std::optional<std::string_view> violated_rule(const model::KeyRing& before,
                                              const model::KeyRing& after);

/// Rule 1 (3a): some key has a DS at the parent. Always true of a zone that is to become insecure.
bool has_ds(const model::KeyRing& ring);
/// Rule 2 (3b to 3e): for keys of that algorithm, each DS in a cache leads to a key that signs the
/// DNSKEY RRset in any cache.
bool has_trusted_keys(const model::KeyRing& ring, std::uint8_t algorithm);
/// Rule 3 (3f to 3i): for keys of that algorithm, each signature in a cache can be checked with the
/// DNSKEY RRset in any cache.
bool has_valid_signatures(const model::KeyRing& ring, std::uint8_t algorithm);
/// Rule 4: an algorithm of a cached DNSKEY RRset signs all data in any cache, by a key of that
/// RRset (RFC 4035 section 2.2, RFC 6840 section 5.11). Not asked of a zone that no cache trusts.
bool has_complete_algorithm(const model::KeyRing& ring, std::uint8_t algorithm);
/// Rule 4 of the DNSKEY RRset itself, which is cached together with its signatures: each algorithm
/// in it signs it.
bool has_signed_keys(const model::KeyRing& ring, std::uint8_t algorithm);

}  // namespace danewerk::rollover
