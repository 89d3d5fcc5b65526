#include "verify/name_check.h"

#include <fmt/format.h>

namespace danewerk::verify {

using dns::RrType;

namespace {

/// What the zone signs (RFC 4035 section 2.2): all of its own data; at a delegation DS, and NSEC,
/// which belong to the parent; nothing below a cut.
bool has_to_be_signed(RrType type, Role role) {
  switch (role) {
    case Role::kAuthoritative:
      return true;
    case Role::kDelegation:
      return type == RrType::kDs || type == RrType::kNsec;
    case Role::kOccluded:
      break;
  }
  return false;
}

bool is_same(const dns::RrsetView& a, const dns::RrsetView& b) {
  return a.ttl == b.ttl && a.rdata.packed() == b.rdata.packed() &&
         a.rrsigs.packed() == b.rrsigs.packed() && (a.rrsigs.empty() || a.rrsig_ttl == b.rrsig_ttl);
}

}  // namespace

ChainRecord read_chain_record(std::string_view packed) {
  ChainRecord record;
  const auto rrset = dns::read_chain_entry(packed).node.find(RrType::kNsec3);
  if (!rrset || rrset->rdata.empty()) return record;
  record.is_there = true;
  record.ttl = rrset->ttl;
  record.fields = read_nsec3(rrset->rdata.front());
  return record;
}

NameCheck::NameCheck(const Context& context)
    : context_(context),
      signatures_(context.keys, context.apex, context.now),
      denial_(context.zone.denial()) {}

void NameCheck::check(const Subject& subject, dns::NodeView known, Collector& out) {
  for (const dns::RrsetView& rrset : subject.node) {
    ++out.counts.rrsets;
    const auto before = known.find(rrset.type);
    if (before && is_same(*before, rrset)) continue;
    ++out.counts.rrsets_visited;
    check_rrset(subject, rrset, out);
  }
  if (subject.role == Role::kOccluded || !has_records(subject.node)) return;
  if (context_.denial == Denial::kNsec) check_nsec(subject, out);
  if (context_.denial == Denial::kNsec3) check_nsec3(subject, out);
}

void NameCheck::check_rrset(const Subject& subject, const dns::RrsetView& rrset, Collector& out) {
  if (rrset.rdata.empty()) {
    signatures_.note_expiration(rrset, out);
    out.error(id::kRrsigOrphan, subject.owner, [&] {
      return fmt::format("RRSIG of {}, which is not there", dns::to_text(rrset.type));
    });
    return;
  }
  check_type(subject, rrset, out);
  const bool is_apex = subject.owner == context_.apex;
  if (is_apex && rrset.type == RrType::kDnskey) return;  // was checked when keys were read
  if (has_to_be_signed(rrset.type, subject.role)) {
    signatures_.check(subject.owner, rrset, out);
  } else if (!rrset.rrsigs.empty()) {
    report_surplus(subject, rrset, out);
  }
}

void NameCheck::check_type(const Subject& subject, const dns::RrsetView& rrset,
                           Collector& out) const {
  const Owner& owner = subject.owner;
  if (rrset.type == RrType::kSoa && !(owner == context_.apex)) {
    out.error(id::kSoaNotAtApex, owner, [] { return "SOA away from the apex"; });
  } else if (rrset.type == RrType::kNsec3) {
    out.error(id::kNsec3Owner, owner, [] {
      return "the owner of this NSEC3 is not the hash of a name (RFC 5155 section 3)";
    });
  } else if (rrset.type == RrType::kNsec) {
    ++out.nsec_records;
    if (subject.role == Role::kOccluded) {
      out.error(id::kNsecExtra, owner, [] {
        return "NSEC at a name that is not data of this zone (RFC 4035 section 2.3)";
      });
    }
    if (context_.denial == Denial::kNsec3) {
      out.error(id::kNsecAndNsec3, owner, [] { return "NSEC in a zone with NSEC3"; });
    }
  }
}

void NameCheck::report_surplus(const Subject& subject, const dns::RrsetView& rrset,
                               Collector& out) {
  signatures_.note_expiration(rrset, out);
  const bool is_address = rrset.type == RrType::kA || rrset.type == RrType::kAaaa;
  std::string_view finding = is_address ? id::kSignedGlue : id::kSignedOccluded;
  if (subject.role == Role::kDelegation && rrset.type == RrType::kNs) {
    finding = id::kSignedDelegationNs;
  }
  out.error(finding, subject.owner, [&] {
    return fmt::format("{} is signed, but not data of this zone (RFC 4035 section 2.2)",
                       dns::to_text(rrset.type));
  });
}

void NameCheck::expect_types(const Subject& subject) {
  bitmap_.clear();
  bool is_signed = false;
  for (const dns::RrsetView& rrset : subject.node) {
    if (rrset.rdata.empty()) continue;
    const bool is_owned = has_to_be_signed(rrset.type, subject.role);
    // At a delegation: NS, and what the parent owns (RFC 4034 section 4.1.2, RFC 5155 section 7.1).
    if (!is_owned && rrset.type != RrType::kNs) continue;
    is_signed = is_signed || is_owned;
    bitmap_.add(static_cast<std::uint16_t>(rrset.type));
  }
  if (is_signed) bitmap_.add(static_cast<std::uint16_t>(RrType::kRrsig));
}

void NameCheck::check_nsec(const Subject& subject, Collector& out) {
  const auto rrset = subject.node.find(RrType::kNsec);
  if (!rrset || rrset->rdata.empty()) {
    out.error(id::kNsecMissing, subject.owner, [] { return "no NSEC (RFC 4035 section 2.3)"; });
    return;
  }
  ++out.counts.denial_records;
  const ByteView nsec = rrset->rdata.front();
  const std::size_t next = name_length(nsec);
  if (rrset->rdata.size() != 1 || next == 0) {
    out.error(id::kNsecFormat, subject.owner, [&] {
      return next == 0 ? "NSEC cannot be read" : "more than one NSEC (RFC 4035 section 2.3)";
    });
    return;
  }
  check_denial_ttl(context_, subject.owner, rrset->ttl, out);
  expect_types(subject);
  const ByteView found = nsec.subspan(next);
  if (bitmap_.matches(found)) return;
  out.error(id::kNsecBitmap, subject.owner, [&] { return bitmap_.difference(found); });
}

void NameCheck::check_nsec_next(const Owner& owner, ByteView nsec, const Owner& next,
                                Collector& out) const {
  const std::size_t length = name_length(nsec);
  if (length == 0) return;
  Owner found;
  found.assign_wire(nsec.first(length));
  if (found == next) return;
  out.error(id::kNsecNext, owner, [&] {
    return fmt::format("NSEC leads to {}, the next name is {}", to_text(found), to_text(next));
  });
}

bool NameCheck::check_nsec3_there(const Owner& owner, ByteView hash, Collector& out) {
  // One descent serves both cases: afterwards the cursor stands at the hash, or behind its gap.
  const bool valid = denial_.seek(as_text(hash));
  if (!valid || denial_.entry().key != as_text(hash)) return false;
  const ChainRecord record = read_chain_record(denial_.entry().value);
  if (!record.is_there) return false;
  ++out.chain_names;
  if (!record.fields || bitmap_.matches(record.fields->bitmap)) return true;
  out.error(id::kNsec3Bitmap, owner, [&] {
    return fmt::format("NSEC3 {}: {}", to_base32hex(hash),
                       bitmap_.difference(record.fields->bitmap));
  });
  return true;
}

bool NameCheck::is_opted_out() {
  // The record before the gap covers it; before the first one stands the last (RFC 5155
  // section 1.3).
  bool valid = denial_.valid() ? denial_.prev() : denial_.last();
  bool has_wrapped = false;
  for (;;) {
    if (!valid) {
      if (has_wrapped || !denial_.last()) return false;
      has_wrapped = true;
    }
    const ChainRecord record = read_chain_record(denial_.entry().value);
    if (record.is_there) return record.fields && record.fields->is_opt_out();
    valid = denial_.prev();
  }
}

void NameCheck::check_nsec3(const Subject& subject, Collector& out) {
  if (context_.nsec3.algorithm != kSha1Hash) return;
  expect_types(subject);
  const auto hash = nsec3_hash(context_.nsec3, subject.owner);
  if (check_nsec3_there(subject.owner, hash.view(), out)) return;
  const bool may_be_left_out = subject.role == Role::kDelegation && is_insecure(subject.node);
  if (!may_be_left_out) {
    out.error(id::kNsec3Missing, subject.owner, [&] {
      return fmt::format("no NSEC3: {} is missing (RFC 5155 section 7.1)",
                         to_base32hex(hash.view()));
    });
  } else if (!is_opted_out()) {
    out.error(id::kNsec3OptOut, subject.owner, [&] {
      return fmt::format(
          "insecure delegation without NSEC3 {}, and the span that covers it has no "
          "opt-out flag (RFC 5155 section 6)",
          to_base32hex(hash.view()));
    });
  }
}

void NameCheck::check_empty_non_terminal(std::string_view key, const Owner& owner, Collector& out) {
  if (context_.denial != Denial::kNsec3 || context_.nsec3.algorithm != kSha1Hash) return;
  bitmap_.clear();
  const auto hash = nsec3_hash(context_.nsec3, owner);
  if (check_nsec3_there(owner, hash.view(), out)) return;
  // Opt-out may leave it out when all that stands below was left out (RFC 5155 section 7.1);
  // signers differ, and both ways deny correctly.
  if (is_opted_out() && !has_chain_name_below(key)) return;
  out.error(id::kNsec3MissingEnt, owner, [&] {
    return fmt::format("empty non-terminal without NSEC3: {} is missing (RFC 5155 section 7.1)",
                       to_base32hex(hash.view()));
  });
}

bool NameCheck::has_chain_name_below(std::string_view key) {
  dns::Tree::Cursor names(context_.zone.names());
  CutWalk cuts;
  Owner owner;
  for (bool valid = names.seek(key); valid && names.entry().key.starts_with(key);
       valid = names.next()) {
    const auto entry = names.entry();
    const dns::NodeView node(entry.value);
    if (!has_records(node)) continue;
    owner.assign_key(entry.key, context_.apex);
    const Role role = cuts.see(owner, node, context_.apex);
    if (role == Role::kOccluded) continue;
    if (role == Role::kAuthoritative || !is_insecure(node)) return true;
    const auto hash = nsec3_hash(context_.nsec3, owner);
    const auto found = context_.zone.denial().find(as_text(hash.view()));
    if (found && read_chain_record(found->value).is_there) return true;
  }
  return false;
}

}  // namespace danewerk::verify
