// Deltas of the journal, whatever their octets: read within bounds; what passes the check holds
// names and nodes that can be printed, and is packed again as the same difference.

#include <cstddef>
#include <cstdint>
#include <string>

#include "dns/delta.h"

namespace {

using namespace danewerk;  // NOLINT(google-build-using-namespace): a whole program

void read_node(const dns::NodeView& node) {
  std::size_t octets = 0;
  for (const auto& rrset : node) {
    for (const auto rdata : rrset.rdata) octets += rdata.size();
    for (const auto rdata : rrset.rrsigs) octets += rdata.size();
  }
  DW_CHECK(octets <= node.packed().size(), "records lie within their node");
  dns::NodeBuilder builder;
  builder.load(node);
  static_cast<void>(builder.earliest_expiration());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView delta(data, size);
  const auto apex = *dns::name_from_text("example.");
  dns::TreeEdit names{dns::Tree()};
  dns::TreeEdit denial{dns::Tree()};
  // The zone that the delta says it was made from.
  const auto read =
      dns::for_each_in_delta(apex, delta, [&](const auto& difference) -> Result<void> {
        auto& edit = difference.in_denial ? denial : names;
        for (const auto& side : {difference.before, difference.after}) {
          if (!side) continue;
          if (difference.in_denial) {
            read_node(dns::read_chain_entry(side->value).node);
          } else {
            DW_CHECK(dns::name_from_sort_key(side->key, apex).size <= 255, "keys are names");
            read_node(dns::NodeView(side->value));
          }
        }
        if (difference.before) {
          edit.put(difference.before->key, difference.before->value, difference.before->deadline);
        }
        return {};
      });
  DW_CHECK(read.has_value() == dns::check_delta(apex, delta).has_value(), "one reader judges");
  const dns::Zone before(apex, names.tree(), denial.tree());
  const auto after = dns::apply_delta(before, delta);
  if (!after) return 0;
  const auto again = dns::apply_delta(before, dns::pack_delta({before, *after}));
  DW_CHECK(again.has_value(), "what is packed can be applied");
  return 0;
}
