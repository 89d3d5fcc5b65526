#pragma once

/// \file
/// What the world outside can be shown: versions of a zone and of its DS RRset at the parent, by
/// which keys they are signed, and how long caches keep them. Knows nothing of how rolls are
/// decided. Value types.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"

namespace danewerk::world {

/// A key, whatever its role.
struct Key {
  std::uint32_t number = 0;
  std::uint8_t algorithm = 0;
  auto operator<=>(const Key&) const = default;
};

/// Sorted, each once.
class KeySet {
 public:
  KeySet() = default;
  KeySet(std::initializer_list<Key> keys);
  void add(Key key);
  [[nodiscard]] bool contains(Key key) const;
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  [[nodiscard]] auto begin() const { return keys_.begin(); }
  [[nodiscard]] auto end() const { return keys_.end(); }
  auto operator<=>(const KeySet&) const = default;

 private:
  std::vector<Key> keys_;
};
/// "{1/8 2/13}": number and algorithm.
std::string to_text(const KeySet& keys);

/// An RRset with its RRSIGs: cached and served together (RFC 4035 section 5.3.3).
struct SignedRrset {
  std::string name;
  seconds ttl{0};
  KeySet signers{};
  auto operator<=>(const SignedRrset&) const = default;
};

/// DNSKEY RRset with its RRSIGs; empty: the proof that there is none, cached for the negative TTL
/// (RFC 2308 section 5).
struct DnskeyRrset {
  KeySet keys{};
  KeySet signers{};
  seconds ttl{0};
  auto operator<=>(const DnskeyRrset&) const = default;
};

/// DS RRset; empty: the proof that there is none: an insecure zone.
struct DsRrset {
  KeySet keys{};
  seconds ttl{0};
  auto operator<=>(const DsRrset&) const = default;
};

/// A version of the zone as far as validation depends on it.
struct ZoneVersion {
  std::uint64_t number = 0;
  DnskeyRrset dnskey{};
  std::vector<SignedRrset> data{};  ///< samples, a denial of existence among them
  seconds expire{0};                ///< SOA EXPIRE
};

}  // namespace danewerk::world
