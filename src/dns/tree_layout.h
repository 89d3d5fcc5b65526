#pragma once

/// \file
/// The octets of pages, for the files of the tree alone. Numbers are of this machine's byte order;
/// offsets count from the start of the page and have 16 bits, or 32 in a page of over 64 KiB.
///
///     leaf    header | offsets[count + 1] | deadlines[count] | entries
///     inner   header | references[count] | deadlines[count] | offsets[count + 1] | separators
///
/// An entry is the length of the key (1 octet below 128, else 2), the key, and the value up to the
/// next offset. A leaf without deadlines has no array of them. Separator i is greater than all keys
/// below child i - 1 and not greater than those below child i; separator 0 is empty.

#include <cstring>
#include <span>
#include <string_view>

#include "dns/tree_page.h"

namespace danewerk::dns {

/// Pages are split when they would be larger: one page of the machine, so that reading one from a
/// snapshot is one fault, and copying one costs a fraction of a microsecond.
inline constexpr std::uint32_t kPageOctets = 4096;
/// Pages below this are joined with a neighbour where the two fit into one.
inline constexpr std::uint32_t kSmallPageOctets = kPageOctets / 4;
/// Keys of names have at most 508 octets; with this bound an inner page has at least three
/// children.
inline constexpr std::size_t kMaxKeyOctets = 1023;

inline constexpr std::uint8_t kWideOffsets = 1;   ///< offsets have 32 bits
inline constexpr std::uint8_t kHasDeadlines = 2;  ///< leaf with an array of deadlines

struct LeafItem {
  std::string_view key;
  std::string_view value;
  Deadline deadline = 0;
};

struct ChildItem {
  PageRef page;
  Deadline least = 0;
  std::string_view separator;
};

/// Reads arrays that may lie at any address.
template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void save(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

inline const char* octets_of(const Page* page) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a page is octets
  return reinterpret_cast<const char*>(page);
}
inline char* octets_of(Page* page) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): a page is octets
  return reinterpret_cast<char*>(page);
}

inline std::uint32_t offset_octets(std::uint8_t flags) {
  return (flags & kWideOffsets) != 0 ? 4 : 2;
}

/// Reads an array of offsets.
class Offsets {
 public:
  Offsets(const char* at, std::uint8_t flags) : at_(at), wide_((flags & kWideOffsets) != 0) {}
  std::uint32_t operator[](std::size_t i) const {
    return wide_ ? load<std::uint32_t>(at_ + 4 * i) : load<std::uint16_t>(at_ + 2 * i);
  }

 private:
  const char* at_;
  bool wide_;
};

class LeafView {
 public:
  /// REQUIRES: page->level is 0.
  explicit LeafView(const Page* page)
      : page_(page), offsets_(octets_of(page) + sizeof(Page), page->flags) {}

  [[nodiscard]] std::uint32_t count() const { return page_->count; }
  [[nodiscard]] LeafItem item(std::size_t i) const {
    const char* at = octets_of(page_) + offsets_[i];
    const char* const end = octets_of(page_) + offsets_[i + 1];
    const std::string_view key = key_at(at);
    at = key.data() + key.size();
    return {key, {at, static_cast<std::size_t>(end - at)}, deadline(i)};
  }
  [[nodiscard]] std::string_view key(std::size_t i) const {
    return key_at(octets_of(page_) + offsets_[i]);
  }
  [[nodiscard]] Deadline deadline(std::size_t i) const {
    return (page_->flags & kHasDeadlines) == 0 ? 0 : load<Deadline>(deadlines() + 4 * i);
  }
  /// Where the deadlines stand. REQUIRES: the page has some.
  [[nodiscard]] const char* deadlines() const {
    return octets_of(page_) + sizeof(Page) +
           std::size_t{offset_octets(page_->flags)} * (page_->count + 1U);
  }
  /// First item whose key is not less; count() when there is none.
  [[nodiscard]] std::uint32_t lower_bound(std::string_view key) const;

 private:
  static std::string_view key_at(const char* at) {
    const auto first = static_cast<std::uint8_t>(*at);
    if (first < 0x80) return {at + 1, first};
    return {at + 2, (first & 0x7fU) << 8U | static_cast<std::uint8_t>(at[1])};
  }
  const Page* page_;
  Offsets offsets_;
};

class InnerView {
 public:
  /// REQUIRES: page->level is not 0.
  explicit InnerView(const Page* page)
      : page_(page),
        offsets_(octets_of(page) + sizeof(Page) + std::size_t{12} * page->count, page->flags) {}

  [[nodiscard]] std::uint32_t count() const { return page_->count; }
  [[nodiscard]] PageRef child(std::size_t i) const {
    return load<PageRef>(octets_of(page_) + sizeof(Page) + 8 * i);
  }
  [[nodiscard]] Deadline least(std::size_t i) const {
    return load<Deadline>(octets_of(page_) + sizeof(Page) + std::size_t{8} * page_->count + 4 * i);
  }
  [[nodiscard]] std::string_view separator(std::size_t i) const {
    return {octets_of(page_) + offsets_[i], offsets_[i + 1] - offsets_[i]};
  }
  [[nodiscard]] ChildItem item(std::size_t i) const { return {child(i), least(i), separator(i)}; }
  /// The child below which KEY belongs.
  [[nodiscard]] std::uint32_t index_of(std::string_view key) const;

 private:
  const Page* page_;
  Offsets offsets_;
};

/// Octets that one item adds to a page with narrow offsets.
inline std::uint32_t cost_of(const LeafItem& item, bool with_deadlines) {
  const auto size = item.key.size() + item.value.size() + (item.key.size() < 0x80 ? 1U : 2U);
  return static_cast<std::uint32_t>(size) + 2U + (with_deadlines ? 4U : 0U);
}
inline std::uint32_t cost_of(const ChildItem& item) {
  return static_cast<std::uint32_t>(item.separator.size()) + 14U;
}
/// Octets of a page with narrow offsets beside its items.
inline constexpr std::uint32_t kEmptyPageOctets = sizeof(Page) + 2;

/// Makes a page of exactly the size that it needs, with one reference; takes over those in items.
/// REQUIRES: not empty.
PageRef make_leaf(std::span<const LeafItem> items);
/// \param entries  sum over the children.
PageRef make_inner(std::uint8_t level, std::span<const ChildItem> items, std::uint32_t entries);
/// Points child INDEX of a page that the caller owns to another page. Entries are adjusted by the
/// caller.
void set_child(Page* page, std::size_t index, PageRef child, Deadline least);

/// The shortest octets that are greater than BEFORE and not greater than KEY.
/// REQUIRES: before < key.
inline std::string_view shortest_separator(std::string_view before, std::string_view key) {
  std::size_t common = 0;
  while (common < before.size() && before[common] == key[common]) ++common;
  return key.substr(0, common + 1);
}

}  // namespace danewerk::dns
