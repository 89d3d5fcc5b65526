#include "denial/update.h"

#include <optional>
#include <string>

#include "denial/chain.h"
#include "denial/nsec3.h"
#include "denial/nsec3_update.h"
#include "denial/nsec_update.h"
#include "dns/tree_builder.h"

namespace danewerk::denial {

using dns::RrType;

namespace {

/// Entries of a chain in order of hash. Records of OLD that are the same stay, with their RRSIGs.
Result<dns::Zone> rebuild_nsec3(const dns::Zone& zone, const dns::Tree& old,
                                const UpdateOptions& options) {
  DW_TRY(const auto chain, Chain::build(zone, options.parameters, options.jobs));
  const auto ttl = denial_ttl(zone);
  dns::TreeBuilder builder;
  Nsec3EntryMaker maker(zone, options.parameters, ttl);
  const auto& links = chain.links();
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto& link = links[i];
    const auto present = old.find(as_key(link.hash));
    const auto made =
        maker.make({.children = link.children,
                    .name_key = link.key(),
                    .has_name = true,
                    .node = present ? dns::read_chain_entry(present->value).node : dns::NodeView()},
                   link.standing, chain.next(i));
    builder.append(as_key(link.hash), made.packed, made.deadline);
  }
  return dns::Zone(zone.apex(), zone.names(), std::move(builder).finish());
}

/// Salt, iterations and opt-out mean nothing to NSEC.
bool same_proof(const std::optional<model::DenialParameters>& used,
                const model::DenialParameters& wanted) {
  if (!used || used->kind != wanted.kind) return false;
  return wanted.kind == model::DenialKind::kNsec || *used == wanted;
}

bool is_complete(const dns::Zone& zone) {
  dns::Tree::Cursor cursor(zone.denial());
  return cursor.first() && dns::read_chain_entry(cursor.entry().value).has_name;
}

}  // namespace

std::optional<model::DenialParameters> parameters_of(const dns::Zone& zone) {
  dns::Tree::Cursor cursor(zone.denial());
  if (cursor.first()) {
    const auto entry = dns::read_chain_entry(cursor.entry().value);
    const auto nsec3 = entry.node.find(RrType::kNsec3);
    if (!nsec3 || nsec3->rdata.empty()) return std::nullopt;
    const auto rdata = nsec3->rdata.front();
    if (rdata.size() < 5 || rdata.size() < 5U + rdata[4]) return std::nullopt;
    return model::DenialParameters{.kind = model::DenialKind::kNsec3,
                                   .iterations = load_u16(rdata.data() + 2),
                                   .salt = Bytes(rdata.begin() + 5, rdata.begin() + 5 + rdata[4]),
                                   .opt_out = (rdata[1] & kOptOutFlag) != 0};
  }
  if (zone.apex_node().has(RrType::kNsec)) {
    return model::DenialParameters{.kind = model::DenialKind::kNsec};
  }
  return std::nullopt;
}

Result<dns::Zone> update(const dns::Change& change, const UpdateOptions& options) {
  const bool had_soa = change.before.apex_node().has(RrType::kSoa);
  const bool same = had_soa && same_proof(parameters_of(change.before), options.parameters) &&
                    denial_ttl(change.before) == denial_ttl(change.after);
  if (options.parameters.kind == model::DenialKind::kNsec) {
    // Each answer carries its own proof, so one version may drop NSEC3 for NSEC.
    const dns::Zone after(change.after.apex(), change.after.names(), {});
    return same ? update_nsec({change.before, after}) : rebuild_nsec(after);
  }
  if (same && is_complete(change.before)) return update_nsec3(change, options.parameters);
  const auto bare = strip_nsec(change.after);
  return rebuild_nsec3(bare, change.after.denial(), options);
}

Result<dns::Zone> adopt(const dns::Zone& zone, const UpdateOptions& options) {
  if (options.parameters.kind == model::DenialKind::kNsec || zone.denial().size() == 0) return zone;
  DW_TRY(const auto chain, Chain::build(zone, options.parameters, options.jobs));
  dns::TreeBuilder builder;
  std::string packed;
  for (const auto& link : chain.links()) {
    const auto present = zone.denial().find(as_key(link.hash));
    if (!present) continue;  // `update` finds the hole when it compares what stands there
    packed.clear();
    dns::pack_chain_entry(packed, {.children = link.children,
                                   .name_key = link.key(),
                                   .has_name = true,
                                   .node = dns::read_chain_entry(present->value).node});
    builder.append(as_key(link.hash), packed, present->deadline);
  }
  return dns::Zone(zone.apex(), zone.names(), std::move(builder).finish());
}

}  // namespace danewerk::denial
