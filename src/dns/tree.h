#pragma once

/// \file
/// An ordered map from octet strings to octet strings whose old versions stay readable: a
/// copy-on-write B+ tree of packed pages. A change copies the pages on its path and shares the
/// rest. A page is on the heap, reference-counted, or part of a mapped snapshot, addressed by its
/// offset. Each entry carries a deadline (0: none); inner pages carry the least deadline below each
/// child, so that what is due is found without reading what is not.
///
/// A Tree is an immutable version: any number of threads may read it, and copies cost one atomic
/// increment. TreeEdit and TreeBuilder belong to one thread.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/tree_page.h"

namespace danewerk::dns {

struct ChildItem;  // tree_layout.h
struct LeafItem;

class Tree {
 public:
  struct Entry {
    std::string_view key;
    std::string_view value;
    Deadline deadline = 0;
  };

  Tree() = default;  ///< the empty version
  Tree(const Tree& other);
  Tree(Tree&& other) noexcept;
  Tree& operator=(const Tree& other);
  Tree& operator=(Tree&& other) noexcept;
  ~Tree();

  /// Views stay valid while any version that shares the page lives.
  [[nodiscard]] std::optional<Entry> find(std::string_view key) const;
  [[nodiscard]] std::uint64_t size() const;
  /// Least deadline that is not 0, or 0.
  [[nodiscard]] Deadline earliest() const;

  /// A place in the order. Points into the Tree's pages: the Tree must outlive it. Each move
  /// returns valid(); on an invalid cursor only first, last and seek may be called. Allocates
  /// nothing.
  class Cursor {
   public:
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the path counts up to depth_ only
    explicit Cursor(const Tree& tree) : base_(tree.base()), root_(tree.root_) {}
    bool first();
    bool last();
    /// To the first entry whose key is not less than KEY.
    bool seek(std::string_view key);
    bool next() {
      Step& at = path_[depth_ - 1];
      return ++at.index < at.page->count || climb_forward();
    }
    bool prev();
    [[nodiscard]] bool valid() const { return depth_ != 0; }
    /// REQUIRES: valid().
    [[nodiscard]] Entry entry() const;

   private:
    struct Step {
      const Page* page;
      std::uint32_t index;
    };
    enum class Side : std::uint8_t { kFirst, kLast };
    bool descend(PageRef to, Side side);
    bool climb_forward();
    const char* base_;
    PageRef root_;
    unsigned depth_ = 0;
    std::array<Step, kMaxLevels> path_;  ///< from the root; the first depth_ count
  };

  using EntryFn = std::function<void(const Entry&)>;
  using DifferenceFn =
      std::function<void(const std::optional<Entry>& before, const std::optional<Entry>& after)>;

  /// All entries whose deadline is neither 0 nor later than LIMIT, in key order. Reads only pages
  /// that hold one. \returns how many pages it read.
  std::uint64_t for_each_due(Deadline limit, const EntryFn& fn) const;

  /// What differs between two versions (value or deadline), in key order; either side may be
  /// missing. Pages that both share are not read. \returns how many pages it read.
  static std::uint64_t for_each_difference(const Tree& before, const Tree& after,
                                           const DifferenceFn& fn);

  /// Keys that cut the tree into at most PARTS runs of about as many pages: the first key of each
  /// run but the first. Reads inner pages only.
  [[nodiscard]] std::vector<std::string> cuts(unsigned parts) const;

  struct Memory {
    std::uint64_t heap = 0;    ///< octets of pages on the heap
    std::uint64_t mapped = 0;  ///< octets of pages in a snapshot
    std::uint64_t pages = 0;
  };
  /// Pages reachable from this version.
  [[nodiscard]] Memory memory() const;
  /// The same without the pages that OTHER has too: what it costs to keep both.
  [[nodiscard]] Memory memory_beyond(const Tree& other) const;

  /// For writing and checking snapshots.
  [[nodiscard]] PageRef root() const { return root_; }
  [[nodiscard]] const char* base() const { return base_; }
  /// A version whose pages lie in a mapped file, which it keeps mapped.
  /// REQUIRES: root is a page of it, or null.
  static Tree mapped(std::shared_ptr<const Mapping> mapping, PageRef root);

 private:
  friend class TreeEdit;
  friend class TreeBuilder;
  PageRef root_;
  const char* base_ = nullptr;  ///< of mapping_
  std::shared_ptr<const Mapping> mapping_;
};

/// Changes to one version that become the next. O(log n) for each put and erase. Pages that only
/// this edit holds are changed in place or replaced, those that it shares are copied.
class TreeEdit {
 public:
  explicit TreeEdit(Tree base) : tree_(std::move(base)) {}
  /// Costs no page when the same stands there. REQUIRES: key has at most 1,023 octets. Views into
  /// this edit's own tree are allowed, and invalid afterwards, as are all others into it.
  void put(std::string_view key, std::string_view value, Deadline deadline);
  /// False when there was none.
  bool erase(std::string_view key);
  /// Sees what was put so far.
  [[nodiscard]] std::optional<Tree::Entry> find(std::string_view key) const {
    return tree_.find(key);
  }
  /// The state so far as a version; editing may go on after it.
  [[nodiscard]] const Tree& tree() const { return tree_; }
  /// Pages that this edit has made so far.
  [[nodiscard]] std::uint64_t pages_made() const { return pages_made_; }

 private:
  struct Operation;
  struct Outcome;
  struct Held;
  enum class Fill : std::uint8_t;
  void apply(const Operation& operation);
  Outcome change(Held at, const Operation& operation);
  Outcome change_leaf(Held at, const Operation& operation);
  bool overwrite(Held at, const Operation& operation);
  PageRef with_child(Held parent, std::uint32_t index, Held child, PageRef now);
  Outcome rebuild(Held parent, std::uint32_t index, Held child, const Outcome& now);
  Outcome leaves_of(std::span<const LeafItem> items, Fill fill);
  Outcome inner_pages_of(std::span<const ChildItem> items, std::uint8_t level, Fill fill);
  void replace_child(std::vector<ChildItem>& items, std::uint32_t index, const Outcome& now);
  void join_small(std::vector<ChildItem>& items, std::size_t index);
  [[nodiscard]] const Page* resolve(PageRef ref) const { return ref.resolve(tree_.base_); }

  Tree tree_;
  std::uint64_t pages_made_ = 0;
};

}  // namespace danewerk::dns
