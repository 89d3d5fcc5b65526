#include "verify/segments.h"

namespace danewerk::verify {

namespace {

/// Walks the names of one run in order and remembers what the next one is judged by.
class NamesRun {
 public:
  NamesRun(Workbench& bench, const Segment& segment, Collector& out)
      : bench_(bench), context_(bench.context), out_(out), cursor_(bench.context.zone.names()) {
    look_back(segment);
  }

  void run(const Segment& segment) {
    bool valid = cursor_.seek(segment.from);
    for (std::size_t i = 0; valid && i < segment.count; ++i) {
      visit(cursor_.entry());
      valid = cursor_.next();
    }
    // The last NSEC of the run leads to a name that another run checks.
    while (valid && has_pending_) {
      const auto entry = cursor_.entry();
      const dns::NodeView node(entry.value);
      owner_.assign_key(entry.key, context_.apex);
      if (has_records(node) && cuts_.see(owner_, node, context_.apex) != Role::kOccluded) {
        close_link(owner_);
      }
      valid = cursor_.next();
    }
    close_link(context_.apex);
  }

 private:
  /// Name and cut before the run.
  void look_back(const Segment& segment) {
    before_ = context_.apex;
    bool valid = cursor_.seek(segment.from) && cursor_.prev();
    while (valid && !has_records(dns::NodeView(cursor_.entry().value))) valid = cursor_.prev();
    if (!valid) return;
    has_before_ = true;
    before_.assign_key(cursor_.entry().key, context_.apex);
    const std::string_view key = cursor_.entry().key;
    const int cut = cut_above(context_.zone, key);
    if (cut >= 0) {
      cuts_.enter(before_.ancestor(context_.apex.labels() + static_cast<unsigned>(cut)));
    } else if (is_cut(dns::NodeView(cursor_.entry().value), key.empty())) {
      cuts_.enter(before_);
    }
  }

  void visit(const dns::Tree::Entry& entry) {
    const dns::NodeView node(entry.value);
    owner_.assign_key(entry.key, context_.apex);
    const bool is_there = has_records(node);
    Role role = Role::kOccluded;
    if (is_there) {
      ++out_.counts.names;
      check_order();
      role = cuts_.see(owner_, node, context_.apex);
    }
    bench_.names.check({entry.key, owner_, node, role}, {}, out_);
    if (!is_there) return;
    if (role != Role::kOccluded) {
      check_empty_non_terminals(entry.key);
      close_link(owner_);
      open_link(node);
    }
    before_ = owner_;
    has_before_ = true;
  }

  void check_order() {
    if (!has_before_ || compare(before_, owner_) < 0) return;
    out_.error(id::kOrder, owner_, [&] {
      return "stands behind " + to_text(before_) + ", which is later in canonical order";
    });
  }

  /// Ancestors of a name have their place before it: those that the name before does not share have
  /// no records.
  void check_empty_non_terminals(std::string_view key) {
    const unsigned apex_labels = context_.apex.labels();
    for (unsigned i = common_labels(before_, owner_) + 1; i < owner_.labels(); ++i) {
      bench_.names.check_empty_non_terminal(key_prefix(key, i - apex_labels), owner_.ancestor(i),
                                            out_);
    }
  }

  void open_link(dns::NodeView node) {
    if (context_.denial != Denial::kNsec) return;
    const auto rrset = node.find(dns::RrType::kNsec);
    if (!rrset || rrset->rdata.empty()) return;
    has_pending_ = true;
    pending_ = rrset->rdata.front();
    pending_owner_ = owner_;
  }

  void close_link(const Owner& next) {
    if (!has_pending_) return;
    has_pending_ = false;
    bench_.names.check_nsec_next(pending_owner_, pending_, next, out_);
  }

  Workbench& bench_;
  const Context& context_;
  Collector& out_;
  dns::Tree::Cursor cursor_;
  CutWalk cuts_;
  Owner owner_;
  Owner before_;
  bool has_before_ = false;
  bool has_pending_ = false;
  ByteView pending_;
  Owner pending_owner_;
};

}  // namespace

std::vector<Segment> cut_in_segments(const dns::Tree& tree, std::size_t size) {
  std::vector<Segment> segments;
  dns::Tree::Cursor cursor(tree);
  std::size_t i = 0;
  for (bool valid = cursor.first(); valid; valid = cursor.next(), ++i) {
    if (i % size == 0) segments.push_back({cursor.entry().key, size});
  }
  return segments;
}

void check_names(Workbench& bench, const Segment& segment, Collector& out) {
  NamesRun(bench, segment, out).run(segment);
}

void check_chain(Workbench& bench, const Segment& segment, Collector& out) {
  dns::Tree::Cursor cursor(bench.context.zone.denial());
  bool valid = cursor.seek(segment.from);
  for (std::size_t i = 0; valid && i < segment.count; ++i) {
    bench.chain.check(cursor.entry(), out);
    valid = cursor.next();
  }
}

}  // namespace danewerk::verify
