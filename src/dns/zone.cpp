#include "dns/zone.h"

#include "dns/node_packing.h"

namespace danewerk::dns {

namespace {

/// Calls fn(prefix) for the key of the apex and of each name down to KEY, until it gives true.
/// \returns the prefix where it stopped.
template <class Fn>
std::optional<std::string_view> first_ancestor(std::string_view key, const Fn& fn) {
  std::size_t size = 0;
  for (;;) {
    const std::string_view prefix = key.substr(0, size);
    if (fn(prefix)) return prefix;
    if (size == key.size()) return std::nullopt;
    size = key.find('\0', size) + 1;
  }
}

bool is_same(const RrsetView& a, const RrsetView& b) {
  return a.ttl == b.ttl && a.rdata.packed() == b.rdata.packed() && a.rrsig_ttl == b.rrsig_ttl &&
         a.rrsigs.packed() == b.rrsigs.packed();
}

using DifferenceFn = std::function<void(const RrsetDifference&)>;

/// Walks the RRsets of two nodes side by side.
void compare_nodes(RrsetDifference& at, NodeView before, NodeView after, const DifferenceFn& fn) {
  auto a = before.begin();
  auto b = after.begin();
  const auto a_end = before.end();
  const auto b_end = after.end();
  const auto report = [&](const RrsetView* old_one, const RrsetView* new_one) {
    at.type = old_one != nullptr ? old_one->type : new_one->type;
    at.before = old_one != nullptr ? std::optional(*old_one) : std::nullopt;
    at.after = new_one != nullptr ? std::optional(*new_one) : std::nullopt;
    fn(at);
  };
  while (a != a_end || b != b_end) {
    const bool takes_a = b == b_end || (a != a_end && a->type <= b->type);
    const bool takes_b = a == a_end || (b != b_end && b->type <= a->type);
    const bool differs = takes_a != takes_b || !is_same(*a, *b);
    if (differs) report(takes_a ? &*a : nullptr, takes_b ? &*b : nullptr);
    if (takes_a) ++a;
    if (takes_b) ++b;
  }
}

}  // namespace

Zone::Zone(NameView apex) : apex_(apex) {}

Zone::Zone(NameView apex, Tree names, Tree denial)
    : apex_(apex), names_(std::move(names)), denial_(std::move(denial)) {}

NodeView Zone::node(std::string_view key) const {
  const auto found = names_.find(key);
  return found ? NodeView(found->value) : NodeView();
}

Standing Zone::standing(std::string_view key) const {
  if (key.empty()) return Standing::kApex;
  const NodeView here = node(key);
  if (here.empty() && !has_names_below(key)) return Standing::kAbsent;
  const auto cut = cut_above(key);
  if (cut && cut->size() < key.size()) return Standing::kOccluded;
  if (cut) return Standing::kDelegation;
  return here.empty() ? Standing::kEmptyNonTerminal : Standing::kAuthoritative;
}

std::optional<std::string_view> Zone::cut_above(std::string_view key) const {
  return first_ancestor(key, [&](std::string_view prefix) {
    const NodeView there = node(prefix);
    if (!prefix.empty() && there.has(RrType::kNs)) return true;
    return prefix.size() < key.size() && there.has(RrType::kDname);
  });
}

bool Zone::has_wildcard_child(std::string_view key) const {
  std::string wildcard(key);
  wildcard.append("*\0", 2);
  return names_.find(wildcard).has_value();
}

bool Zone::has_names_below(std::string_view key) const {
  Tree::Cursor cursor(names_);
  if (!cursor.seek(key)) return false;
  if (cursor.entry().key == key && !cursor.next()) return false;
  return is_below(cursor.entry().key, key);
}

Standing CutTracker::see(std::string_view key, NodeView node) {
  if (inside_ && is_below(key, cut_)) return Standing::kOccluded;
  const bool delegates = !key.empty() && node.has(RrType::kNs);
  inside_ = delegates || node.has(RrType::kDname);
  if (inside_) cut_ = key;
  if (key.empty()) return Standing::kApex;
  if (delegates) return Standing::kDelegation;
  return node.empty() ? Standing::kEmptyNonTerminal : Standing::kAuthoritative;
}

// An entry of the chain is: 0 and the node, or 1, children, size of the key, key and the node.

ChainEntry read_chain_entry(std::string_view packed) {
  ChainEntry entry;
  if (packed.empty()) return entry;
  const char* at = packed.data();
  const char* const end = at + packed.size();
  std::uint32_t has_name = 0;
  std::uint32_t key_size = 0;
  if (!read_number(at, end, has_name)) return {};
  if (has_name != 0) {
    const bool good = read_number(at, end, entry.children) && read_number(at, end, key_size);
    if (!good || key_size > static_cast<std::uint64_t>(end - at)) return {};
    entry.has_name = true;
    entry.name_key = {at, key_size};
    at += key_size;
  }
  entry.node = NodeView({at, static_cast<std::size_t>(end - at)});
  return entry;
}

void pack_chain_entry(std::string& out, const ChainEntry& entry) {
  append_number(out, entry.has_name ? 1 : 0);
  if (entry.has_name) {
    append_number(out, entry.children);
    append_number(out, static_cast<std::uint32_t>(entry.name_key.size()));
    out += entry.name_key;
  }
  out += entry.node.packed();
}

std::uint64_t for_each_difference(const Change& change, const DifferenceFn& fn) {
  RrsetDifference at;
  const auto node_of = [&at](const std::optional<Tree::Entry>& entry) {
    if (!entry) return NodeView();
    return at.in_denial ? read_chain_entry(entry->value).node : NodeView(entry->value);
  };
  const Tree::DifferenceFn compare = [&](const auto& before, const auto& after) {
    at.key = before ? before->key : after->key;
    compare_nodes(at, node_of(before), node_of(after), fn);
  };
  std::uint64_t pages =
      Tree::for_each_difference(change.before.names(), change.after.names(), compare);
  at.in_denial = true;
  pages += Tree::for_each_difference(change.before.denial(), change.after.denial(), compare);
  return pages;
}

}  // namespace danewerk::dns
