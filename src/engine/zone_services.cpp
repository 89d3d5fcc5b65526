#include "engine/zone_services.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "engine/alias_end.h"
#include "engine/service_pointers.h"
#include "engine/service_records.h"

namespace danewerk::engine {

using dns::RrType;
using model::RdataSet;

namespace {

dns::Name name_of(const std::string& owner) {
  const auto name = dns::name_from_text(owner);
  DW_CHECK(name.has_value(), "an owner that is remembered is a name");
  return *name;
}

std::string key_of(const dns::Zone& zone, const std::string& owner) {
  return dns::sort_key(name_of(owner), zone.apex());
}

/// The alias at the name itself; empty: there is none.
Bytes own_alias(const dns::Zone& zone, std::string_view key) {
  const auto alias = zone.node(key).find(RrType::kCname);
  if (!alias) return {};
  const auto target = *alias->rdata.begin();
  return {target.begin(), target.end()};
}

/// The zone with what BEFORE has of aliases at the name.
dns::Zone with_former_alias(const dns::Zone& zone, const dns::Zone& before, std::string_view key) {
  dns::NodeBuilder node;
  node.load(zone.node(key));
  node.remove(RrType::kCname);
  if (const auto alias = before.node(key).find(RrType::kCname)) {
    node.add(RrType::kCname, alias->ttl, *alias->rdata.begin());
  }
  dns::TreeEdit edit(zone.names());
  const auto packed = node.pack();
  if (packed.empty()) {
    edit.erase(key);
  } else {
    edit.put(key, packed, node.earliest_expiration());
  }
  return {zone.apex(), edit.tree(), zone.denial()};
}

std::string when(const rollover::Moment& moment) {
  if (moment.at) return "until about " + to_text(*moment.at);
  return moment.reason.empty() ? std::string("for a while") : "while " + moment.reason;
}

/// A kind of record that one has and the other, which has some, has not.
std::optional<model::TlsaCombination> difference(const std::set<model::TlsaCombination>& ours,
                                                 const RdataSet& others) {
  std::vector<model::TlsaCombination> all;
  if (!others.empty())
    std::ranges::set_symmetric_difference(ours, model::combinations_of(others),
                                          std::back_inserter(all));
  const auto found = std::ranges::find_if(all, &model::TlsaCombination::is_dane);
  return found == all.end() ? std::nullopt : std::optional(*found);
}

class Placing {
 public:
  Placing(dns::Zone base, const NextContent& next) : next_(next), out_{.base = std::move(base)} {}

  PlacedServices run(std::vector<OwnerWish>& services) && {
    for (const auto& wish : services) wanted_at_[next_place(wish)].push_back(&wish);
    for (auto& wish : services) hold_alias(wish);
    for (auto& wish : services) enter_pointers(wish);
    for (auto& wish : services) place(wish);
    return std::move(out_);
  }

 private:
  /// Of what begins with this version, the next pass knows the end.
  void sooner(const rollover::Moment& moment) {
    const bool is_new = !moment.at && moment.reason.empty();
    const auto at = is_new ? std::optional(next_.now) : moment.at;
    if (at && (!out_.wake || *at < *out_.wake)) out_.wake = at;
  }

  void tell(std::string_view id, Level level, std::string message, std::string hint) {
    out_.findings.add({.id = id,
                       .level = level,
                       .message = std::move(message),
                       .owner = next_.zone,
                       .hint = std::move(hint)});
  }

  /// Where the author's new alias leads, when records that resolvers know would vanish behind it.
  [[nodiscard]] std::string new_target(const OwnerWish& wish) const {
    const auto& owner = wish.owner;
    const bool is_kept = !owner.present().empty() && !wish.is_left;
    if (!next_.is_read || !is_kept || next_.before->apex_node().empty()) return {};
    // Records of the author's that stood beside ours are not ours to keep.
    const auto stood = records_at(*next_.before, key_of(out_.base, owner.place()));
    if (!model::common(owner.foreign, stood).empty()) return {};
    const auto key = key_of(out_.base, owner.name);
    const auto alias = own_alias(out_.base, key);
    // One of a wildcard's takes the place of records that stand at the name itself.
    const bool may_be_wildcards = alias.empty() && owner.target.empty();
    const bool is_new = !alias.empty() && alias != own_alias(*next_.before, key);
    if (!is_new && !may_be_wildcards) return {};
    const auto end = follow(out_.base, owner.name);
    auto target = dns::to_canonical_text(end.name);
    return end.obstacle.empty() && target != owner.place() ? target : std::string();
  }

  /// Where the records will stand, once all aliases of the author's are there.
  [[nodiscard]] std::string next_place(const OwnerWish& wish) const {
    const auto& coming = wish.owner.coming;
    const auto target = !next_.is_read && coming ? coming->target : new_target(wish);
    return target.empty() ? wish.owner.place() : target;
  }

  [[nodiscard]] model::ComingAlias announced(const OwnerWish& wish,
                                             const std::string& target) const {
    const auto& before = *next_.before;
    const auto key = key_of(before, target);
    model::ComingAlias coming{.target = target, .negative_ttl = negative_ttl(before)};
    // Records that are there already make no new version.
    const bool is_there = std::ranges::includes(records_at(before, key), wish.wanted);
    coming.there.version = is_there ? next_.number - 1 : next_.number;
    const auto others = answering(before, key).find(RrType::kTlsa);
    if (others) coming.ttl = seconds(others->ttl);
    return coming;
  }

  /// In the zone file that was just read.
  [[nodiscard]] RdataSet authors_at(const std::string& place, const OwnerWish& wish) const {
    return model::without(records_at(out_.base, key_of(out_.base, place)), wish.adopted);
  }

  /// Others have records where the alias leads, and one of us has a kind that the other has not:
  /// clients of both would ask for each (RFC 7671 section 8).
  [[nodiscard]] std::optional<model::TlsaCombination> kind_that_fails(
      const OwnerWish& wish, const model::ComingAlias& coming) const {
    const auto ours = model::combinations_of(wish.wanted);
    auto kind = difference(ours, coming.authors);
    for (const auto* other : wanted_at_.at(coming.target)) {
      if (!kind) kind = difference(ours, other->wanted);
    }
    return kind;
  }

  void tell_of_kinds(const model::TlsaOwner& owner, const std::string& target,
                     const model::TlsaCombination& kind) {
    out_.findings.add(
        {.id = "BINDING-ALIAS-WAITS",
         .level = Level::kWarning,
         .message = fmt::format("the alias from {} to {} is held back: of this service and others "
                                "there, not all have {} records",
                                owner.name, target, model::to_text(kind)),
         .owner = next_.zone,
         .hint =
             "give all certificates there the same `records`, or the service a name of its own"});
  }

  /// Who has the answer that there are no records where an alias leads would go without them: they
  /// are put there first, and the alias comes when that answer has run out (RFC 2308 section 5).
  void hold_alias(OwnerWish& wish) {
    auto& owner = wish.owner;
    const auto target = new_target(wish);
    if (!next_.is_read) return;
    if (target.empty()) {
      owner.coming.reset();
      return;
    }
    auto coming = owner.coming;
    if (!coming || coming->target != target || !coming->is_placed) {
      coming = announced(wish, target);
      wish.alias_ready = {};
    }
    coming->authors = authors_at(target, wish);
    const auto kind = kind_that_fails(wish, *coming);
    coming->is_placed = !kind;
    owner.coming = std::move(coming);
    if (!kind && wish.alias_ready.is_past(next_.now)) {
      owner.coming.reset();
      return;
    }
    const auto key = key_of(out_.base, owner.name);
    if (!own_alias(out_.base, key).empty()) {
      out_.base = with_former_alias(out_.base, *next_.before, key);
    }
    if (kind) {
      tell_of_kinds(owner, target, *kind);
      return;
    }
    sooner(wish.alias_ready);
    tell("BINDING-ALIAS-WAITS", Level::kInfo,
         fmt::format("the alias from {} to {} is held back: resolvers may hold that there are no "
                     "TLSA records at its target, {}",
                     owner.name, target, when(wish.alias_ready)),
         "nothing is to be done: the records stand at both names meanwhile");
  }

  /// MX and SRV records of the zone, looked for once in each zone file.
  const ServicePointers& pointers() {
    if (!pointers_) pointers_ = service_pointers(out_.base);
    return *pointers_;
  }

  void enter_pointers(OwnerWish& wish) {
    auto& known = wish.owner.pointers;
    if (!next_.is_read && known) return;
    const auto found = pointers().find(wish.owner.name);
    if (found == pointers().end()) {
      const bool was_there = known && known->ttl != seconds(0) && known->left.version == 0;
      if (was_there) known->left.version = next_.number;
      if (!known) known = model::Pointers{};
    } else {
      const bool was_there = known ? known->ttl != seconds(0) : was_named(wish.owner.name);
      if (!was_there) tell_of_early(wish);
      // Caches may hold one that was longer-lived.
      known = model::Pointers{.ttl = std::max(known ? known->ttl : seconds(0), found->second)};
    }
  }

  [[nodiscard]] bool was_named(const std::string& owner) {
    if (!published_pointers_) published_pointers_ = service_pointers(*next_.before);
    return published_pointers_->contains(owner);
  }

  void tell_of_early(const OwnerWish& wish) {
    const bool is_protected = wish.protected_from.is_past(next_.now) || wish.is_left;
    if (is_protected || next_.number == 1) return;
    tell("BINDING-MX-EARLY", Level::kWarning,
         fmt::format("MX or SRV records name the service of {} now, and resolvers may hold that it "
                     "has no TLSA records, {}: until then mail to it may be unprotected",
                     wish.owner.name, when(wish.protected_from)),
         "for the next host: let its records be published first, and let MX name it an hour later");
  }

  /// Resolvers go on asking for the records of a host as long as they hold an MX that names it.
  void keep_for_pointers(OwnerWish& wish) {
    if (!is_kept_for_pointers(wish)) return;
    keep_present(wish);
    sooner(wish.pointers_end);
    tell("BINDING-LEFT", Level::kWarning,
         fmt::format("no certificate has {} any more: its TLSA records go when no resolver holds "
                     "an MX or SRV that names it, {}",
                     wish.owner.name, when(wish.pointers_end)),
         "keep certificate, key and STARTTLS there until the records are gone, and for twice "
         "their TTL");
  }

  void place(OwnerWish& wish) {
    keep_for_pointers(wish);
    // The bindings are to hear of the author's records before anything is put beside them.
    if (next_.is_read && note_foreign(out_.base, wish)) out_.asks_again = true;
    const bool goes = wish.is_left && wish.wanted.empty();
    if (goes) out_.findings.add(left_service(wish.owner.name, next_.zone));
    auto service = service_tlsa(wish, out_.base);
    const bool is_held_back = wish.owner.coming && wish.owner.target.empty();
    if (is_held_back) service.owner = name_of(wish.owner.name);
    place_beside(wish, service);
    add_service(std::move(service), out_.tlsa);
    out_.owners.push_back(wish.owner);
  }

  /// An alias led there until now.
  void enter_former(OwnerWish& wish, const std::string& now_at) {
    auto& owner = wish.owner;
    owner.former.push_back(
        {.name = owner.place(), .left = {.version = next_.number}, .ttl = owner.alias_ttl});
    wish.former_ends.emplace_back();
    for (std::size_t i = owner.former.size(); i-- > 0;) {
      const bool is_again = owner.former[i].name == now_at;
      const bool is_twice = i + 1 < owner.former.size() && owner.former[i].name == owner.place();
      if (is_again || is_twice) forget_former(wish, i);
    }
  }

  static void forget_former(OwnerWish& wish, std::size_t at) {
    const auto i = static_cast<std::ptrdiff_t>(at);
    wish.owner.former.erase(wish.owner.former.begin() + i);
    wish.former_ends.erase(wish.former_ends.begin() + i);
  }

  void place_ahead(const OwnerWish& wish, model::ComingAlias& coming,
                   const managed::ServiceTlsa& service) {
    coming.is_placed = coming.is_placed && !kind_that_fails(wish, coming);
    if (coming.is_placed) place_at(coming.target, service, coming.authors);
  }

  /// At names where an alias will lead, or led.
  void place_beside(OwnerWish& wish, const managed::ServiceTlsa& service) {
    auto& owner = wish.owner;
    const auto now_at = dns::to_canonical_text(service.owner);
    const bool has_moved = now_at != owner.place() && owner.place() != owner.name;
    if (has_moved && !owner.present().empty()) enter_former(wish, now_at);
    if (owner.coming) place_ahead(wish, *owner.coming, service);
    for (std::size_t i = owner.former.size(); i-- > 0;) {
      auto& former = owner.former[i];
      if (next_.is_read) former.authors = authors_at(former.name, wish);
      const bool is_over = wish.former_ends[i].is_past(next_.now);
      if (!is_over) sooner(wish.former_ends[i]);
      auto there = service;
      if (is_over) there.wanted.clear();
      place_at(former.name, std::move(there), former.authors);
      if (is_over) forget_former(wish, i);
    }
  }

  /// \param authors  what stands there of the author's, and stays
  void place_at(const std::string& name, managed::ServiceTlsa service, const RdataSet& authors) {
    if (out_.base.node(key_of(out_.base, name)).has(RrType::kCname)) return;
    std::erase_if(service.ours, [&](const Bytes& rdata) { return authors.contains(rdata); });
    service.owner = name_of(name);
    add_service(std::move(service), out_.tlsa);
  }

  const NextContent& next_;
  PlacedServices out_;
  std::optional<ServicePointers> pointers_{};
  std::optional<ServicePointers> published_pointers_{};
  std::map<std::string, std::vector<const OwnerWish*>> wanted_at_{};  ///< by place, from now on
};

}  // namespace

PlacedServices place_services(dns::Zone base, std::vector<OwnerWish>& services,
                              const NextContent& next) {
  return Placing(std::move(base), next).run(services);
}

}  // namespace danewerk::engine
