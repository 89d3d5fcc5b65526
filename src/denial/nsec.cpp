#include "denial/nsec.h"

#include "denial/type_bitmap.h"
#include "dns/closure.h"

namespace danewerk::denial {

void nsec_rdata(Bytes& out, const dns::Zone& zone, dns::NodeView node, dns::Standing standing,
                std::string_view next_key) {
  out.clear();
  const auto next = dns::name_from_sort_key(next_key, zone.apex());
  const auto wire = next.view().wire();
  out.insert(out.end(), wire.begin(), wire.end());
  append_type_bitmap(out, node, standing, model::DenialKind::kNsec);
}

std::string_view next_in_chain(const dns::Zone& zone, std::string_view key) {
  const auto cut = dns::cut_records(key, zone.node(key));
  dns::Tree::Cursor cursor(zone.names());
  if ((cut.is_delegation || cut.has_dname) && !key.empty()) {
    cursor.seek(dns::end_of_subtree(key));
  } else if (!cut.has_dname && cursor.seek(key) && cursor.entry().key == key) {
    cursor.next();
  }
  // A DNAME at the apex leaves nothing below it.
  return cursor.valid() ? cursor.entry().key : std::string_view();
}

std::string_view previous_in_chain(const dns::Zone& zone, std::string_view key) {
  dns::Tree::Cursor cursor(zone.names());
  const bool found = cursor.seek(key) ? cursor.prev() : cursor.last();
  if (!found && !cursor.last()) return {};
  const auto previous = cursor.entry().key;
  if (zone.standing(previous) != dns::Standing::kOccluded) return previous;
  // Of occluded names the chain has only the cut above them, which stands in the same order.
  const auto cut = zone.cut_above(previous);
  DW_CHECK(cut.has_value(), "an occluded name has a cut above it");
  return *cut;
}

}  // namespace danewerk::denial
