#include "seal/zonemd.h"

#include <algorithm>
#include <vector>

#include "crypto/signature.h"
#include "seal/serial.h"

namespace danewerk::seal {

using dns::RrType;

namespace {

constexpr std::uint8_t kSimpleScheme = 1;  // RFC 8976 section 5.2
constexpr std::uint8_t kSha384 = 1;        // RFC 8976 section 5.3
constexpr std::size_t kDigestOctets = 48;

Bytes rdata_with(std::uint32_t serial, ByteView digest) {
  Bytes rdata;
  append_u32(rdata, serial);
  rdata.push_back(kSimpleScheme);
  rdata.push_back(kSha384);
  rdata.insert(rdata.end(), digest.begin(), digest.end());
  return rdata;
}

/// Feeds records in canonical form into the digest.
class ZoneDigest {
 public:
  ZoneDigest() : stream_(crypto::DigestType::kSha384) {}

  /// \param hashed  an NSEC3 record whose hashed owner is this very name, which happens only on
  ///                purpose (RFC 5155 appendix A); empty otherwise.
  void add_node(dns::NameView owner, dns::NodeView node, dns::NodeView hashed, bool is_apex) {
    owner_.assign(owner.wire().begin(), owner.wire().end());
    dns::lower_case(owner_);
    // RFC 8976 section 3.3.1: RRsets of one owner by number of type; RRSIGs are one RRset of
    // type 46.
    rrsets_.clear();
    for (const auto part : {node, hashed}) {
      for (const auto& rrset : part) {
        if (!is_apex || rrset.type != RrType::kZonemd) rrsets_.push_back(rrset);
      }
    }
    if (!hashed.empty()) {
      std::sort(rrsets_.begin(), rrsets_.end(),
                [](const auto& a, const auto& b) { return a.type < b.type; });
    }
    auto rest = rrsets_.begin();
    for (; rest != rrsets_.end() && rest->type < RrType::kRrsig; ++rest) add_rrset(*rest);
    add_rrsigs();
    for (; rest != rrsets_.end(); ++rest) add_rrset(*rest);
    stream_.update(buffer_);
    buffer_.clear();
  }

  Bytes finish() {
    const auto digest = stream_.finish();
    return {digest.view().begin(), digest.view().end()};
  }

 private:
  void add_rrset(const dns::RrsetView& rrset) {
    for (const auto rdata : rrset.rdata) add(rrset.type, rrset.ttl, rdata);
  }

  /// Without those of ZONEMD at the apex (RFC 8976 section 3.3.2), which rrsets_ lacks.
  void add_rrsigs() {
    std::vector<std::pair<dns::Ttl, ByteView>> rrsigs;
    for (const auto& rrset : rrsets_) {
      for (const auto rdata : rrset.rrsigs) rrsigs.emplace_back(rrset.rrsig_ttl, rdata);
    }
    std::sort(rrsigs.begin(), rrsigs.end(), [](const auto& a, const auto& b) {
      return dns::compare_canonical(RrType::kRrsig, a.second, b.second) < 0;
    });
    for (const auto& [ttl, rdata] : rrsigs) add(RrType::kRrsig, ttl, rdata);
  }

  void add(RrType type, dns::Ttl ttl, ByteView rdata) {
    buffer_.insert(buffer_.end(), owner_.begin(), owner_.end());
    append_u16(buffer_, static_cast<std::uint16_t>(type));
    append_u16(buffer_, 1);  // IN
    append_u32(buffer_, ttl);
    append_u16(buffer_, static_cast<std::uint16_t>(rdata.size()));
    dns::append_canonical(buffer_, type, rdata);
  }

  crypto::DigestStream stream_;
  std::vector<dns::RrsetView> rrsets_;  ///< of the name at hand
  Bytes owner_;
  Bytes buffer_;
};

/// Name of an NSEC3 record; its sort key places it among the names of the zone.
std::string denial_key(std::string_view hash) {
  auto key = to_base32hex(as_bytes(hash));
  key.push_back('\0');
  return key;
}

/// Which comes first: less than 0 the name, more the hashed owner, whose key is empty at the end.
int compare_next(const dns::Tree::Cursor& names, std::string_view hashed) {
  if (!names.valid()) return 1;
  if (hashed.empty()) return -1;
  return names.entry().key.compare(hashed);
}

}  // namespace

Bytes zonemd_placeholder(std::uint32_t serial) {
  return rdata_with(serial, Bytes(kDigestOctets));
}

Bytes zonemd_digest(const dns::Zone& zone) {
  ZoneDigest digest;
  dns::Tree::Cursor names(zone.names());
  dns::Tree::Cursor denial(zone.denial());
  names.first();
  denial.first();
  const auto add = [&](std::string_view key, dns::NodeView node, dns::NodeView hashed) {
    digest.add_node(dns::name_from_sort_key(key, zone.apex()).view(), node, hashed, key.empty());
  };
  while (names.valid() || denial.valid()) {
    const auto hashed = denial.valid() ? denial_key(denial.entry().key) : std::string();
    const auto order = compare_next(names, hashed);
    std::string_view key = hashed;
    dns::NodeView node;
    dns::NodeView nsec3;
    if (order >= 0) {
      nsec3 = dns::read_chain_entry(denial.entry().value).node;
      denial.next();
    }
    if (order <= 0) {
      key = names.entry().key;
      node = dns::NodeView(names.entry().value);
      names.next();
    }
    add(key, node, nsec3);
  }
  return digest.finish();
}

dns::Zone with_zonemd(const dns::Zone& zone) {
  const auto present = zone.apex_node().find(RrType::kZonemd);
  DW_CHECK(present && !present->rdata.empty(), "the ZONEMD record has its place already");
  const auto rdata = rdata_with(serial_of(zone), zonemd_digest(zone));
  if (present->rdata.size() == 1 && as_text(present->rdata.front()) == as_text(rdata)) return zone;
  dns::NodeBuilder node;
  node.load(zone.apex_node());
  node.remove(RrType::kZonemd);
  node.add(RrType::kZonemd, present->ttl, rdata);
  dns::TreeEdit edit(zone.names());
  edit.put({}, node.pack(), node.earliest_expiration());
  return {zone.apex(), edit.tree(), zone.denial()};
}

}  // namespace danewerk::seal
