#include "verify/census.h"

#include <algorithm>

#include "verify/keys.h"

namespace danewerk::verify {

using dns::RrType;

namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kRrsigHead = 18;
constexpr std::size_t kAlgorithmAt = 2;
constexpr std::size_t kTagAt = 16;

SignerId id_of(std::uint8_t algorithm, std::uint16_t tag) {
  return (std::uint32_t{algorithm} << 16) | tag;
}

SignerSet signers_of(const dns::RrsetView& rrset) {
  SignerSet set;
  for (const auto rdata : rrset.rrsigs) {
    if (rdata.size() >= kRrsigHead) {
      set.push_back(id_of(rdata[kAlgorithmAt], load_u16(&rdata[kTagAt])));
    }
  }
  std::ranges::sort(set);
  set.erase(std::unique(set.begin(), set.end()), set.end());
  return set;
}

/// DNSKEY, CDS and CDNSKEY are the KSKs' (RFC 7344 section 4.1); the latter two concern the parent.
bool is_counted(const dns::RrsetView& rrset) {
  return rrset.type != RrType::kDnskey && rrset.type != RrType::kCds &&
         rrset.type != RrType::kCdnskey && !rrset.rrsigs.empty();
}

void count_tree(Census& census, const dns::Tree& tree, bool is_denial) {
  dns::Tree::Cursor cursor(tree);
  for (bool more = cursor.first(); more; more = cursor.next()) {
    const auto value = cursor.entry().value;
    const auto node = is_denial ? dns::read_chain_entry(value).node : dns::NodeView(value);
    for (const auto& rrset : node) {
      if (is_counted(rrset)) ++census.rrsets[signers_of(rrset)];
    }
  }
}

void read_dnskey(Census& census, const dns::Zone& zone) {
  census.dnskeys.clear();
  census.dnskey_signers.clear();
  const auto rrset = zone.apex_node().find(RrType::kDnskey);
  if (!rrset) return;
  for (const auto rdata : rrset->rdata) census.dnskeys.emplace_back(rdata.begin(), rdata.end());
  census.dnskey_signers = signers_of(*rrset);
}

void append_set(Bytes& out, const SignerSet& set) {
  append_u16(out, static_cast<std::uint16_t>(set.size()));
  for (const auto id : set) append_u32(out, id);
}

/// Reads numbers until they run out.
class Reader {
 public:
  explicit Reader(ByteView octets) : rest_(octets) {}
  std::uint16_t u16() { return take(2) ? load_u16(last_.data()) : std::uint16_t{0}; }
  std::uint32_t u32() { return take(4) ? load_u32(last_.data()) : 0; }
  Bytes octets(std::size_t size) {
    return take(size) ? Bytes(last_.begin(), last_.end()) : Bytes{};
  }
  SignerSet set() {
    SignerSet set;
    for (std::size_t left = u16(); left != 0 && !failed_; --left) set.push_back(u32());
    return set;
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty() && !failed_; }

 private:
  bool take(std::size_t size) {
    if (rest_.size() < size) failed_ = true;
    if (failed_) return false;
    last_ = rest_.first(size);
    rest_ = rest_.subspan(size);
    return true;
  }
  ByteView rest_;
  ByteView last_;
  bool failed_ = false;
};

}  // namespace

SignerSet Census::published() const {
  SignerSet set;
  for (const auto& rdata : dnskeys) {
    if (rdata.size() > 4) set.push_back(id_of(rdata[3], key_tag(rdata)));
  }
  std::ranges::sort(set);
  return set;
}

Census count_signers(const dns::Zone& zone) {
  Census census;
  read_dnskey(census, zone);
  count_tree(census, zone.names(), false);
  count_tree(census, zone.denial(), true);
  return census;
}

Census count_signers(Census before, const dns::Change& change) {
  read_dnskey(before, change.after);
  dns::for_each_difference(change, [&](const dns::RrsetDifference& difference) {
    if (difference.before && is_counted(*difference.before)) {
      const auto found = before.rrsets.find(signers_of(*difference.before));
      if (found != before.rrsets.end() && --found->second == 0) before.rrsets.erase(found);
    }
    if (difference.after && is_counted(*difference.after)) {
      ++before.rrsets[signers_of(*difference.after)];
    }
  });
  return before;
}

Bytes pack(const Census& census) {
  Bytes out{kFormat};
  append_u16(out, static_cast<std::uint16_t>(census.dnskeys.size()));
  for (const auto& rdata : census.dnskeys) {
    append_u16(out, static_cast<std::uint16_t>(rdata.size()));
    out.insert(out.end(), rdata.begin(), rdata.end());
  }
  append_set(out, census.dnskey_signers);
  append_u32(out, static_cast<std::uint32_t>(census.rrsets.size()));
  for (const auto& [set, count] : census.rrsets) {
    append_set(out, set);
    append_u32(out, static_cast<std::uint32_t>(count >> 32));
    append_u32(out, static_cast<std::uint32_t>(count));
  }
  return out;
}

Result<Census> unpack_census(ByteView octets) {
  Census census;
  if (octets.empty() || octets[0] != kFormat) {
    return fail(Errc::kCorrupt, "the census of a version is of no known form");
  }
  Reader reader(octets.subspan(1));
  for (std::size_t left = reader.u16(); left != 0 && !reader.failed(); --left) {
    census.dnskeys.push_back(reader.octets(reader.u16()));
  }
  census.dnskey_signers = reader.set();
  for (std::size_t left = reader.u32(); left != 0 && !reader.failed(); --left) {
    auto set = reader.set();
    const std::uint64_t high = reader.u32();
    census.rrsets[std::move(set)] = (high << 32) | reader.u32();
  }
  if (!reader.at_end()) return fail(Errc::kCorrupt, "the census of a version is cut off");
  return census;
}

}  // namespace danewerk::verify
