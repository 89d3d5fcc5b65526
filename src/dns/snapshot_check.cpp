/// \file
/// Reads every page of a snapshot without believing any number in it.

#include <cstring>

#include <fmt/format.h>

#include "dns/snapshot_format.h"
#include "dns/tree_layout.h"
#include "dns/zone.h"

namespace danewerk::dns {

namespace {

/// One tree of the file, from its root downwards.
class PageCheck {
 public:
  enum class Values : std::uint8_t { kNodes, kChainEntries };
  PageCheck(std::string_view file, Values values) : file_(file), values_(values) {}

  /// \param limit  the page lies before this offset: that of the page that refers to it.
  bool visit(std::uint64_t offset, std::uint64_t limit) {
    if (offset % 8 != 0 || offset < kHeaderOctets || offset >= limit) return bad(offset);
    const std::uint64_t room = limit - offset;
    if (room < sizeof(Page)) return bad(offset);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): aligned octets of a file
    const auto* const page = reinterpret_cast<const Page*>(file_.data() + offset);
    if (page->octets > room || page->octets < sizeof(Page) || page->count == 0 ||
        page->level >= kMaxLevels || !has_sound_offsets(page)) {
      return bad(offset);
    }
    const bool good = page->level == 0 ? visit_leaf(page) : visit_inner(page, offset);
    return good || bad(offset);
  }

  /// Where the fault is.
  [[nodiscard]] std::uint64_t fault() const { return fault_; }

 private:
  bool bad(std::uint64_t offset) {
    if (fault_ == 0) fault_ = offset;
    return false;
  }

  /// Offsets ascend, from behind the arrays to the end of the page.
  static bool has_sound_offsets(const Page* page) {
    const std::uint64_t count = page->count;
    const std::uint64_t before = sizeof(Page) + (page->level == 0 ? 0 : 12 * count);
    const bool has_deadlines = page->level == 0 && (page->flags & kHasDeadlines) != 0;
    const std::uint64_t start =
        before + offset_octets(page->flags) * (count + 1) + (has_deadlines ? 4 * count : 0);
    if (start > page->octets) return false;
    const Offsets offsets(octets_of(page) + before, page->flags);
    std::uint64_t last = start;
    for (std::size_t i = 0; i <= count; ++i) {
      if (offsets[i] < last || (i == 0 && offsets[i] != start)) return false;
      last = offsets[i];
    }
    return last == page->octets;
  }

  /// The length of the key is there, and so is the key.
  static bool has_whole_key(std::string_view entry) {
    if (entry.empty()) return false;
    const std::size_t first = static_cast<std::uint8_t>(entry[0]);
    if (first < 0x80) return 1 + first <= entry.size();
    if (entry.size() < 2) return false;
    return 2 + ((first & 0x7fU) << 8U | static_cast<std::uint8_t>(entry[1])) <= entry.size();
  }

  bool visit_leaf(const Page* page) {
    const LeafView leaf(page);
    const Offsets offsets(octets_of(page) + sizeof(Page), page->flags);
    Deadline least = 0;
    for (std::uint32_t i = 0; i < leaf.count(); ++i) {
      const char* const at = octets_of(page) + offsets[i];
      if (!has_whole_key({at, offsets[i + 1] - offsets[i]})) return false;
      const std::string_view key = leaf.key(i);
      if (key < floor_ || (has_last_ && key <= last_)) return false;
      last_ = key;
      has_last_ = true;
      const LeafItem item = leaf.item(i);
      if (!is_sound_value(item.value)) return false;
      least = earlier(least, item.deadline);
    }
    return page->entries == page->count && page->least == least;
  }

  [[nodiscard]] bool is_sound_value(std::string_view value) const {
    const NodeView node =
        values_ == Values::kNodes ? NodeView(value) : read_chain_entry(value).node;
    return !node.empty() && node.is_well_formed();
  }

  bool visit_inner(const Page* page, std::uint64_t offset) {
    const InnerView inner(page);
    Deadline least = 0;
    std::uint64_t entries = 0;
    for (std::uint32_t i = 0; i < inner.count(); ++i) {
      if (i != 0) {
        floor_ = inner.separator(i);
        if (floor_ <= last_) return false;
      }
      const PageRef child = inner.child(i);
      if (!child.is_mapped() || !visit(child.offset(), offset)) return false;
      const Page* const below = child.resolve(file_.data());
      if (below->level + 1 != page->level || below->least != inner.least(i)) return false;
      least = earlier(least, below->least);
      entries += below->entries;
    }
    return page->least == least && page->entries == entries;
  }

  std::string_view file_;
  Values values_;
  std::string_view last_;   ///< key before
  std::string_view floor_;  ///< least key allowed here
  bool has_last_ = false;
  std::uint64_t fault_ = 0;
};

Result<void> check_tree(std::string_view file, std::uint64_t root, std::uint32_t entries,
                        PageCheck::Values values) {
  if (root == 0) {
    if (entries == 0) return {};
    return fail(Errc::kCorrupt, "there are entries, but no pages");
  }
  PageCheck check(file, values);
  if (!check.visit(root, file.size())) {
    return fail(Errc::kCorrupt, fmt::format("page at octet {} is damaged", check.fault()));
  }
  if (PageRef::mapped(root).resolve(file.data())->entries != entries) {
    return fail(Errc::kCorrupt, "number of entries is wrong");
  }
  return {};
}

}  // namespace

Result<void> check_snapshot_pages(std::string_view file, const SnapshotHeader& header) {
  DW_TRY_VOID(check_tree(file, header.names_root, header.names_count, PageCheck::Values::kNodes));
  return check_tree(file, header.denial_root, header.denial_count,
                    PageCheck::Values::kChainEntries);
}

}  // namespace danewerk::dns
