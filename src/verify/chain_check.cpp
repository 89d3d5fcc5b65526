#include "verify/chain_check.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace danewerk::verify {

using dns::RrType;

ChainCheck::ChainCheck(const Context& context, SignatureCheck& signatures)
    : context_(context), signatures_(signatures), ring_(context.zone.denial()) {}

void ChainCheck::check(const dns::Tree::Entry& entry, Collector& out) {
  Owner owner;
  owner.assign_hash(entry.key, context_.apex);
  for (const dns::RrsetView& rrset : dns::read_chain_entry(entry.value).node) {
    ++out.counts.rrsets;
    ++out.counts.rrsets_visited;
    if (rrset.rdata.empty()) {
      signatures_.note_expiration(rrset, out);
      out.error(id::kRrsigOrphan, owner, [&] {
        return fmt::format("RRSIG of {}, which is not there", dns::to_text(rrset.type));
      });
    } else if (rrset.type != RrType::kNsec3) {
      out.error(id::kNsec3Owner, owner, [&] {
        return fmt::format("{} at the owner of an NSEC3", dns::to_text(rrset.type));
      });
    } else {
      const auto fields = read_nsec3(rrset.rdata.front());
      check_rrset({entry.key, owner, fields ? *fields : Nsec3Fields{}}, rrset, out);
    }
  }
}

void ChainCheck::check_link(std::string_view hash, Collector& out) {
  const auto entry = context_.zone.denial().find(hash);
  if (!entry) return;
  const ChainRecord record = read_chain_record(entry->value);
  if (!record.fields) return;
  ++out.counts.rrsets_visited;
  Owner owner;
  owner.assign_hash(hash, context_.apex);
  check_ring({hash, owner, *record.fields}, out);
}

void ChainCheck::check_rrset(const Subject& subject, const dns::RrsetView& rrset, Collector& out) {
  ++records_;
  ++out.counts.denial_records;
  signatures_.check(subject.owner, rrset, out);
  if (context_.denial == Denial::kNsec) {
    out.error(id::kNsecAndNsec3, subject.owner, [] { return "NSEC3 in a zone with NSEC"; });
    return;
  }
  if (rrset.rdata.size() != 1 || subject.fields.next.empty()) {
    out.error(id::kNsec3Format, subject.owner, [&] {
      return subject.fields.next.empty() ? "NSEC3 cannot be read"
                                         : "more than one NSEC3 (RFC 5155 section 7.1)";
    });
    return;
  }
  check_denial_ttl(context_, subject.owner, rrset.ttl, out);
  check_fields(subject, out);
  check_ring(subject, out);
}

void ChainCheck::check_fields(const Subject& subject, Collector& out) const {
  if (subject.hash.size() != kHashOctets) {
    out.error(id::kNsec3Owner, subject.owner, [&] {
      return fmt::format("the owner's hash has {} octets instead of {}", subject.hash.size(),
                         kHashOctets);
    });
  }
  if (!(subject.fields.params == context_.nsec3)) {
    out.error(id::kNsec3Params, subject.owner, [&] {
      const Nsec3Params& params = subject.fields.params;
      return fmt::format("algorithm {}, {} iterations, salt '{}': not as in the rest of the chain",
                         params.algorithm, params.iterations, to_hex(params.salt));
    });
  }
  if ((subject.fields.flags & ~kOptOutFlag) != 0) {
    out.error(id::kNsec3Flags, subject.owner, [&] {
      return fmt::format("flags {}: validators ignore this record (RFC 5155 section 8.2)",
                         subject.fields.flags);
    });
  }
}

bool ChainCheck::step_to_record(bool (dns::Tree::Cursor::*step)(),
                                bool (dns::Tree::Cursor::*wrap)()) {
  // Ends at the record it began at when there is no other one.
  for (std::uint64_t i = 0; i <= context_.zone.denial().size(); ++i) {
    if (!(ring_.*step)() && !(ring_.*wrap)()) return false;
    if (read_chain_record(ring_.entry().value).is_there) return true;
  }
  return false;
}

void ChainCheck::check_ring(const Subject& subject, Collector& out) {
  using Cursor = dns::Tree::Cursor;
  ring_.seek(subject.hash);
  if (!step_to_record(&Cursor::next, &Cursor::first)) return;
  const std::string_view next = ring_.entry().key;
  if (as_text(subject.fields.next) != next) {
    out.error(id::kNsec3Next, subject.owner, [&] {
      return fmt::format("NSEC3 leads to {}, the next one is {}", to_base32hex(subject.fields.next),
                         to_base32hex(as_bytes(next)));
    });
  }
  ring_.seek(subject.hash);
  if (!step_to_record(&Cursor::prev, &Cursor::last)) return;
  const ChainRecord before = read_chain_record(ring_.entry().value);
  // RFC 5155 section 7.1 sets the flag throughout or nowhere; records that differ from their
  // neighbour were not made in one go.
  if (before.fields && before.fields->is_opt_out() != subject.fields.is_opt_out()) {
    out.error(id::kNsec3OptOut, subject.owner, [&] {
      return fmt::format("opt-out flag is {}, unlike in the record before it",
                         subject.fields.is_opt_out() ? "set" : "not set");
    });
  }
}

namespace {

using Hash = std::array<std::uint8_t, kHashOctets>;

/// The hashes of all names that may have an NSEC3.
std::vector<Hash> hashes_of_names(const Context& context) {
  std::vector<Hash> hashes;
  const auto add = [&](const Owner& owner) {
    const auto digest = nsec3_hash(context.nsec3, owner);
    std::copy_n(digest.octets.begin(), kHashOctets, hashes.emplace_back().begin());
  };
  CutWalk cuts;
  Owner owner;
  Owner before = context.apex;
  dns::Tree::Cursor names(context.zone.names());
  for (bool valid = names.first(); valid; valid = names.next()) {
    const dns::NodeView node(names.entry().value);
    if (!has_records(node)) continue;
    owner.assign_key(names.entry().key, context.apex);
    if (cuts.see(owner, node, context.apex) != Role::kOccluded) {
      for (unsigned i = common_labels(before, owner) + 1; i < owner.labels(); ++i) {
        add(owner.ancestor(i));
      }
      add(owner);
    }
    before = owner;
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

}  // namespace

void find_surplus_records(const Context& context, Collector& out) {
  const std::vector<Hash> hashes = hashes_of_names(context);
  Owner owner;
  const auto twin = std::adjacent_find(hashes.begin(), hashes.end());
  if (twin != hashes.end()) {
    owner.assign_hash(as_text(*twin), context.apex);
    out.error(id::kNsec3Collision, owner,
              [] { return "two names have this hash: the zone needs another salt"; });
  }
  dns::Tree::Cursor records(context.zone.denial());
  for (bool valid = records.first(); valid; valid = records.next()) {
    const auto entry = records.entry();
    if (!read_chain_record(entry.value).is_there) continue;
    Hash hash{};
    std::copy_n(entry.key.begin(), std::min(entry.key.size(), kHashOctets), hash.begin());
    const bool is_known =
        entry.key.size() == kHashOctets && std::binary_search(hashes.begin(), hashes.end(), hash);
    if (is_known) continue;
    owner.assign_hash(entry.key, context.apex);
    out.error(id::kNsec3Extra, owner, [] { return "NSEC3 for a name that the zone has not"; });
  }
}

}  // namespace danewerk::verify
