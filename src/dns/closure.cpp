#include "dns/closure.h"

namespace danewerk::dns {

CutRecords cut_records(std::string_view key, NodeView node) {
  return {.is_delegation = !key.empty() && node.has(RrType::kNs),
          .has_dname = node.has(RrType::kDname)};
}

std::string end_of_subtree(std::string_view key) {
  DW_CHECK(!key.empty(), "the apex's subtree has no end");
  // Keys end with a zero octet, and no octet of a longer key in its place is less than 1.
  std::string end(key);
  end.back() = '\1';
  return end;
}

namespace {

void for_each_below(const Zone& zone, std::string_view key,
                    const std::function<void(std::string_view)>& fn) {
  Tree::Cursor cursor(zone.names());
  for (bool more = cursor.seek(key); more; more = cursor.next()) {
    const auto at = cursor.entry().key;
    if (!at.starts_with(key)) break;
    fn(at);
  }
}

NodeView node_of(const std::optional<Tree::Entry>& entry) {
  return entry ? NodeView(entry->value) : NodeView();
}

}  // namespace

void for_each_touched_name(const Change& change, const std::function<void(std::string_view)>& fn) {
  Tree::for_each_difference(
      change.before.names(), change.after.names(),
      [&](const std::optional<Tree::Entry>& before, const std::optional<Tree::Entry>& after) {
        const auto key = before ? before->key : after->key;
        fn(key);
        if (cut_records(key, node_of(before)) == cut_records(key, node_of(after))) return;
        for_each_below(change.before, key, fn);
        for_each_below(change.after, key, fn);
      });
}

}  // namespace danewerk::dns
