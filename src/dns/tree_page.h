#pragma once

/// \file
/// Pages of a Tree and references to them. Reference counts are atomic; everything else of a page
/// is written by the one edit that owns it, before others can see it.

#include <cstdint>

namespace danewerk::dns {

/// Seconds since 1970 as RRSIG has them; 0 means that nothing is ever due.
using Deadline = std::uint32_t;

/// The earlier of two deadlines, either of which may be 0.
inline Deadline earlier(Deadline a, Deadline b) {
  if (a == 0 || b == 0) return a | b;
  return a < b ? a : b;
}

/// Levels of a tree: enough for 3^24 pages in the worst case, 4 for 1,000,000 names.
inline constexpr unsigned kMaxLevels = 24;

/// A page as it lies in memory and in a snapshot; arrays follow it (tree_layout.h).
struct Page {
  std::uint32_t octets;   ///< of the page, this header included
  std::uint16_t count;    ///< entries of a leaf, children of an inner page
  std::uint8_t level;     ///< 0: leaf
  std::uint8_t flags;     ///< see tree_layout.h
  Deadline least;         ///< earliest deadline below, 0 when there is none
  std::uint32_t entries;  ///< below this page
};

/// A mapped snapshot file.
class Mapping;

/// Where a page is: an address on the heap, or, with the lowest bit set, an offset in the mapped
/// file. A plain number, so that it can stand in pages; who holds one and for how long is the
/// holder's affair.
class PageRef {
 public:
  PageRef() = default;
  static PageRef heap(const Page* page) {
    PageRef made;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): addresses are kept as numbers
    made.bits_ = reinterpret_cast<std::uintptr_t>(page);
    return made;
  }
  /// \param offset  in the file, a multiple of 8.
  static PageRef mapped(std::uint64_t offset) {
    PageRef made;
    made.bits_ = offset | 1U;
    return made;
  }

  [[nodiscard]] bool is_null() const { return bits_ == 0; }
  [[nodiscard]] bool is_mapped() const { return (bits_ & 1U) != 0; }
  [[nodiscard]] std::uint64_t offset() const { return bits_ & ~std::uint64_t{1}; }
  /// \param base  of the mapping that the reference belongs to; may be null for pages on the heap.
  [[nodiscard]] const Page* resolve(const char* base) const {
    // NOLINTBEGIN
    return is_mapped() ? reinterpret_cast<const Page*>(base + offset())
                       : reinterpret_cast<const Page*>(static_cast<std::uintptr_t>(bits_));
    // NOLINTEND
  }
  bool operator==(const PageRef&) const = default;

 private:
  std::uint64_t bits_ = 0;
};
static_assert(sizeof(Page) == 16 && sizeof(PageRef) == 8);

/// A new page with one reference and undefined contents.
Page* allocate_page(std::uint32_t octets);
/// One more or one less holder. What is mapped is not counted: the Tree holds the mapping. With the
/// last holder a page goes, and lets go of those below it.
void add_reference(PageRef ref);
void release(PageRef ref);
/// Frees a page whose children were taken over by another. REQUIRES: is_unique(ref).
void free_shell(PageRef ref);
/// On the heap and with one holder.
bool is_unique(PageRef ref);

}  // namespace danewerk::dns
