#include "dns/tree_builder.h"

#include "dns/tree.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

namespace {

/// Pages of one level above LEVEL: as full as they may be.
template <class Row, class ItemOf>
std::vector<std::pair<PageRef, std::string>> level_above(const Row& row, std::uint8_t level,
                                                         const ItemOf& item_of) {
  std::vector<std::pair<PageRef, std::string>> above;
  std::vector<ChildItem> items;
  std::string_view bound;
  std::uint32_t octets = 0;
  std::uint32_t entries = 0;
  const auto close = [&] {
    above.emplace_back(make_inner(level, items, entries), std::string(bound));
    items.clear();
  };
  for (const auto& one : row) {
    const ChildItem item = item_of(one);
    if (!items.empty() && octets + cost_of(item) > kPageOctets) close();
    if (items.empty()) {
      bound = item.separator;
      octets = kEmptyPageOctets;
      entries = 0;
    }
    octets += cost_of(item);
    entries += item.page.resolve(nullptr)->entries;
    items.push_back(item);
  }
  close();
  return above;
}

}  // namespace

TreeBuilder::~TreeBuilder() {
  for (const Leaf& leaf : leaves_) release(leaf.page);
}

std::uint32_t TreeBuilder::open_octets(std::size_t more) const {
  const std::size_t count = places_.size() + 1;
  // 2 octets for the length of each key: half an octet too many at most.
  const std::size_t each = least_ != 0 ? 2 + 2 + 4 : 2 + 2;
  return static_cast<std::uint32_t>(kEmptyPageOctets + octets_.size() + more + each * count);
}

void TreeBuilder::append(std::string_view key, std::string_view value, Deadline deadline) {
  DW_CHECK(key.size() <= kMaxKeyOctets, "a key has at most 1,023 octets");
  DW_CHECK(value.size() < 0xffffff00U, "a value has less than 4 GiB");
  const bool grows_all = deadline != 0 && least_ == 0;
  const std::size_t more = key.size() + value.size() + (grows_all ? 4 * places_.size() + 4 : 0);
  if (!places_.empty() && (value.size() > kPageOctets || open_octets(more) > kPageOctets)) {
    close_leaf();
  }
  places_.push_back({static_cast<std::uint32_t>(octets_.size()),
                     static_cast<std::uint32_t>(key.size()),
                     static_cast<std::uint32_t>(value.size()), deadline});
  octets_ += key;
  octets_ += value;
  least_ = earlier(least_, deadline);
}

void TreeBuilder::append(TreeBuilder&& later) {
  if (later.leaves_.empty()) {  // a few entries: they fit into the open leaf
    const std::string_view octets = later.octets_;
    for (const Place& place : later.places_) {
      append(octets.substr(place.at, place.key_size),
             octets.substr(place.at + place.key_size, place.value_size), place.deadline);
    }
    later.octets_.clear();
    later.places_.clear();
    later.least_ = 0;
    return;
  }
  if (!places_.empty()) close_leaf();
  bool is_first = true;
  for (Leaf& leaf : later.leaves_) {
    if (is_first && !leaves_.empty()) {
      leaf.separator = shortest_separator(last_key_, leaf.separator);
    }
    is_first = false;
    leaves_.push_back(std::move(leaf));
  }
  later.leaves_.clear();
  octets_.swap(later.octets_);
  places_.swap(later.places_);
  last_key_.swap(later.last_key_);
  least_ = std::exchange(later.least_, 0);
}

void TreeBuilder::close_leaf() {
  std::vector<LeafItem> items;
  items.reserve(places_.size());
  const std::string_view octets = octets_;
  for (const Place& place : places_) {
    items.push_back({octets.substr(place.at, place.key_size),
                     octets.substr(place.at + place.key_size, place.value_size), place.deadline});
    const std::size_t size = items.size();
    DW_CHECK(size < 2 || items[size - 2].key < items[size - 1].key, "keys come in order");
  }
  DW_CHECK(leaves_.empty() || last_key_ < items.front().key, "keys come in order");
  const auto separator =
      leaves_.empty() ? items.front().key : shortest_separator(last_key_, items.front().key);
  leaves_.push_back({make_leaf(items), std::string(separator)});
  last_key_ = items.back().key;
  octets_.clear();
  places_.clear();
  least_ = 0;
}

Tree TreeBuilder::finish() && {
  if (!places_.empty()) close_leaf();
  Tree made;
  if (leaves_.empty()) return made;
  if (leaves_.size() == 1) {
    made.root_ = leaves_.front().page;
    leaves_.clear();
    return made;
  }
  const auto item_of_leaf = [](const Leaf& leaf) {
    return ChildItem{leaf.page, leaf.page.resolve(nullptr)->least, leaf.separator};
  };
  auto row = level_above(leaves_, 1, item_of_leaf);
  leaves_.clear();
  const auto item_of_pair = [](const std::pair<PageRef, std::string>& one) {
    return ChildItem{one.first, one.first.resolve(nullptr)->least, one.second};
  };
  for (std::uint8_t level = 2; row.size() > 1; ++level) {
    row = level_above(row, level, item_of_pair);
  }
  made.root_ = row.front().first;
  return made;
}

}  // namespace danewerk::dns
