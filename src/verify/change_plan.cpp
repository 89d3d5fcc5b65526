#include "verify/change_plan.h"

#include <algorithm>
#include <tuple>

#include "verify/walk.h"

namespace danewerk::verify {

using dns::RrType;

namespace {

using Hash = std::array<std::uint8_t, kHashOctets>;
using Entry = dns::Tree::Entry;

/// Changes larger than this part of the zone are checked as a whole, on the shorter path.
constexpr std::uint64_t kWholeIfPart = 2;
constexpr std::uint64_t kAlwaysPlanned = 64;

std::string_view packed_rdata(dns::NodeView node, RrType type) {
  const auto rrset = node.find(type);
  return rrset ? rrset->rdata.packed() : std::string_view{};
}

bool is_delegation_node(dns::NodeView node, std::string_view key) {
  return !key.empty() && node.has(RrType::kNs);
}

/// Whether the two nodes hold records of the same types.
bool has_same_types(dns::NodeView a, dns::NodeView b) {
  auto i = a.begin();
  auto j = b.begin();
  const auto skip = [](auto& at, const auto& end) {
    while (!(at == end) && at->rdata.empty()) ++at;
  };
  for (;;) {
    skip(i, a.end());
    skip(j, b.end());
    if (i == a.end() || j == b.end()) return i == a.end() && j == b.end();
    if (i->type != j->type) return false;
    ++i;
    ++j;
  }
}

/// What makes every record of the zone suspect when it changes.
bool has_same_ground(const Context& before, const Context& after) {
  const auto was = before.zone.apex_node();
  const auto is = after.zone.apex_node();
  return before.apex == after.apex &&
         packed_rdata(was, RrType::kDnskey) == packed_rdata(is, RrType::kDnskey) &&
         packed_rdata(was, RrType::kNsec3Param) == packed_rdata(is, RrType::kNsec3Param) &&
         before.denial == after.denial && before.nsec3 == after.nsec3 &&
         before.has_soa == after.has_soa && before.soa_ttl == after.soa_ttl &&
         before.soa_minimum == after.soa_minimum &&
         was.has(RrType::kNsec) == is.has(RrType::kNsec) && is_cut(was, true) == is_cut(is, true);
}

template <class T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

class Planner {
 public:
  Planner(const Context& before, const Context& after)
      : before_(before), after_(after), chain_(after.zone) {}

  std::optional<ChangePlan> plan() {
    if (!plan_names() || !plan_expired()) return std::nullopt;
    finish_names();
    if (after_.denial == Denial::kNsec3) hash_touched();
    if (!plan_records()) return std::nullopt;
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool is_too_large(std::uint64_t changed) const {
    return changed > kAlwaysPlanned && changed > after_.zone.names().size() / kWholeIfPart;
  }

  bool plan_names() {
    std::int64_t growth = 0;
    const auto see = [&](const std::optional<Entry>& was, const std::optional<Entry>& is) {
      growth += (is ? 1 : 0) - (was ? 1 : 0);
      see_name(was, is);
    };
    dns::Tree::for_each_difference(before_.zone.names(), after_.zone.names(), see);
    return is_as_grown(before_.zone.names(), after_.zone.names(), growth) &&
           !is_too_large(plan_.names.size());
  }

  /// An invariant of the versions: what differs explains the number of entries.
  static bool is_as_grown(const dns::Tree& before, const dns::Tree& after, std::int64_t growth) {
    return static_cast<std::int64_t>(before.size()) + growth ==
           static_cast<std::int64_t>(after.size());
  }

  static std::string_view key_of(const std::optional<Entry>& was, const std::optional<Entry>& is) {
    if (is) return is->key;
    return was ? was->key : std::string_view{};
  }

  void see_name(const std::optional<Entry>& was, const std::optional<Entry>& is) {
    const auto key = key_of(was, is);
    const dns::NodeView old_node(was ? was->value : std::string_view{});
    const dns::NodeView new_node(is ? is->value : std::string_view{});
    const bool has_same_role =
        is_delegation_node(old_node, key) == is_delegation_node(new_node, key);
    if (is) plan_.names.push_back({key, has_same_role ? old_node : dns::NodeView{}});
    if (!has_same_types(old_node, new_node)) {
      shaped_.push_back(key);
    } else if (packed_rdata(old_node, RrType::kNsec) != packed_rdata(new_node, RrType::kNsec)) {
      plan_.links.push_back(key);
    }
    if (is_cut(old_node, key.empty()) != is_cut(new_node, key.empty())) add_subtree(key);
  }

  /// What lies below a new or former cut changes its role, though its records do not.
  void add_subtree(std::string_view key) {
    dns::Tree::Cursor names(after_.zone.names());
    for (bool valid = names.seek(key); valid && names.entry().key.starts_with(key);
         valid = names.next()) {
      plan_.names.push_back({names.entry().key, {}});
      shaped_.push_back(names.entry().key);
    }
  }

  /// What the calendar broke, though nobody changed it.
  bool plan_expired() {
    if (after_.now == 0) return true;
    const dns::Deadline limit = after_.now - 1;
    after_.zone.names().for_each_due(
        limit, [&](const Entry& entry) { plan_.names.push_back({entry.key, {}}); });
    after_.zone.denial().for_each_due(
        limit, [&](const Entry& entry) { plan_.records.push_back(entry.key); });
    return !is_too_large(plan_.names.size());
  }

  void finish_names() {
    // Of two tasks for one name, the one that checks all of it comes first and stays.
    std::sort(plan_.names.begin(), plan_.names.end(), [](const auto& a, const auto& b) {
      return a.key != b.key ? a.key < b.key : a.known.empty() && !b.known.empty();
    });
    const auto is_same = [](const auto& a, const auto& b) { return a.key == b.key; };
    plan_.names.erase(std::unique(plan_.names.begin(), plan_.names.end(), is_same),
                      plan_.names.end());
    sort_unique(shaped_);
    for (const std::string_view key : shaped_) plan_surroundings(key);
    sort_unique(plan_.vacant);
    sort_unique(plan_.links);
  }

  /// A name whose types changed: itself, the NSEC before it, and the empty non-terminals above it.
  void plan_surroundings(std::string_view key) {
    if (after_.denial == Denial::kNsec) {
      plan_.links.push_back(key);
      if (!key.empty()) plan_.links.push_back(chain_.before(key));
      return;
    }
    const unsigned labels = key_labels(key);
    for (unsigned i = 1; i <= labels; ++i) {
      const std::string_view name = key_prefix(key, i);
      if (!has_records(after_.zone.node(name)) || cut_above(after_.zone, name) >= 0) {
        plan_.vacant.push_back(name);
      }
    }
  }

  void hash_touched() {
    Owner owner;
    const auto add = [&](std::string_view key) {
      owner.assign_key(key, after_.apex);
      const auto digest = nsec3_hash(after_.nsec3, owner);
      std::copy_n(digest.octets.begin(), kHashOctets, touched_.emplace_back().begin());
    };
    // Only names whose NSEC3 will be looked at explain a record.
    for (const auto& task : plan_.names) {
      const bool is_in_chain =
          has_records(after_.zone.node(task.key)) && cut_above(after_.zone, task.key) < 0;
      if (is_in_chain) add(task.key);
    }
    for (const auto key : plan_.vacant) add(key);
    std::sort(touched_.begin(), touched_.end());
  }

  [[nodiscard]] bool is_touched(std::string_view key) const {
    if (key.size() != kHashOctets) return false;
    Hash hash{};
    std::copy_n(key.begin(), kHashOctets, hash.begin());
    return std::binary_search(touched_.begin(), touched_.end(), hash);
  }

  bool plan_records() {
    bool is_explained = true;
    std::int64_t growth = 0;
    const auto see = [&](const std::optional<Entry>& was, const std::optional<Entry>& is) {
      growth += (is ? 1 : 0) - (was ? 1 : 0);
      is_explained = is_explained && see_record(was, is);
    };
    dns::Tree::for_each_difference(before_.zone.denial(), after_.zone.denial(), see);
    sort_unique(plan_.records);
    sort_unique(plan_.rings);
    std::erase_if(plan_.rings, [&](std::string_view hash) {
      return std::binary_search(plan_.records.begin(), plan_.records.end(), hash);
    });
    return is_explained && is_as_grown(before_.zone.denial(), after_.zone.denial(), growth);
  }

  /// False when no name that the change touches explains it.
  bool see_record(const std::optional<Entry>& was, const std::optional<Entry>& is) {
    const auto hash = key_of(was, is);
    // What the signer noted of the name behind it is no part of the records: a zone that was read
    // from a text has none of it.
    if (was && is && records_of(*was) == records_of(*is)) return true;
    if (is) plan_.records.push_back(hash);
    const ChainRecord old_record = was ? read_chain_record(was->value) : ChainRecord{};
    const ChainRecord new_record = is ? read_chain_record(is->value) : ChainRecord{};
    add_neighbours(hash);
    // An unsigned delegation anywhere in the span may depend on the flag.
    if (is_opted_out(before_.zone, hash) && !is_opted_out(after_.zone, hash)) return false;
    if (is_touched(hash)) return true;
    if (!old_record.fields || !new_record.fields)
      return !old_record.is_there && !new_record.is_there;
    return std::ranges::equal(old_record.fields->bitmap, new_record.fields->bitmap);
  }

  static std::string_view records_of(const Entry& entry) {
    return dns::read_chain_entry(entry.value).node.packed();
  }

  void add_neighbours(std::string_view hash) {
    dns::Tree::Cursor records(after_.zone.denial());
    if (after_.zone.denial().size() == 0) return;
    bool valid = records.seek(hash) ? records.prev() : records.last();
    if (valid || records.last()) plan_.rings.push_back(records.entry().key);
    valid = records.seek(hash);
    if (valid && records.entry().key == hash) valid = records.next();
    if (valid || records.first()) plan_.rings.push_back(records.entry().key);
  }

  /// The flag of the record at or before a hash.
  static bool is_opted_out(const dns::Zone& zone, std::string_view hash) {
    dns::Tree::Cursor records(zone.denial());
    bool valid = records.seek(hash);
    if (!valid) {
      valid = records.last();
    } else if (records.entry().key != hash) {
      valid = records.prev() || records.last();
    }
    if (!valid) return false;
    const ChainRecord record = read_chain_record(records.entry().value);
    return record.fields && record.fields->is_opt_out();
  }

  const Context& before_;
  const Context& after_;
  ChainWalk chain_;
  ChangePlan plan_;
  std::vector<std::string_view> shaped_;  ///< names whose types, or whose role, changed
  std::vector<Hash> touched_;
};

}  // namespace

std::optional<ChangePlan> plan_change(const Context& before, const Context& after) {
  if (before.zone.names().size() == 0 || !has_same_ground(before, after)) return std::nullopt;
  return Planner(before, after).plan();
}

}  // namespace danewerk::verify
