#pragma once

/// \file
/// What the candidates are filled with.

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Item {
  std::string key;
  std::string value;
};

enum class Kind {
  kHosts,        ///< A, AAAA, and TXT in place of signatures: 150 to 300 octets
  kDelegations,  ///< two name servers each, outside of the zone
};

/// COUNT names in order, packed as zones have them. The same for the same arguments.
std::vector<Item> make_names(Kind kind, std::size_t count);

/// Positions in [0, COUNT), in no order; the same for the same arguments.
std::vector<std::size_t> make_positions(std::size_t count, std::size_t many);

}  // namespace bench
