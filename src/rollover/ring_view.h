#pragma once

/// \file
/// Questions about the keys of a zone that rules and methods ask. No state.

#include <vector>

#include "model/key_ring.h"

namespace danewerk::rollover {

/// To be in use: its goal says so, and the zone is not to become insecure.
bool is_wanted(const model::KeyRing& ring, const model::RingKey& key);
/// Wanted, and not kept in reserve.
bool is_in_service(const model::KeyRing& ring, const model::RingKey& key);

/// One replaces the other; by identity, never by tag.
bool are_related(const model::RingKey& a, const model::RingKey& b);
inline bool signs_keys(const model::RingKey& key) {
  return key.owns(model::KeyRecord::kKrrsig);
}
inline bool signs_zone(const model::RingKey& key) {
  return key.owns(model::KeyRecord::kZrrsig);
}

bool is_omnipresent(const model::RingKey& key, model::KeyRecord record);
bool is_hidden(const model::RingKey& key, model::KeyRecord record);
bool is_out(const model::RingKey& key, model::KeyRecord record);

/// DNSKEY RRset and signature over it are everywhere.
bool has_key_chain(const model::RingKey& key);
/// It has all signatures that it is to have, and everybody can check them.
bool has_zone_chain(const model::RingKey& key);

/// No cache can hold a DS: to validators the zone is insecure.
bool is_insecure(const model::KeyRing& ring);
/// The zone publishes no key and no signature.
bool is_unsigned(const model::KeyRing& ring);
/// No cache can hold a DNSKEY of that algorithm.
bool has_no_dnskey(const model::KeyRing& ring, std::uint8_t algorithm);
/// A DNSKEY of that algorithm stands in the zone's present RRset.
bool is_published(const model::KeyRing& ring, std::uint8_t algorithm);
bool has_no_ds(const model::KeyRing& ring, std::uint8_t algorithm);
/// Some key in service makes zone signatures of that algorithm, or is to make them.
bool is_kept(const model::KeyRing& ring, std::uint8_t algorithm);

/// The key with which KEY exchanges RECORD: related, owns it and has it out. Null: none.
const model::RingKey* counterpart(const model::KeyRing& ring, const model::RingKey& key,
                                  model::KeyRecord record);

/// The algorithms of a ring, each once.
std::vector<std::uint8_t> algorithms(const model::KeyRing& ring);

}  // namespace danewerk::rollover
