#include "denial/nsec_update.h"

#include <set>
#include <string>

#include "denial/nsec.h"
#include "denial/nsec3.h"
#include "denial/type_bitmap.h"
#include "dns/closure.h"
#include "dns/tree_builder.h"

namespace danewerk::denial {

using dns::RrType;

namespace {

/// Sets or removes the NSEC record of single names. One per update: it keeps its buffers.
class NsecMaker {
 public:
  /// \param names  the version whose names make up the chain; must outlive the maker.
  explicit NsecMaker(const dns::Zone& names) : zone_(names), ttl_(denial_ttl(names)) {}

  /// The node at KEY as it must be, or nothing when it is so already.
  std::optional<std::string_view> make(std::string_view key, dns::NodeView node,
                                       dns::Standing standing) {
    const auto present = node.find(RrType::kNsec);
    if (!is_in_chain(node, standing, {.kind = model::DenialKind::kNsec})) {
      if (!present) return std::nullopt;
      node_.load(node);
      node_.remove(RrType::kNsec);
      return node_.pack();
    }
    nsec_rdata(rdata_, zone_, node, standing, next_in_chain(zone_, key));
    if (present && present->ttl == ttl_ && present->rdata.size() == 1 &&
        as_text(present->rdata.front()) == as_text(rdata_)) {
      return std::nullopt;
    }
    node_.load(node);
    node_.remove(RrType::kNsec);
    node_.add(RrType::kNsec, ttl_, rdata_);
    return node_.pack();
  }
  [[nodiscard]] dns::Deadline deadline() const { return node_.earliest_expiration(); }

 private:
  const dns::Zone& zone_;
  dns::Ttl ttl_;
  Bytes rdata_;
  dns::NodeBuilder node_;
};

}  // namespace

Result<dns::Zone> update_nsec(const dns::Change& change) {
  const auto& after = change.after;
  std::set<std::string, std::less<>> touched;
  dns::for_each_touched_name(change, [&](std::string_view key) {
    touched.emplace(key);
    touched.emplace(previous_in_chain(after, key));
  });
  dns::TreeEdit edit(after.names());
  NsecMaker maker(after);
  for (const auto& key : touched) {
    const auto node = after.node(key);
    if (node.empty()) continue;
    const auto made = maker.make(key, node, after.standing(key));
    if (made) edit.put(key, *made, maker.deadline());
  }
  return dns::Zone(after.apex(), edit.tree(), after.denial());
}

Result<dns::Zone> rebuild_nsec(const dns::Zone& zone) {
  dns::TreeBuilder builder;
  NsecMaker maker(zone);
  dns::CutTracker cuts;
  dns::Tree::Cursor cursor(zone.names());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto entry = cursor.entry();
    const dns::NodeView node(entry.value);
    const auto made = maker.make(entry.key, node, cuts.see(entry.key, node));
    builder.append(entry.key, made ? *made : entry.value, made ? maker.deadline() : entry.deadline);
  }
  return dns::Zone(zone.apex(), std::move(builder).finish(), zone.denial());
}

dns::Zone strip_nsec(const dns::Zone& zone) {
  if (!zone.apex_node().has(RrType::kNsec)) return zone;
  dns::TreeBuilder builder;
  dns::NodeBuilder node;
  dns::Tree::Cursor cursor(zone.names());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto entry = cursor.entry();
    node.load(dns::NodeView(entry.value));
    node.remove(RrType::kNsec);
    builder.append(entry.key, node.pack(), node.earliest_expiration());
  }
  return dns::Zone(zone.apex(), std::move(builder).finish(), zone.denial());
}

}  // namespace danewerk::denial
