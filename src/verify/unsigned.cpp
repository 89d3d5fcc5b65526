#include "verify/unsigned.h"

#include <fmt/format.h>

#include "verify/context.h"
#include "verify/verdict.h"
#include "verify/walk.h"

namespace danewerk::verify {

namespace {

bool belongs_to_signed(dns::RrType type) {
  using dns::RrType;
  switch (type) {
    case RrType::kDnskey:
    case RrType::kRrsig:
    case RrType::kNsec:
    case RrType::kNsec3:
    case RrType::kNsec3Param:
    case RrType::kCds:
    case RrType::kCdnskey:
      return true;
    default:
      return false;
  }
}

void check_rrset(const Owner& owner, const dns::RrsetView& rrset, Collector& out) {
  ++out.counts.rrsets;
  if (belongs_to_signed(rrset.type)) {
    out.error(id::kNotUnsigned, owner, [&] {
      return fmt::format("{} in a zone that is to be unsigned", dns::to_text(rrset.type));
    });
  }
  if (rrset.rrsigs.empty()) return;
  out.error(id::kNotUnsigned, owner, [&] {
    return fmt::format("{} has a signature in a zone that is to be unsigned",
                       dns::to_text(rrset.type));
  });
}

}  // namespace

Report verify_unsigned(const dns::Zone& zone, const VerifyOptions& options) {
  const Context context(zone, options);
  Collector out;
  if (!zone.apex_node().has(dns::RrType::kSoa)) {
    out.error(id::kNoSoa, context.apex, [] { return "there is no SOA at the apex"; });
  }
  if (zone.denial().size() != 0) {
    out.error(id::kNotUnsigned, context.apex,
              [] { return "an NSEC3 chain in a zone that is to be unsigned"; });
  }
  dns::Tree::Cursor cursor(zone.names());
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const dns::NodeView node(cursor.entry().value);
    if (has_records(node)) ++out.counts.names;
    Owner owner;
    owner.assign_key(cursor.entry().key, context.apex);
    for (const auto& rrset : node) check_rrset(owner, rrset, out);
  }
  return Verdict::report(context, std::move(out));
}

}  // namespace danewerk::verify
