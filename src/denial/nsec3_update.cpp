#include "denial/nsec3_update.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "denial/type_bitmap.h"
#include "dns/closure.h"

namespace danewerk::denial {

using dns::ChainEntry;
using dns::RrType;

Nsec3EntryMaker::Made Nsec3EntryMaker::make(const ChainEntry& entry, dns::Standing standing,
                                            ByteView next) {
  const auto node =
      standing == dns::Standing::kEmptyNonTerminal ? dns::NodeView() : zone_.node(entry.name_key);
  nsec3_rdata(rdata_, node, standing, next, parameters_);
  const auto present = entry.node.find(RrType::kNsec3);
  node_.clear();
  if (present && present->ttl == ttl_ && present->rdata.size() == 1 &&
      as_text(present->rdata.front()) == as_text(rdata_)) {
    node_.load(entry.node);
  } else {
    node_.add(RrType::kNsec3, ttl_, rdata_);
  }
  packed_.clear();
  ChainEntry made = entry;
  made.node = dns::NodeView(node_.pack());
  dns::pack_chain_entry(packed_, made);
  return {packed_, node_.earliest_expiration()};
}

namespace {

/// One update: names enter and leave, then the records that this touches are made again.
class Nsec3Update {
 public:
  Nsec3Update(const dns::Change& change, const model::DenialParameters& parameters)
      : after_(change.after),
        parameters_(parameters),
        edit_(change.before.denial()),
        maker_(after_, parameters, denial_ttl(after_)) {}

  /// Puts the name where it belongs now: in the chain, an empty non-terminal of it, or out of it.
  Result<void> see(std::string_view key) {
    const auto standing = after_.standing(key);
    if (is_in_chain(after_.node(key), standing, parameters_)) return include(key);
    exclude(key);
    return {};
  }

  Result<dns::Zone> finish() {
    for (const auto& hash : moved_) touched_.insert(before(hash));
    for (const auto& hash : touched_) make_again(hash);
    return dns::Zone(after_.apex(), after_.names(), edit_.tree());
  }

 private:
  struct Found {
    std::string value;  ///< a copy: edits move pages
    dns::Deadline deadline;
    [[nodiscard]] ChainEntry entry() const { return dns::read_chain_entry(value); }
  };

  std::optional<Found> find(const Hash& hash) const {
    const auto entry = edit_.find(as_key(hash));
    if (!entry) return std::nullopt;
    return Found{std::string(entry->value), entry->deadline};
  }

  Hash hash_of(std::string_view key) const { return nsec3_hash(key, after_.apex(), parameters_); }

  void put(const Hash& hash, const ChainEntry& entry, dns::Deadline deadline) {
    std::string packed;
    dns::pack_chain_entry(packed, entry);
    edit_.put(as_key(hash), packed, deadline);
  }

  Result<void> include(std::string_view key) {
    const auto hash = hash_of(key);
    touched_.insert(hash);
    if (const auto found = find(hash)) {
      const auto entry = found->entry();
      if (entry.name_key == key) return {};
      return fail(Errc::kRefused,
                  fmt::format("the names {} and {} have the same NSEC3 hash", text(key),
                              text(entry.name_key)),
                  "use another salt (RFC 5155 section 7.1)");
    }
    put(hash, {.children = 0, .name_key = key, .has_name = true, .node = {}}, 0);
    moved_.insert(hash);
    return key.empty() ? Result<void>() : count_child(dns::parent_key(key));
  }

  /// A name entered below KEY, which is in the chain from now on, as an empty non-terminal at
  /// least.
  Result<void> count_child(std::string_view key) {
    DW_TRY_VOID(include_parent(key));
    const auto hash = hash_of(key);
    const auto found = find(hash);
    auto entry = found->entry();
    ++entry.children;
    put(hash, entry, found->deadline);
    return {};
  }

  Result<void> include_parent(std::string_view key) {
    const auto found = find(hash_of(key));
    if (found && found->entry().name_key == key) return {};
    return include(key);
  }

  void exclude(std::string_view key) {
    const auto hash = hash_of(key);
    const auto found = find(hash);
    if (!found || found->entry().name_key != key) return;
    touched_.insert(hash);
    if (found->entry().children > 0) return;  // becomes, or stays, an empty non-terminal
    edit_.erase(as_key(hash));
    moved_.insert(hash);
    if (!key.empty()) uncount_child(dns::parent_key(key));
  }

  void uncount_child(std::string_view key) {
    const auto hash = hash_of(key);
    const auto found = find(hash);
    DW_CHECK(found && found->entry().children > 0, "a name of the chain is counted by its parent");
    auto entry = found->entry();
    --entry.children;
    put(hash, entry, found->deadline);
    if (entry.children > 0) return;
    const auto standing = after_.standing(key);
    if (!is_in_chain(after_.node(key), standing, parameters_)) exclude(key);
  }

  /// The entry before HASH, which need not be there itself.
  [[nodiscard]] Hash before(const Hash& hash) const {
    dns::Tree::Cursor cursor(edit_.tree());
    const bool found = cursor.seek(as_key(hash)) ? cursor.prev() : cursor.last();
    if (!found) cursor.last();
    return cursor.valid() ? to_hash(cursor.entry().key) : hash;
  }

  [[nodiscard]] Hash next(const Hash& hash) const {
    dns::Tree::Cursor cursor(edit_.tree());
    if (!cursor.seek(as_key(hash)) || !cursor.next()) cursor.first();
    return to_hash(cursor.entry().key);
  }

  void make_again(const Hash& hash) {
    const auto found = find(hash);
    if (!found) return;
    const auto entry = found->entry();
    auto standing = after_.standing(entry.name_key);
    if (!is_in_chain(after_.node(entry.name_key), standing, parameters_)) {
      standing = dns::Standing::kEmptyNonTerminal;
    }
    const auto made = maker_.make(entry, standing, next(hash));
    if (made.packed != found->value) edit_.put(as_key(hash), made.packed, made.deadline);
  }

  static Hash to_hash(std::string_view key) {
    Hash hash{};
    DW_CHECK(key.size() == hash.size(), "keys of the denial tree are SHA-1 hashes");
    std::copy_n(as_bytes(key).begin(), hash.size(), hash.begin());
    return hash;
  }

  [[nodiscard]] std::string text(std::string_view key) const {
    return dns::to_text(dns::name_from_sort_key(key, after_.apex()).view());
  }

  const dns::Zone& after_;
  const model::DenialParameters& parameters_;
  dns::TreeEdit edit_;
  Nsec3EntryMaker maker_;
  std::set<Hash> touched_;  ///< records that may have to change
  std::set<Hash> moved_;    ///< hashes that entered or left: the record before them changes, too
};

}  // namespace

Result<dns::Zone> update_nsec3(const dns::Change& change,
                               const model::DenialParameters& parameters) {
  Nsec3Update update(change, parameters);
  Result<void> seen;
  dns::for_each_touched_name(change, [&](std::string_view key) {
    if (seen) seen = update.see(key);
  });
  if (!seen) return tl::unexpected(std::move(seen).error());
  return update.finish();
}

}  // namespace danewerk::denial
