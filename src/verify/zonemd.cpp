#include "verify/zonemd.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "crypto/signature.h"
#include "verify/canonical.h"

namespace danewerk::verify {

using dns::RrType;

namespace {

constexpr std::uint8_t kSimpleScheme = 1;    // RFC 8976 section 5.2
constexpr std::size_t kShortestDigest = 12;  // RFC 8976 section 2.2.4
constexpr std::size_t kFixedOctets = 6;      // serial, scheme, hash algorithm
constexpr std::size_t kFlushOctets = 1U << 16;

std::optional<crypto::DigestType> digest_of(std::uint8_t hash_algorithm) {
  switch (hash_algorithm) {
    case 1:
      return crypto::DigestType::kSha384;
    case 2:
      return crypto::DigestType::kSha512;
    default:
      return std::nullopt;
  }
}

/// Feeds the records of a zone to digests, name by name, in canonical order (RFC 8976
/// section 3.3.2).
class Feed {
 public:
  explicit Feed(std::vector<crypto::DigestStream>& streams) : streams_(streams) {}

  void add_node(dns::NodeView node, bool is_apex) {
    for (const dns::RrsetView& rrset : node) {
      // The record itself and its signatures stay out (RFC 8976 section 3.3.1).
      if (is_apex && rrset.type == RrType::kZonemd) continue;
      for (const ByteView rdata : rrset.rdata) add(rrset.type, rrset.ttl, rdata);
      for (const ByteView rdata : rrset.rrsigs) add(RrType::kRrsig, rrset.rrsig_ttl, rdata);
    }
  }

  void end_owner(const Owner& owner) {
    const auto rdata = [this](const Item& item) {
      return ByteView(canonical_).subspan(item.begin, item.end - item.begin);
    };
    std::sort(items_.begin(), items_.end(), [&](const Item& a, const Item& b) {
      return a.type != b.type ? a.type < b.type : compare_octets(rdata(a), rdata(b)) < 0;
    });
    const Item* before = nullptr;
    for (const Item& item : items_) {
      // A record that stands there twice counts once (RFC 8976 section 3.3.1).
      const bool is_twin = before != nullptr && before->type == item.type &&
                           compare_octets(rdata(*before), rdata(item)) == 0;
      before = &item;
      if (is_twin) continue;
      message_.insert(message_.end(), owner.wire().begin(), owner.wire().end());
      append_u16(message_, item.type);
      append_u16(message_, 1);
      append_u32(message_, item.ttl);
      append_u16(message_, static_cast<std::uint16_t>(item.end - item.begin));
      message_.insert(message_.end(), rdata(item).begin(), rdata(item).end());
    }
    items_.clear();
    canonical_.clear();
    if (message_.size() >= kFlushOctets) flush();
  }

  void flush() {
    for (auto& stream : streams_) stream.update(message_);
    message_.clear();
  }

 private:
  struct Item {
    std::uint16_t type;
    std::uint32_t ttl;
    std::size_t begin;
    std::size_t end;
  };
  void add(RrType type, std::uint32_t ttl, ByteView rdata) {
    const std::size_t begin = canonical_.size();
    append_canonical_rdata(canonical_, type, rdata);
    items_.push_back({static_cast<std::uint16_t>(type), ttl, begin, canonical_.size()});
  }
  std::vector<crypto::DigestStream>& streams_;
  std::vector<Item> items_;
  Bytes canonical_;
  Bytes message_;
};

/// One of the zone's two trees, name by name.
class Names {
 public:
  Names(const dns::Tree& tree, const Owner& apex, bool is_denial)
      : cursor_(tree), apex_(apex), is_denial_(is_denial), is_valid_(cursor_.first()) {
    read();
  }
  [[nodiscard]] bool is_valid() const { return is_valid_; }
  [[nodiscard]] const Owner& owner() const { return owner_; }
  [[nodiscard]] dns::NodeView node() const {
    const auto value = cursor_.entry().value;
    return is_denial_ ? dns::read_chain_entry(value).node : dns::NodeView(value);
  }
  void next() {
    is_valid_ = cursor_.next();
    read();
  }

 private:
  void read() {
    if (!is_valid_) return;
    if (is_denial_) {
      owner_.assign_hash(cursor_.entry().key, apex_);
    } else {
      owner_.assign_key(cursor_.entry().key, apex_);
    }
  }
  dns::Tree::Cursor cursor_;
  const Owner& apex_;
  bool is_denial_;
  bool is_valid_;
  Owner owner_;
};

void feed_zone(const Context& context, std::vector<crypto::DigestStream>& streams) {
  Feed feed(streams);
  Names names(context.zone.names(), context.apex, false);
  Names hashes(context.zone.denial(), context.apex, true);
  while (names.is_valid() || hashes.is_valid()) {
    // NSEC3 owners are names like others: they stand between them in the order.
    const int order = !names.is_valid()    ? 1
                      : !hashes.is_valid() ? -1
                                           : compare(names.owner(), hashes.owner());
    const Owner owner = order <= 0 ? names.owner() : hashes.owner();
    if (order <= 0) {
      feed.add_node(names.node(), names.owner() == context.apex);
      names.next();
    }
    if (order >= 0) {
      feed.add_node(hashes.node(), false);
      hashes.next();
    }
    feed.end_owner(owner);
  }
  feed.flush();
}

struct Claim {
  std::uint8_t hash_algorithm;
  ByteView digest;
};

/// The claims that can be checked; reports on the others.
std::vector<Claim> read_claims(const Context& context, const dns::RrsetView& rrset,
                               Collector& out) {
  std::vector<Claim> claims;
  std::vector<std::uint16_t> kinds;
  for (const ByteView rdata : rrset.rdata) {
    if (rdata.size() < kFixedOctets + kShortestDigest) {
      out.error(id::kZonemdFormat, context.apex, [] { return "ZONEMD cannot be read"; });
      continue;
    }
    const std::uint8_t scheme = rdata[4];
    const std::uint8_t hash_algorithm = rdata[5];
    const std::uint16_t kind = load_u16(&rdata[4]);
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
      out.error(id::kZonemdDuplicate, context.apex, [&] {
        return fmt::format(
            "two ZONEMD with scheme {} and hash algorithm {} (RFC 8976 section 2.2.4)", scheme,
            hash_algorithm);
      });
      continue;
    }
    kinds.push_back(kind);
    if (context.has_soa && load_u32(rdata.data()) != context.soa_serial) {
      out.error(id::kZonemdSerial, context.apex, [&] {
        return fmt::format("ZONEMD is for serial {}, the SOA has {} (RFC 8976 section 4)",
                           load_u32(rdata.data()), context.soa_serial);
      });
      continue;
    }
    if (scheme != kSimpleScheme || !digest_of(hash_algorithm)) {
      out.add(id::kZonemdUnknown, Level::kWarning, context.apex, [&] {
        return fmt::format("ZONEMD with scheme {} and hash algorithm {} cannot be checked", scheme,
                           hash_algorithm);
      });
      continue;
    }
    claims.push_back({hash_algorithm, rdata.subspan(kFixedOctets)});
  }
  return claims;
}

}  // namespace

bool has_zonemd(const dns::Zone& zone) {
  return zone.apex_node().has(RrType::kZonemd);
}

void check_zonemd(const Context& context, Collector& out) {
  if (!has_zonemd(context.zone)) return;
  const auto rrset = context.zone.apex_node().find(RrType::kZonemd);
  if (!rrset) return;
  const auto claims = read_claims(context, *rrset, out);
  if (claims.empty()) return;
  std::vector<crypto::DigestStream> streams;
  for (const Claim& claim : claims) streams.emplace_back(*digest_of(claim.hash_algorithm));
  feed_zone(context, streams);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto digest = streams[i].finish();
    if (std::ranges::equal(digest.view(), claims[i].digest)) continue;
    out.error(id::kZonemdMismatch, context.apex, [&] {
      return fmt::format("ZONEMD says {}, the zone has {} (RFC 8976 section 4)",
                         to_hex(claims[i].digest), to_hex(digest.view()));
    });
  }
}

}  // namespace danewerk::verify
