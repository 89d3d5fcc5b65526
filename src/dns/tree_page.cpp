#include "dns/tree_page.h"

#include <atomic>
#include <limits>
#include <new>

#include "base/result.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

namespace {

/// Stands before a page on the heap; 8 octets, so that the page is aligned.
struct Holders {
  std::atomic<std::uint32_t> count;
  std::uint32_t unused;
};
static_assert(sizeof(Holders) == 8);

std::atomic<std::uint32_t>& holders_of(PageRef ref) {
  // NOLINTBEGIN: the count is not part of the page, and not constant when the page is
  const char* const page = octets_of(ref.resolve(nullptr));
  return reinterpret_cast<Holders*>(const_cast<char*>(page) - sizeof(Holders))->count;
  // NOLINTEND
}

/// Writes key, value and length of the key.
char* save_entry(char* at, const LeafItem& item) {
  const std::size_t size = item.key.size();
  if (size < 0x80) {
    *at++ = static_cast<char>(size);
  } else {
    *at++ = static_cast<char>(0x80U | size >> 8U);
    *at++ = static_cast<char>(size & 0xffU);
  }
  at += item.key.copy(at, size);
  return at + item.value.copy(at, item.value.size());
}

void save_offset(char* array, std::uint8_t flags, std::size_t index, std::size_t offset) {
  if ((flags & kWideOffsets) != 0) {
    save(array + 4 * index, static_cast<std::uint32_t>(offset));
  } else {
    save(array + 2 * index, static_cast<std::uint16_t>(offset));
  }
}

/// Whether narrow offsets do, and the size of the page.
struct Extent {
  std::uint8_t flags;
  std::uint32_t octets;
};
Extent extent(std::uint64_t narrow_octets, std::size_t count) {
  DW_CHECK(count <= std::numeric_limits<std::uint16_t>::max(), "a page has at most 65,535 items");
  const bool wide = narrow_octets > std::numeric_limits<std::uint16_t>::max();
  const std::uint64_t octets = narrow_octets + (wide ? 2 * (count + 1) : 0);
  DW_CHECK(octets <= std::numeric_limits<std::uint32_t>::max(), "a page has less than 4 GiB");
  return {wide ? kWideOffsets : std::uint8_t{0}, static_cast<std::uint32_t>(octets)};
}

}  // namespace

Page* allocate_page(std::uint32_t octets) {
  char* const block = static_cast<char*>(::operator new(sizeof(Holders) + octets));
  new (block) Holders{1, 0};
  return new (block + sizeof(Holders)) Page;
}

void add_reference(PageRef ref) {
  if (ref.is_null() || ref.is_mapped()) return;
  holders_of(ref).fetch_add(1, std::memory_order_relaxed);
}

void free_shell(PageRef ref) {
  auto& holders = holders_of(ref);
  ::operator delete(&holders);
}

void release(PageRef ref) {
  if (ref.is_null() || ref.is_mapped()) return;
  // The last holder must see what others did with the page before they let go of it.
  if (holders_of(ref).fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  const Page* const page = ref.resolve(nullptr);
  if (page->level != 0) {
    const InnerView inner(page);
    for (std::uint32_t i = 0; i < inner.count(); ++i) release(inner.child(i));
  }
  free_shell(ref);
}

bool is_unique(PageRef ref) {
  return !ref.is_null() && !ref.is_mapped() && holders_of(ref).load(std::memory_order_acquire) == 1;
}

std::uint32_t LeafView::lower_bound(std::string_view key) const {
  std::uint32_t low = 0;
  std::uint32_t high = count();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if (this->key(middle) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::uint32_t InnerView::index_of(std::string_view key) const {
  std::uint32_t low = 0;
  std::uint32_t high = count();
  while (high - low > 1) {
    const std::uint32_t middle = (low + high) / 2;
    if (separator(middle) <= key) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

PageRef make_leaf(std::span<const LeafItem> items) {
  Deadline least = 0;
  for (const LeafItem& item : items) least = earlier(least, item.deadline);
  std::uint64_t narrow = kEmptyPageOctets;
  for (const LeafItem& item : items) narrow += cost_of(item, least != 0);
  const Extent size = extent(narrow, items.size());
  Page* const page = allocate_page(size.octets);
  const auto flags = static_cast<std::uint8_t>(size.flags | (least != 0 ? kHasDeadlines : 0U));
  *page = {size.octets, static_cast<std::uint16_t>(items.size()), 0, flags,
           least,       static_cast<std::uint32_t>(items.size())};

  char* const start = octets_of(page);
  char* const offsets = start + sizeof(Page);
  char* at = offsets + offset_octets(flags) * (items.size() + 1);
  if (least != 0) {
    for (const LeafItem& item : items) {
      save(at, item.deadline);
      at += 4;
    }
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    save_offset(offsets, flags, i, static_cast<std::size_t>(at - start));
    at = save_entry(at, items[i]);
  }
  save_offset(offsets, flags, items.size(), static_cast<std::size_t>(at - start));
  return PageRef::heap(page);
}

PageRef make_inner(std::uint8_t level, std::span<const ChildItem> items, std::uint32_t entries) {
  // The first separator is never compared with: it is left out.
  std::uint64_t narrow = kEmptyPageOctets - items.front().separator.size();
  Deadline least = 0;
  for (const ChildItem& item : items) {
    narrow += cost_of(item);
    least = earlier(least, item.least);
  }
  const Extent size = extent(narrow, items.size());
  Page* const page = allocate_page(size.octets);
  *page = {size.octets, static_cast<std::uint16_t>(items.size()), level, size.flags, least,
           entries};

  char* const start = octets_of(page);
  char* const refs = start + sizeof(Page);
  char* const deadlines = refs + 8 * items.size();
  char* const offsets = deadlines + 4 * items.size();
  char* at = offsets + offset_octets(size.flags) * (items.size() + 1);
  for (std::size_t i = 0; i < items.size(); ++i) {
    save(refs + 8 * i, items[i].page);
    save(deadlines + 4 * i, items[i].least);
    save_offset(offsets, size.flags, i, static_cast<std::size_t>(at - start));
    const auto separator = i == 0 ? std::string_view() : items[i].separator;
    at += separator.copy(at, separator.size());
  }
  save_offset(offsets, size.flags, items.size(), static_cast<std::size_t>(at - start));
  return PageRef::heap(page);
}

void set_child(Page* page, std::size_t index, PageRef child, Deadline least) {
  char* const refs = octets_of(page) + sizeof(Page);
  save(refs + 8 * index, child);
  char* const deadlines = refs + std::size_t{8} * page->count;
  save(deadlines + 4 * index, least);
  page->least = 0;
  for (std::size_t i = 0; i < page->count; ++i) {
    page->least = earlier(page->least, load<Deadline>(deadlines + 4 * i));
  }
}

}  // namespace danewerk::dns
