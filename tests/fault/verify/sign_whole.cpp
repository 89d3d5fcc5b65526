#include "sign_whole.h"

#include <algorithm>
#include <map>
#include <set>

#include "fault_table.h"

namespace danewerk::fault {

using dns::RrType;

namespace {

using Types = std::set<std::uint16_t>;

std::uint16_t number(RrType type) {
  return static_cast<std::uint16_t>(type);
}

std::string parent(const std::string& owner) {
  return owner.substr(owner.find('.') + 1);
}

/// Types of each name that is not cut off, and the empty non-terminals among them.
struct Content {
  std::map<std::string, Types> all;
  std::map<std::string, Types> names;

  explicit Content(const EditZone& zone) {
    for (const Record& r : zone.records) all[r.owner].insert(number(r.type));
    for (const auto& [owner, types] : all) {
      if (!is_cut_off(owner)) names[owner] = types;
    }
  }
  [[nodiscard]] bool has(const std::string& owner, RrType type) const {
    const auto found = all.find(owner);
    return found != all.end() && found->second.contains(number(type));
  }
  [[nodiscard]] bool is_cut_off(const std::string& owner) const {
    if (owner == "example.") return false;
    for (std::string at = parent(owner); at.size() > 1; at = parent(at)) {
      if (at != "example." && has(at, RrType::kNs)) return true;
      if (has(at, RrType::kDname)) return true;
      if (at == "example.") break;
    }
    return false;
  }
  [[nodiscard]] bool is_delegation(const std::string& owner) const {
    return owner != "example." && has(owner, RrType::kNs);
  }
  [[nodiscard]] bool is_insecure(const std::string& owner) const {
    return is_delegation(owner) && !has(owner, RrType::kDs);
  }
  /// Types that NSEC or NSEC3 lists, RRSIG included.
  [[nodiscard]] std::vector<std::uint16_t> listed(const std::string& owner) const {
    std::vector<std::uint16_t> types;
    for (const auto type : names.at(owner)) {
      const bool is_ours =
          !is_delegation(owner) || type == number(RrType::kNs) || type == number(RrType::kDs);
      if (is_ours) types.push_back(type);
    }
    if (!is_insecure(owner)) types.push_back(number(RrType::kRrsig));
    return types;
  }
};

dns::Ttl denial_ttl(const EditZone& zone) {
  for (const Record& r : zone.records) {
    if (r.type == RrType::kSoa) return std::min(r.ttl, load_u32(&r.rdata[r.rdata.size() - 4]));
  }
  return 0;
}

void add_nsec3(EditZone& zone, const Content& content, bool opt_out) {
  std::map<std::string, std::vector<std::uint16_t>> chain;
  for (const auto& [owner, types] : content.names) {
    if (opt_out && content.is_insecure(owner)) continue;
    chain[zone.hashed(owner)] = content.listed(owner);
    for (std::string at = owner; at != "example."; at = parent(at)) {
      if (!content.names.contains(at)) chain[zone.hashed(at)];
    }
  }
  for (auto at = chain.begin(); at != chain.end(); ++at) {
    const auto next = std::next(at) == chain.end() ? chain.begin() : std::next(at);
    Record record{at->first, denial_ttl(zone), RrType::kNsec3,
                  Bytes{1, static_cast<std::uint8_t>(opt_out ? 1 : 0), 0, 0, 0, 20}};
    record.rdata.resize(26);
    set_next_hash(record, next->first);
    const Bytes bitmap = make_bitmap(at->second);
    record.rdata.insert(record.rdata.end(), bitmap.begin(), bitmap.end());
    zone.records.push_back(std::move(record));
  }
}

void add_nsec(EditZone& zone, const Content& content) {
  const auto apex = dns::name_from_text("example.");
  std::map<std::string, std::string> order;  // sort key to owner
  for (const auto& [owner, types] : content.names) {
    order[dns::sort_key(*dns::name_from_text(owner), *apex)] = owner;
  }
  for (auto at = order.begin(); at != order.end(); ++at) {
    const auto next = std::next(at) == order.end() ? order.begin() : std::next(at);
    Record record{at->second, denial_ttl(zone), RrType::kNsec, Bytes{0}};
    set_next_name(record, next->second);
    auto types = content.listed(at->second);
    types.push_back(number(RrType::kNsec));
    if (content.is_insecure(at->second)) types.push_back(number(RrType::kRrsig));
    const Bytes bitmap = make_bitmap(std::move(types));
    record.rdata.insert(record.rdata.end(), bitmap.begin(), bitmap.end());
    zone.records.push_back(std::move(record));
  }
}

bool is_made_by_signer(const Record& record) {
  return dns::is_signer_made(record.type) || record.type == RrType::kDnskey ||
         record.type == RrType::kZonemd;
}

}  // namespace

void sign_whole(EditZone& zone, Denial denial) {
  std::erase_if(zone.records, is_made_by_signer);
  zone.records.push_back({"example.", 3600, RrType::kDnskey, ksk().dnskey});
  zone.records.push_back({"example.", 3600, RrType::kDnskey, zsk().dnskey});
  if (denial != Denial::kNsec) zone.add("example. 0 IN NSEC3PARAM 1 0 0 -");
  const Content content(zone);
  if (denial == Denial::kNsec) {
    add_nsec(zone, content);
  } else {
    add_nsec3(zone, content, denial == Denial::kOptOut);
  }
  std::set<std::pair<std::string, RrType>> rrsets;
  for (const Record& r : zone.records) {
    if (r.type != RrType::kNsec3 && !content.names.contains(r.owner)) continue;
    const bool is_ours =
        !content.is_delegation(r.owner) || r.type == RrType::kDs || r.type == RrType::kNsec;
    if (is_ours) rrsets.emplace(r.owner, r.type);
  }
  for (const auto& [owner, type] : rrsets) {
    zone.sign(owner, type, type == RrType::kDnskey ? ksk() : zsk());
  }
}

}  // namespace danewerk::fault
