#pragma once

/// \file
/// The published keys, read from the DNSKEY RRset alone (RFC 4034 section 2). Thread-compatible.

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "dns/node.h"
#include "verify/collector.h"

namespace danewerk::verify {

/// RFC 4034 appendix B.
std::uint16_t key_tag(ByteView dnskey_rdata);

/// Whether `crypto` can check signatures of this algorithm.
bool is_checkable(std::uint8_t algorithm);

struct PublishedKey {
  ByteView rdata;  ///< points into the zone
  std::uint8_t algorithm = 0;
  std::uint16_t tag = 0;
  bool is_zone_key = false;  ///< RFC 4034 section 2.1.1, and protocol 3
  bool is_revoked = false;   ///< RFC 5011 section 7
  bool is_sep = false;
  bool is_recorded = false;  ///< not in the zone: its DNSKEY comes later, or has gone
  [[nodiscard]] ByteView public_key() const { return rdata.subspan(4); }
};

struct KeySet {
  std::vector<PublishedKey> keys;
  /// Algorithms by which every RRset has to be signed (RFC 4035 section 2.2), ascending: those of
  /// zone keys that are not revoked.
  std::vector<std::uint8_t> algorithms;
};

/// Reads the DNSKEY RRset; reports keys that cannot serve. RECORDED ones follow those of the zone:
/// their signatures are checked, and count for nothing.
KeySet read_keys(dns::NodeView apex_node, const Owner& apex, std::span<const Bytes> recorded,
                 Collector& out);

}  // namespace danewerk::verify
