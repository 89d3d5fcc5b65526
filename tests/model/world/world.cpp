#include "world/world.h"

#include <algorithm>

#include <fmt/format.h>

namespace danewerk::world {

namespace {

/// May a cache hold at AT what was served so, with this TTL?
bool may_hold(const Servers::Served& served, seconds ttl, sys_seconds at) {
  return served.from <= at && (!served.until || at < *served.until + ttl);
}

std::set<std::uint8_t> algorithms(const KeySet& keys) {
  std::set<std::uint8_t> out;
  for (const Key key : keys) out.insert(key.algorithm);
  return out;
}

/// Algorithms of which a key in KEYS is also in SIGNERS and, where given, in ANCHORS.
std::set<std::uint8_t> proven(const KeySet& keys, const KeySet& signers, const KeySet& anchors) {
  std::set<std::uint8_t> out;
  for (const Key key : keys) {
    if (signers.contains(key) && anchors.contains(key)) out.insert(key.algorithm);
  }
  return out;
}

std::string describe(const DnskeyRrset& rrset) {
  return fmt::format("DNSKEY {} signed by {}", to_text(rrset.keys), to_text(rrset.signers));
}
std::string describe(const SignedRrset& rrset) {
  return fmt::format("{}, TTL {}, signed by {}", rrset.name, danewerk::to_text(rrset.ttl),
                     to_text(rrset.signers));
}

/// "primary until 2026-01-02T00:00:00Z".
std::string who_served(const Servers& servers, std::uint64_t number) {
  const auto served = servers.served();
  const auto found = served.find(number);
  if (found == served.end()) return "nobody";
  if (!found->second.until) return "still served";
  return fmt::format("{} until {}", found->second.last, danewerk::to_text(*found->second.until));
}

}  // namespace

World::World(Spec spec) : zone_(std::move(spec.zone)), parent_(std::move(spec.parent)) {}

void World::offer(const ZoneVersion& version, sys_seconds at) {
  advance(at);
  versions_.emplace(version.number, version);
  zone_.offer(version.number, version.expire, at);
  judge(at);
}

void World::publish(const ZoneVersion& version, sys_seconds at) {
  advance(at);
  versions_.emplace(version.number, version);
  zone_.offer(version.number, version.expire, at);
  settle(version.number, at);
}

void World::settle(std::uint64_t version, sys_seconds at) {
  zone_.settle(version, at);
  judge(at);
  forget(at);
}

void World::publish_ds(DsRrset ds, sys_seconds at) {
  advance(at);
  ds_.emplace(++ds_number_, std::move(ds));
  parent_.offer(ds_number_, seconds(0), at);
  parent_.settle(ds_number_, at);
  judge(at);
}

void World::advance(sys_seconds at) {
  zone_.advance(at);
  parent_.advance(at);
}

void World::judge(sys_seconds at) {
  const auto ds = held_ds(at);
  const bool is_secure =
      std::ranges::any_of(ds, [](const auto& h) { return !h.first.keys.empty(); });
  if (!is_secure) return;
  const auto dnskey = held_dnskey(at);
  judge_chain(at, ds, dnskey);
  judge_data(at, dnskey, held_data(at));
}

bool World::may_be_secure(sys_seconds at) const {
  return std::ranges::any_of(held_ds(at), [](const auto& h) { return !h.first.keys.empty(); });
}

KeySet World::keys_out(sys_seconds at) const {
  KeySet out;
  const auto add = [&](const KeySet& keys) {
    for (const Key key : keys) out.add(key);
  };
  for (const auto& [rrset, version] : held_ds(at)) add(rrset.keys);
  for (const auto& [rrset, version] : held_data(at)) add(rrset.signers);
  for (const auto& [rrset, version] : held_dnskey(at)) {
    add(rrset.keys);
    add(rrset.signers);
  }
  return out;
}

World::HeldSet<DsRrset> World::held_ds(sys_seconds at) const {
  HeldSet<DsRrset> out;
  for (const auto& [number, served] : parent_.served()) {
    const auto& rrset = ds_.at(number);
    if (may_hold(served, rrset.ttl, at)) {
      out.insert_or_assign(rrset, number);
    }
  }
  return out;
}

World::HeldSet<DnskeyRrset> World::held_dnskey(sys_seconds at) const {
  HeldSet<DnskeyRrset> out;
  for (const auto& [number, served] : zone_.served()) {
    const auto& rrset = versions_.at(number).dnskey;
    if (may_hold(served, rrset.ttl, at)) {
      out.insert_or_assign(rrset, number);
    }
  }
  return out;
}

World::HeldSet<SignedRrset> World::held_data(sys_seconds at) const {
  HeldSet<SignedRrset> out;
  for (const auto& [number, served] : zone_.served()) {
    for (const auto& rrset : versions_.at(number).data) {
      if (may_hold(served, rrset.ttl, at)) {
        out.insert_or_assign(rrset, number);
      }
    }
  }
  return out;
}

void World::judge_chain(sys_seconds at, const HeldSet<DsRrset>& ds,
                        const HeldSet<DnskeyRrset>& dnskey) {
  for (const auto& [anchor, anchor_version] : ds) {
    if (anchor.keys.empty()) continue;
    for (const auto& [keys, version] : dnskey) {
      const auto good = proven(keys.keys, keys.signers, anchor.keys);
      if (good == algorithms(anchor.keys)) continue;
      // RFC 4035 section 2.2: the DNSKEY RRset is signed by each algorithm of the DS RRset.
      report(at, {.rule = good.empty() ? "P1-DS" : "P1-ALGORITHM-DS",
                  .first = "DS " + to_text(anchor.keys),
                  .second = describe(keys),
                  .first_version = anchor_version,
                  .second_version = version});
    }
  }
}

void World::judge_data(sys_seconds at, const HeldSet<DnskeyRrset>& dnskey,
                       const HeldSet<SignedRrset>& data) {
  for (const auto& held : dnskey) {
    const auto& keys = held.first;
    const auto version = held.second;
    // RFC 4035 section 2.2: every RRset is signed by each algorithm of the DNSKEY RRset, itself
    // included.
    const auto needed = algorithms(keys.keys);
    const auto check = [&](const KeySet& signers, const auto& rrset, std::uint64_t number) {
      const auto good = proven(keys.keys, signers, keys.keys);
      if (!good.empty() && good == needed) return;
      report(at, {.rule = good.empty() ? "P1-DATA" : "P1-ALGORITHM",
                  .first = describe(keys),
                  .second = describe(rrset),
                  .first_version = version,
                  .second_version = number});
    };
    if (!keys.keys.empty()) check(keys.signers, keys, version);
    for (const auto& [rrset, number] : data) check(rrset.signers, rrset, number);
  }
}

void World::report(sys_seconds at, const Pair& pair) {
  if (!reported_.insert(pair.rule + pair.first + pair.second).second) return;
  const bool is_chain = pair.rule == "P1-DS" || pair.rule == "P1-ALGORITHM-DS";
  violations_.push_back(
      {.at = at,
       .rule = pair.rule,
       .text = fmt::format("{} (version {}, {}) and {} (version {}, {})", pair.first,
                           pair.first_version,
                           who_served(is_chain ? parent_ : zone_, pair.first_version), pair.second,
                           pair.second_version, who_served(zone_, pair.second_version))});
}

void World::forget(sys_seconds at) {
  const auto served = zone_.served();
  for (const auto& [number, span] : served) {
    const auto& version = versions_.at(number);
    auto longest = version.dnskey.ttl;
    for (const auto& rrset : version.data) longest = std::max(longest, rrset.ttl);
    if (may_hold(span, longest, at)) {
      zone_.forget_before(number);
      return;
    }
  }
}

}  // namespace danewerk::world
