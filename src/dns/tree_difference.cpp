/// \file
/// What differs between two versions: both are walked in order, a whole page at a time where both
/// have the same one.

#include "dns/tree.h"
#include "dns/tree_layout.h"

namespace danewerk::dns {

namespace {

/// Stands at a page that was not read yet, or at an entry of one that was.
class Walker {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): the path counts up to depth_ only
  explicit Walker(const Tree& tree) : base_(tree.base()) {
    if (!tree.root().is_null()) push(tree.root());
  }

  [[nodiscard]] bool is_done() const { return depth_ == 0; }
  [[nodiscard]] bool at_page() const { return top().page->level != 0; }
  /// REQUIRES: at_page().
  [[nodiscard]] const Page* page() const {
    return InnerView(top().page).child(top().index).resolve(base_);
  }
  [[nodiscard]] unsigned level() const { return top().page->level - 1U; }
  /// REQUIRES: not at_page().
  [[nodiscard]] LeafItem item() const { return LeafView(top().page).item(top().index); }

  /// Not greater than any key from here on.
  [[nodiscard]] std::string_view bound() const {
    if (!at_page()) return LeafView(top().page).key(top().index);
    for (unsigned depth = depth_; depth != 0; --depth) {
      const Step& step = path_[depth - 1];
      if (step.index != 0) return InnerView(step.page).separator(step.index);
    }
    return {};
  }

  void open() { push(InnerView(top().page).child(top().index)); }
  void advance() {
    while (depth_ != 0 && ++path_[depth_ - 1].index == path_[depth_ - 1].page->count) --depth_;
  }
  [[nodiscard]] std::uint64_t pages_read() const { return pages_read_; }

 private:
  struct Step {
    const Page* page;
    std::uint32_t index;
  };
  [[nodiscard]] const Step& top() const { return path_[depth_ - 1]; }
  void push(PageRef ref) {
    path_[depth_++] = {ref.resolve(base_), 0};
    ++pages_read_;
  }

  const char* base_;
  unsigned depth_ = 0;
  std::uint64_t pages_read_ = 0;
  std::array<Step, kMaxLevels> path_;
};

std::optional<Tree::Entry> entry_of(const Walker& walker) {
  const LeafItem item = walker.item();
  return Tree::Entry{item.key, item.value, item.deadline};
}

/// Two versions, walked side by side.
class Comparison {
 public:
  Comparison(const Tree& before, const Tree& after, const Tree::DifferenceFn& fn)
      : before_(before), after_(after), fn_(fn) {}

  std::uint64_t run() {
    while (!before_.is_done() && !after_.is_done()) step();
    while (!before_.is_done()) step_alone(before_);
    while (!after_.is_done()) step_alone(after_);
    return before_.pages_read() + after_.pages_read();
  }

 private:
  void step() {
    if (!before_.at_page() && !after_.at_page()) {
      step_entries();
    } else if (before_.at_page() && after_.at_page()) {
      step_pages();
    } else {
      // All keys of the page may come after the entry: then it need not be read for it.
      Walker& with_page = before_.at_page() ? before_ : after_;
      Walker& with_entry = before_.at_page() ? after_ : before_;
      if (with_entry.bound() < with_page.bound()) {
        report_alone(with_entry);
      } else {
        with_page.open();
      }
    }
  }

  void step_pages() {
    if (before_.page() == after_.page()) {
      before_.advance();
      after_.advance();
      return;
    }
    const unsigned level_before = before_.level();
    const unsigned level_after = after_.level();
    if (level_before != level_after) {
      (level_before > level_after ? before_ : after_).open();
      return;
    }
    // The one that begins first is read; it may be that the other is met again as it is.
    const int order = before_.bound().compare(after_.bound());
    if (order <= 0) before_.open();
    if (order >= 0) after_.open();
  }

  void step_entries() {
    const LeafItem before = before_.item();
    const LeafItem after = after_.item();
    const int order = before.key.compare(after.key);
    if (order != 0) {
      report_alone(order < 0 ? before_ : after_);
      return;
    }
    if (before.value != after.value || before.deadline != after.deadline) {
      fn_(entry_of(before_), entry_of(after_));
    }
    before_.advance();
    after_.advance();
  }

  void step_alone(Walker& walker) {
    if (walker.at_page()) {
      walker.open();
    } else {
      report_alone(walker);
    }
  }

  void report_alone(Walker& walker) {
    if (&walker == &before_) {
      fn_(entry_of(walker), std::nullopt);
    } else {
      fn_(std::nullopt, entry_of(walker));
    }
    walker.advance();
  }

  Walker before_;
  Walker after_;
  const Tree::DifferenceFn& fn_;
};

}  // namespace

std::uint64_t Tree::for_each_difference(const Tree& before, const Tree& after,
                                        const DifferenceFn& fn) {
  if (before.root_ == after.root_ && before.base_ == after.base_) return 0;
  return Comparison(before, after, fn).run();
}

}  // namespace danewerk::dns
