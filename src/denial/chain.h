#pragma once

/// \file
/// The NSEC3 chain of a whole zone, as an array in order of hashes (RFC 5155 section 7.1).

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "denial/nsec3.h"
#include "dns/zone.h"
#include "model/denial.h"

namespace danewerk::denial {

/// One name of the chain. 40 octets: there may be millions.
struct Link {
  Hash hash{};
  dns::Standing standing = dns::Standing::kAuthoritative;
  std::uint16_t key_size = 0;
  const char* key_data = nullptr;  ///< into the zone's pages, or the chain's own store
  std::uint32_t children = 0;      ///< names of the chain directly below

  [[nodiscard]] std::string_view key() const { return {key_data, key_size}; }
};

/// Points into the zone that it was built from. Immutable once built; readable by many threads.
class Chain {
 public:
  /// \param zone  with its managed records: what stands there decides the bitmaps.
  /// kRefused when two names hash alike (RFC 5155 section 7.1): another salt is needed.
  static Result<Chain> build(const dns::Zone& zone, const model::DenialParameters& parameters,
                             unsigned jobs);

  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  /// The hash that follows link INDEX; the last one is followed by the first.
  [[nodiscard]] ByteView next(std::size_t index) const {
    return links_[index + 1 == links_.size() ? 0 : index + 1].hash;
  }

 private:
  friend class ChainCollector;
  std::vector<Link> links_;
  std::deque<std::string> empty_non_terminals_;  ///< keys that no page holds; never move
};

}  // namespace danewerk::denial
