#pragma once

/// \file
/// The octets of a snapshot:
///
///     header (64 octets) | apex, wire form | pages of `names` | pages of `denial`
///
/// each at a multiple of 8 octets. A page stands behind those that it refers to, by their offset in
/// the file; so a walk from the root downwards goes towards the front, and ends.

#include <array>
#include <cstdint>
#include <string_view>

#include "base/file.h"

namespace danewerk::dns {

inline constexpr std::array<char, 8> kSnapshotMagic{'D', 'W', 'Z', 'O', 'N', 'E', '\r', '\n'};
inline constexpr std::uint32_t kByteOrder = 0x01020304;
inline constexpr std::uint16_t kSnapshotVersion = 1;

struct SnapshotHeader {
  std::array<char, 8> magic = kSnapshotMagic;
  std::uint32_t byte_order = kByteOrder;
  std::uint16_t version = kSnapshotVersion;
  std::uint16_t apex_octets = 0;
  std::uint64_t file_octets = 0;
  std::uint64_t names_root = 0;   ///< offset; 0: no entries
  std::uint64_t denial_root = 0;  ///< offset; 0: no entries
  std::uint32_t names_count = 0;
  std::uint32_t denial_count = 0;
  std::uint64_t body_checksum = 0;    ///< all behind the header
  std::uint64_t header_checksum = 0;  ///< all of the header before this
};
static_assert(sizeof(SnapshotHeader) == 64);

inline constexpr std::size_t kHeaderOctets = sizeof(SnapshotHeader);

/// A checksum against faults of disks and copies, not against malice. Each step is a bijection of
/// the state for any word, and of the word for any state: a fault in one word is always found.
class Checksum {
 public:
  /// REQUIRES: a multiple of 8 octets, but for the last call.
  void add(std::string_view octets);
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

std::uint64_t header_checksum(const SnapshotHeader& header);

/// Checks the pages of a mapped snapshot; the checksum is the caller's affair.
Result<void> check_snapshot_pages(std::string_view file, const SnapshotHeader& header);

}  // namespace danewerk::dns
