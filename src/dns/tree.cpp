#include "dns/tree.h"

#include <unordered_set>

#include "dns/mapping.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

namespace {

Tree::Entry to_entry(const LeafItem& item) {
  return {item.key, item.value, item.deadline};
}

/// Calls fn(page, ref) for each page from REF downwards, parents first; where it gives false, what
/// is below is left out.
template <class Fn>
void for_each_page(PageRef ref, const char* base, Fn& fn) {
  if (ref.is_null()) return;
  const Page* const page = ref.resolve(base);
  if (!fn(page, ref) || page->level == 0) return;
  const InnerView inner(page);
  for (std::uint32_t i = 0; i < inner.count(); ++i) for_each_page(inner.child(i), base, fn);
}

/// Octets in front of a page on the heap.
constexpr std::uint64_t kHolderOctets = 8;

void count_page(Tree::Memory& memory, const Page* page, PageRef ref) {
  ++memory.pages;
  if (ref.is_mapped()) {
    memory.mapped += page->octets;
  } else {
    memory.heap += page->octets + kHolderOctets;
  }
}

struct DueSearch {
  Deadline limit = 0;
  const char* base = nullptr;
  const Tree::EntryFn& fn;
  std::uint64_t pages = 0;

  [[nodiscard]] bool is_due(Deadline deadline) const { return deadline != 0 && deadline <= limit; }

  void visit(PageRef ref) {
    ++pages;
    const Page* const page = ref.resolve(base);
    if (page->level == 0) {
      visit_leaf(LeafView(page));
      return;
    }
    const InnerView inner(page);
    for (std::uint32_t i = 0; i < inner.count(); ++i) {
      if (is_due(inner.least(i))) visit(inner.child(i));
    }
  }

  void visit_leaf(const LeafView& leaf) const {
    for (std::uint32_t i = 0; i < leaf.count(); ++i) {
      if (is_due(leaf.deadline(i))) fn(to_entry(leaf.item(i)));
    }
  }
};

}  // namespace

Tree::Tree(const Tree& other) : root_(other.root_), base_(other.base_), mapping_(other.mapping_) {
  add_reference(root_);
}

Tree::Tree(Tree&& other) noexcept
    : root_(std::exchange(other.root_, {})),
      base_(std::exchange(other.base_, nullptr)),
      mapping_(std::move(other.mapping_)) {}

Tree& Tree::operator=(const Tree& other) {
  if (this != &other) *this = Tree(other);
  return *this;
}

Tree& Tree::operator=(Tree&& other) noexcept {
  std::swap(root_, other.root_);
  std::swap(base_, other.base_);
  std::swap(mapping_, other.mapping_);
  return *this;
}

Tree::~Tree() {
  release(root_);
}

Tree Tree::mapped(std::shared_ptr<const Mapping> mapping, PageRef root) {
  Tree made;
  made.base_ = mapping->base();
  made.mapping_ = std::move(mapping);
  made.root_ = root;
  return made;
}

std::optional<Tree::Entry> Tree::find(std::string_view key) const {
  if (root_.is_null()) return std::nullopt;
  const Page* page = root_.resolve(base_);
  while (page->level != 0) {
    const InnerView inner(page);
    page = inner.child(inner.index_of(key)).resolve(base_);
  }
  const LeafView leaf(page);
  const std::uint32_t at = leaf.lower_bound(key);
  if (at == leaf.count() || leaf.key(at) != key) return std::nullopt;
  return to_entry(leaf.item(at));
}

std::uint64_t Tree::size() const {
  return root_.is_null() ? 0 : root_.resolve(base_)->entries;
}

Deadline Tree::earliest() const {
  return root_.is_null() ? 0 : root_.resolve(base_)->least;
}

std::uint64_t Tree::for_each_due(Deadline limit, const EntryFn& fn) const {
  DueSearch search{limit, base_, fn};
  if (search.is_due(earliest())) search.visit(root_);
  return search.pages;
}

namespace {

/// Pages of one level, each with the separator before it.
using Row = std::vector<std::pair<const Page*, std::string>>;

Row level_below(const Row& row, const char* base) {
  Row below;
  for (const auto& [page, bound] : row) {
    const InnerView inner(page);
    for (std::uint32_t i = 0; i < inner.count(); ++i) {
      below.emplace_back(inner.child(i).resolve(base),
                         i == 0 ? bound : std::string(inner.separator(i)));
    }
  }
  return below;
}

}  // namespace

std::vector<std::string> Tree::cuts(unsigned parts) const {
  std::vector<std::string> separators;
  if (parts < 2 || root_.is_null() || root_.resolve(base_)->level == 0) return separators;
  // Level by level until there are enough to choose from: at most 16 times more than needed, where
  // pages are well filled.
  Row row{{root_.resolve(base_), {}}};
  while (row.size() < std::size_t{parts} * 8 && row.front().first->level != 0) {
    row = level_below(row, base_);
  }
  for (unsigned part = 1; part < parts; ++part) {
    const std::size_t at = row.size() * part / parts;
    if (at == 0 || (!separators.empty() && separators.back() == row[at].second)) continue;
    separators.push_back(row[at].second);
  }
  return separators;
}

Tree::Memory Tree::memory() const {
  Memory memory;
  auto count = [&memory](const Page* page, PageRef ref) {
    count_page(memory, page, ref);
    return true;
  };
  for_each_page(root_, base_, count);
  return memory;
}

Tree::Memory Tree::memory_beyond(const Tree& other) const {
  std::unordered_set<const Page*> theirs;
  auto remember = [&theirs](const Page* page, PageRef) { return theirs.insert(page).second; };
  for_each_page(other.root_, other.base_, remember);
  Memory memory;
  auto count = [&](const Page* page, PageRef ref) {
    if (theirs.contains(page)) return false;
    count_page(memory, page, ref);
    return true;
  };
  for_each_page(root_, base_, count);
  return memory;
}

bool Tree::Cursor::descend(PageRef to, Side side) {
  for (;;) {
    const Page* const page = to.resolve(base_);
    const std::uint32_t index = side == Side::kFirst ? 0 : page->count - 1U;
    path_[depth_++] = {page, index};
    if (page->level == 0) return true;
    to = InnerView(page).child(index);
  }
}

bool Tree::Cursor::first() {
  depth_ = 0;
  return !root_.is_null() && descend(root_, Side::kFirst);
}

bool Tree::Cursor::last() {
  depth_ = 0;
  return !root_.is_null() && descend(root_, Side::kLast);
}

bool Tree::Cursor::seek(std::string_view key) {
  depth_ = 0;
  if (root_.is_null()) return false;
  const Page* page = root_.resolve(base_);
  while (page->level != 0) {
    const InnerView inner(page);
    const std::uint32_t index = inner.index_of(key);
    path_[depth_++] = {page, index};
    page = inner.child(index).resolve(base_);
  }
  const std::uint32_t at = LeafView(page).lower_bound(key);
  path_[depth_++] = {page, at};
  return at < page->count || climb_forward();
}

bool Tree::Cursor::climb_forward() {
  for (--depth_; depth_ != 0; --depth_) {
    Step& at = path_[depth_ - 1];
    if (++at.index < at.page->count) {
      return descend(InnerView(at.page).child(at.index), Side::kFirst);
    }
  }
  return false;
}

bool Tree::Cursor::prev() {
  for (; depth_ != 0; --depth_) {
    Step& at = path_[depth_ - 1];
    if (at.index == 0) continue;
    --at.index;
    return at.page->level == 0 || descend(InnerView(at.page).child(at.index), Side::kLast);
  }
  return false;
}

Tree::Entry Tree::Cursor::entry() const {
  const Step& at = path_[depth_ - 1];
  return to_entry(LeafView(at.page).item(at.index));
}

}  // namespace danewerk::dns
