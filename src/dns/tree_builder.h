#pragma once

/// \file
/// A Tree made at once from entries that come in order.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dns/tree.h"

namespace danewerk::dns {

/// Builds a version from entries that come in order, at O(1) each.
class TreeBuilder {
 public:
  TreeBuilder() = default;
  TreeBuilder(TreeBuilder&& other) noexcept = default;
  TreeBuilder& operator=(TreeBuilder&& other) = delete;
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;
  ~TreeBuilder();

  /// REQUIRES: key is greater than all before, and has at most 1,023 octets.
  void append(std::string_view key, std::string_view value, Deadline deadline);
  /// Takes over what another builder has, whose keys are all greater: threads build parts. LATER is
  /// empty afterwards and may be filled again.
  void append(TreeBuilder&& later);
  [[nodiscard]] Tree finish() &&;

 private:
  struct Place {
    std::uint32_t at;
    std::uint32_t key_size;
    std::uint32_t value_size;
    Deadline deadline;
  };
  /// A page with all before it in order.
  struct Leaf {
    PageRef page;
    std::string separator;  ///< against the page before; the first key where there is none
  };
  void close_leaf();
  [[nodiscard]] std::uint32_t open_octets(std::size_t more) const;

  std::string octets_;         ///< keys and values of the open leaf
  std::vector<Place> places_;  ///< in octets_
  Deadline least_ = 0;         ///< of the open leaf
  std::string last_key_;       ///< of the last closed leaf
  std::vector<Leaf> leaves_;
};

}  // namespace danewerk::dns
