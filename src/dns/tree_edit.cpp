#include <optional>

#include "dns/tree.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

/// What shall stand at a key.
struct TreeEdit::Operation {
  std::string_view key;
  std::optional<std::string_view> value;  ///< nothing: the entry goes
  Deadline deadline = 0;
};

/// A page on the way from the root, and whether this edit alone holds the way to it. When it does,
/// changing the page uses it up: in place, or by freeing it.
struct TreeEdit::Held {
  PageRef page;
  bool is_owned = false;
  std::uint32_t entries = 0;  ///< before the change
};

/// What takes the place of a page: pages with one reference each, the first null when nothing is
/// left.
struct TreeEdit::Outcome {
  struct More {
    std::string separator;
    PageRef page;
  };
  PageRef page;
  std::vector<More> more;  ///< mostly none
};

/// How items are spread over pages.
enum class TreeEdit::Fill : std::uint8_t { kBalanced, kFull };

namespace {

/// Cuts items into pages: [0, ends[0]), [ends[0], ends[1]) ...
template <class Cost>
std::vector<std::size_t> page_ends(std::size_t count, bool shall_fill, const Cost& cost) {
  std::uint64_t total = kEmptyPageOctets;
  for (std::size_t i = 0; i < count; ++i) total += cost(i);
  if (total <= kPageOctets) return {count};
  const std::uint64_t pages = (total + kPageOctets - 1) / kPageOctets;
  const std::uint64_t goal = shall_fill ? kPageOctets : total / pages;
  std::vector<std::size_t> ends;
  std::uint64_t octets = kEmptyPageOctets;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_open = octets > kEmptyPageOctets;
    if (is_open && (octets >= goal || octets + cost(i) > kPageOctets)) {
      ends.push_back(i);
      octets = kEmptyPageOctets;
    }
    octets += cost(i);
  }
  ends.push_back(count);
  return ends;
}

std::vector<LeafItem> items_of(const LeafView& leaf) {
  std::vector<LeafItem> items;
  items.reserve(leaf.count() + 1U);
  for (std::uint32_t i = 0; i < leaf.count(); ++i) items.push_back(leaf.item(i));
  return items;
}

std::vector<ChildItem> items_of(const InnerView& inner) {
  std::vector<ChildItem> items;
  items.reserve(inner.count() + 8U);
  for (std::uint32_t i = 0; i < inner.count(); ++i) items.push_back(inner.item(i));
  return items;
}

/// A copy of an inner page that holds the children, too, but for one that will be replaced.
PageRef copy_without(const Page* page, std::uint32_t replaced) {
  Page* const copy = allocate_page(page->octets);
  std::memcpy(octets_of(copy), octets_of(page), page->octets);
  const InnerView inner(page);
  for (std::uint32_t i = 0; i < inner.count(); ++i) {
    if (i != replaced) add_reference(inner.child(i));
  }
  return PageRef::heap(copy);
}

Page* writable(PageRef owned) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): nobody else holds it
  return const_cast<Page*>(owned.resolve(nullptr));
}

}  // namespace

void TreeEdit::put(std::string_view key, std::string_view value, Deadline deadline) {
  DW_CHECK(key.size() <= kMaxKeyOctets, "a key has at most 1,023 octets");
  const auto there = tree_.find(key);
  if (there && there->value == value && there->deadline == deadline) return;
  apply({key, value, deadline});
}

bool TreeEdit::erase(std::string_view key) {
  if (!tree_.find(key)) return false;
  apply({key, std::nullopt, 0});
  return true;
}

void TreeEdit::apply(const Operation& operation) {
  if (tree_.root_.is_null()) {
    const LeafItem item{operation.key, operation.value.value_or(""), operation.deadline};
    tree_.root_ = make_leaf({&item, 1});
    ++pages_made_;
    return;
  }
  const Held root{tree_.root_, is_unique(tree_.root_), resolve(tree_.root_)->entries};
  Outcome out = change(root, operation);
  if (!root.is_owned) release(root.page);
  while (!out.more.empty()) {  // the root was split: one level more
    std::vector<ChildItem> items{{out.page, resolve(out.page)->least, {}}};
    std::uint32_t entries = resolve(out.page)->entries;
    for (const auto& more : out.more) {
      items.push_back({more.page, resolve(more.page)->least, more.separator});
      entries += resolve(more.page)->entries;
    }
    const auto level = static_cast<std::uint8_t>(resolve(out.page)->level + 1);
    DW_CHECK(level < kMaxLevels, "a tree has at most 24 levels");
    out = Outcome{make_inner(level, items, entries), {}};
    ++pages_made_;
  }
  while (!out.page.is_null() && resolve(out.page)->level != 0 && resolve(out.page)->count == 1) {
    const PageRef only = InnerView(resolve(out.page)).child(0);
    add_reference(only);
    release(out.page);
    out.page = only;
  }
  tree_.root_ = out.page;
}

TreeEdit::Outcome TreeEdit::change(Held at, const Operation& operation) {
  const Page* const page = resolve(at.page);
  if (page->level == 0) return change_leaf(at, operation);
  const InnerView inner(page);
  const std::uint32_t index = inner.index_of(operation.key);
  const PageRef child_page = inner.child(index);
  const Held child{child_page, at.is_owned && is_unique(child_page), resolve(child_page)->entries};
  Outcome out = change(child, operation);
  const bool fits = out.more.empty() && !out.page.is_null() &&
                    (operation.value || resolve(out.page)->octets >= kSmallPageOctets);
  if (!fits) return rebuild(at, index, child, out);
  return {with_child(at, index, child, out.page), {}};
}

TreeEdit::Outcome TreeEdit::change_leaf(Held at, const Operation& operation) {
  if (overwrite(at, operation)) return {at.page, {}};
  const LeafView leaf(resolve(at.page));
  const std::uint32_t index = leaf.lower_bound(operation.key);
  const bool is_there = index < leaf.count() && leaf.key(index) == operation.key;
  std::vector<LeafItem> items = items_of(leaf);
  const auto place = items.begin() + index;
  if (!operation.value) {
    items.erase(place);
  } else if (is_there) {
    *place = {place->key, *operation.value, operation.deadline};
  } else {
    items.insert(place, {operation.key, *operation.value, operation.deadline});
  }

  // What is put at the end of a page mostly comes in order: then pages shall be full.
  const Fill fill = index == leaf.count() ? Fill::kFull : Fill::kBalanced;
  Outcome out = leaves_of(items, fill);
  if (at.is_owned) release(at.page);
  return out;
}

TreeEdit::Outcome TreeEdit::leaves_of(std::span<const LeafItem> items, Fill fill) {
  Outcome out;
  if (items.empty()) return out;
  Deadline least = 0;
  for (const LeafItem& item : items) least = earlier(least, item.deadline);
  const auto cost = [&](std::size_t i) { return cost_of(items[i], least != 0); };
  std::size_t begin = 0;
  for (const std::size_t end : page_ends(items.size(), fill == Fill::kFull, cost)) {
    const PageRef made = make_leaf(items.subspan(begin, end - begin));
    if (begin == 0) {
      out.page = made;
    } else {
      out.more.push_back(
          {std::string(shortest_separator(items[begin - 1].key, items[begin].key)), made});
    }
    ++pages_made_;
    begin = end;
  }
  return out;
}

/// Puts a value over one of the same size, where nobody else can see it.
bool TreeEdit::overwrite(Held at, const Operation& operation) {
  if (!at.is_owned || !operation.value) return false;
  Page* const page = writable(at.page);
  const LeafView leaf(page);
  const std::uint32_t index = leaf.lower_bound(operation.key);
  if (index == leaf.count() || leaf.key(index) != operation.key) return false;
  const LeafItem item = leaf.item(index);
  const bool has_deadlines = (page->flags & kHasDeadlines) != 0;
  if (item.value.size() != operation.value->size()) return false;
  if (!has_deadlines && operation.deadline != 0) return false;
  char* const to = octets_of(page) + (item.value.data() - octets_of(page));
  std::memmove(to, operation.value->data(), item.value.size());
  if (!has_deadlines) return true;
  char* const deadlines = octets_of(page) + (leaf.deadlines() - octets_of(page));
  save(deadlines + std::size_t{4} * index, operation.deadline);
  page->least = 0;
  for (std::uint32_t i = 0; i < leaf.count(); ++i) {
    page->least = earlier(page->least, leaf.deadline(i));
  }
  return true;
}

PageRef TreeEdit::with_child(Held parent, std::uint32_t index, Held child, PageRef now) {
  const Page* const page = resolve(parent.page);
  PageRef mine = parent.page;
  if (!parent.is_owned) {
    mine = copy_without(page, index);
    ++pages_made_;
  } else if (!child.is_owned) {
    release(child.page);
  }
  set_child(writable(mine), index, now, resolve(now)->least);
  writable(mine)->entries = parent.entries - child.entries + resolve(now)->entries;
  return mine;
}

/// The general case: the number of children changes, or two of them are joined.
TreeEdit::Outcome TreeEdit::rebuild(Held parent, std::uint32_t index, Held child,
                                    const Outcome& now) {
  const Page* const page = resolve(parent.page);
  std::vector<ChildItem> items = items_of(InnerView(page));
  if (parent.is_owned) {
    if (!child.is_owned) release(child.page);
  } else {
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      if (i != index) add_reference(items[i].page);
    }
  }
  // From here on all items but the one at INDEX are ours.
  const Fill fill = index + 1U == items.size() ? Fill::kFull : Fill::kBalanced;
  replace_child(items, index, now);
  Outcome out = inner_pages_of(items, page->level, fill);
  if (parent.is_owned) free_shell(parent.page);
  return out;
}

void TreeEdit::replace_child(std::vector<ChildItem>& items, std::uint32_t index,
                             const Outcome& now) {
  const auto place = items.begin() + index;
  if (now.page.is_null()) {
    items.erase(place);
    return;
  }
  *place = {now.page, resolve(now.page)->least, place->separator};
  std::vector<ChildItem> more;
  more.reserve(now.more.size());
  for (const auto& one : now.more) {
    more.push_back({one.page, resolve(one.page)->least, one.separator});
  }
  items.insert(place + 1, more.begin(), more.end());
  if (more.empty()) join_small(items, index);
}

TreeEdit::Outcome TreeEdit::inner_pages_of(std::span<const ChildItem> items, std::uint8_t level,
                                           Fill fill) {
  Outcome out;
  if (items.empty()) return out;
  const auto cost = [&](std::size_t i) { return cost_of(items[i]); };
  std::size_t begin = 0;
  for (const std::size_t end : page_ends(items.size(), fill == Fill::kFull, cost)) {
    std::uint32_t entries = 0;
    for (std::size_t i = begin; i < end; ++i) entries += resolve(items[i].page)->entries;
    const PageRef made = make_inner(level, items.subspan(begin, end - begin), entries);
    if (begin == 0) {
      out.page = made;
    } else {
      out.more.push_back({std::string(items[begin].separator), made});
    }
    ++pages_made_;
    begin = end;
  }
  return out;
}

/// Joins the child at INDEX with a neighbour when both fit into one page.
/// REQUIRES: the references in items are ours.
void TreeEdit::join_small(std::vector<ChildItem>& items, std::size_t index) {
  if (items.size() < 2) return;
  const std::size_t left = index == 0 ? 0 : index - 1;
  const Page* const first = resolve(items[left].page);
  const Page* const second = resolve(items[left + 1].page);
  const std::string_view separator = items[left + 1].separator;
  const std::uint64_t octets = std::uint64_t{first->octets} + second->octets + separator.size();
  if (octets - kEmptyPageOctets > kPageOctets) return;

  PageRef joined;
  if (first->level == 0) {
    auto entries = items_of(LeafView(first));
    const auto later = items_of(LeafView(second));
    entries.insert(entries.end(), later.begin(), later.end());
    joined = make_leaf(entries);
  } else {
    auto children = items_of(InnerView(first));
    auto later = items_of(InnerView(second));
    later.front().separator = separator;
    children.insert(children.end(), later.begin(), later.end());
    for (const ChildItem& one : children) add_reference(one.page);
    joined = make_inner(first->level, children, first->entries + second->entries);
  }
  ++pages_made_;
  release(items[left].page);
  release(items[left + 1].page);
  items[left] = {joined, resolve(joined)->least, items[left].separator};
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(left) + 1);
}

}  // namespace danewerk::dns
