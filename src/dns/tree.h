#pragma once

/// \file
/// An ordered map from octet strings to octet strings whose old versions stay readable: a
/// copy-on-write B+ tree of packed pages. A change copies the pages on its path and shares the
/// rest. A page is on the heap, reference-counted, or part of a mapped snapshot, addressed by its
/// offset. Each entry carries a deadline (0: none); inner pages carry the least deadline and the
/// number of entries below them, so that what is due is found without reading what is not.
///
/// A Tree is an immutable version: any number of threads may read it, and copies cost one atomic
/// increment. TreeEdit and TreeBuilder belong to one thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/tree_page.h"

namespace danewerk::dns {

class Tree {
 public:
  struct Entry {
    std::string_view key;
    std::string_view value;
    Deadline deadline = 0;
  };

  Tree() = default;  ///< the empty version

  /// Views stay valid while any version that shares the page lives.
  [[nodiscard]] std::optional<Entry> find(std::string_view key) const;
  [[nodiscard]] std::uint64_t size() const;
  /// Least deadline that is not 0, or 0.
  [[nodiscard]] Deadline earliest() const;

  /// A place in the order. Points into the Tree's pages: the Tree must outlive it. Each move
  /// returns valid(); on an invalid cursor only first, last and seek may be called.
  class Cursor {
   public:
    explicit Cursor(const Tree& tree);
    bool first();
    bool last();
    /// To the first entry whose key is not less than KEY.
    bool seek(std::string_view key);
    bool next();
    bool prev();
    [[nodiscard]] bool valid() const;
    /// REQUIRES: valid().
    [[nodiscard]] Entry entry() const;
    // private part: a stack of (page, index)
  };

  using EntryFn = std::function<void(const Entry&)>;
  using DifferenceFn =
      std::function<void(const std::optional<Entry>& before, const std::optional<Entry>& after)>;

  /// All entries whose deadline is neither 0 nor later than LIMIT, in key order. Reads only pages
  /// that hold one.
  void for_each_due(Deadline limit, const EntryFn& fn) const;

  /// What differs between two versions (value or deadline), in key order; either side may be
  /// missing. Pages that both share are not read.
  static void for_each_difference(const Tree& before, const Tree& after, const DifferenceFn& fn);

  struct Memory {
    std::uint64_t heap = 0;    ///< octets of pages on the heap
    std::uint64_t mapped = 0;  ///< octets of pages in a snapshot
    std::uint64_t pages = 0;
  };
  /// Pages reachable from this version.
  [[nodiscard]] Memory memory() const;
  /// The same without the pages that OTHER has too: what it costs to keep both.
  [[nodiscard]] Memory memory_beyond(const Tree& other) const;
};

/// Changes to one version that become the next. O(log n) for each put and erase.
class TreeEdit {
 public:
  explicit TreeEdit(Tree base);
  void put(std::string_view key, std::string_view value, Deadline deadline);
  /// False when there was none.
  bool erase(std::string_view key);
  /// Sees what was put so far.
  [[nodiscard]] std::optional<Tree::Entry> find(std::string_view key) const;
  /// The state so far as a version; editing may go on after it.
  [[nodiscard]] const Tree& tree() const;
};

/// Builds a version from entries that come in order, at O(1) each.
class TreeBuilder {
 public:
  /// REQUIRES: key is greater than all before.
  void append(std::string_view key, std::string_view value, Deadline deadline);
  /// Takes over what another builder has, whose keys are all greater: threads build parts.
  void append(TreeBuilder&& later);
  [[nodiscard]] Tree finish() &&;
};

}  // namespace danewerk::dns
