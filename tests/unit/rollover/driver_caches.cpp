#include <algorithm>

#include <fmt/format.h>

#include "unit/rollover/driver.h"

namespace danewerk::rollover {

namespace {

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

}  // namespace

/// Versions of which a resolver may hold an RRset with that TTL: a server serves one from its
/// making on, and until a later one is published and has reached all servers.
std::vector<const Driver::Shown*> Driver::held(seconds Shown::* ttl) const {
  const auto delay =
      std::max(zone.policy.propagation_delay, zone.facts.soa_refresh + zone.facts.soa_retry);
  std::vector<const Shown*> all;
  for (const auto& shown : shown_) {
    std::optional<sys_seconds> replaced;
    for (const auto& later : zone.facts.publications) {
      if (later.version <= shown.version || !later.published) continue;
      replaced = std::min(replaced.value_or(*later.published), *later.published);
    }
    if (!replaced || zone.now < *replaced + delay + shown.*ttl) all.push_back(&shown);
  }
  return all;
}

std::vector<const Driver::DsShown*> Driver::held_ds() const {
  const auto lag = zone.policy.parent_propagation_delay +
                   std::max(zone.policy.parent_ds_ttl, zone.facts.largest_ds_ttl);
  std::vector<const DsShown*> all;
  for (std::size_t i = 0; i < ds_shown_.size(); ++i) {
    const bool is_last = i + 1 == ds_shown_.size();
    if (is_last || zone.now < ds_shown_.at(i + 1).since + lag) all.push_back(&ds_shown_.at(i));
  }
  return all;
}

std::uint8_t Driver::algorithm_of(const std::string& id) const {
  return algorithms_.at(id);
}

/// Every RRset of the one version has a signature of that algorithm by a key in the other.
bool Driver::is_signed(const Shown& data, const Shown& keys, std::uint8_t algorithm) const {
  std::vector<std::string> either;
  for (const auto& id : data.keys.sign_zone) {
    if (algorithm_of(id) != algorithm) continue;
    if (contains(data.partial, id)) {
      either.push_back(id);
    } else if (contains(keys.keys.published, id)) {
      return true;
    }
  }
  bool is_complete = false;  // what the new key has not signed, the old one has
  for (const auto& id : data.keys.retiring) {
    if (algorithm_of(id) != algorithm) continue;
    is_complete = true;
    either.push_back(id);
  }
  return is_complete && std::ranges::all_of(either, [&](const std::string& id) {
           return contains(keys.keys.published, id);
         });
}

std::string Driver::judge(const DsShown& ds, const Shown& keys) const {
  const bool is_trusted = std::ranges::any_of(ds.keys, [&](const std::string& id) {
    return contains(keys.keys.published, id) && contains(keys.keys.sign_dnskey, id);
  });
  if (!is_trusted) {
    return fmt::format("no DS of {} leads to the keys of version {}", to_text(ds.since),
                       keys.version);
  }
  for (const auto* data : held(&Shown::signed_ttl)) {
    for (const auto& id : ds.keys) {
      if (is_signed(*data, keys, algorithm_of(id))) continue;
      return fmt::format("data of version {} do not validate with the keys of version {}",
                         data->version, keys.version);
    }
    for (const auto& id : keys.keys.published) {  // RFC 4035 section 2.2
      const bool is_there = std::ranges::any_of(
          data->keys.sign_zone,
          [&](const std::string& other) { return algorithm_of(other) == algorithm_of(id); });
      if (!is_there) return fmt::format("version {} lacks an algorithm", data->version);
    }
  }
  return {};
}

std::string Driver::find_bogus() const {
  for (const auto* ds : held_ds()) {
    if (ds->keys.empty()) continue;
    for (const auto* keys : held(&Shown::dnskey_ttl)) {
      if (auto fault = judge(*ds, *keys); !fault.empty()) return fault;
    }
  }
  return {};
}

}  // namespace danewerk::rollover
