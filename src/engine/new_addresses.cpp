#include "engine/new_addresses.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/binding_owners.h"
#include "engine/endpoint_look.h"
#include "engine/service_records.h"
#include "engine/zone_tlsa.h"
#include "tlsa/chain_facts.h"

namespace danewerk::engine {

using model::RdataSet;

namespace {

bool has_dane(const RdataSet& records) {
  return std::ranges::any_of(
      records, [](const Bytes& rdata) { return model::combination_of(rdata).is_dane(); });
}

/// Addresses that the host has in the new content alone.
std::vector<ServiceAddress> new_addresses(const AddressChange& change,
                                          const GuardedService& guarded) {
  std::vector<ServiceAddress> all;
  if (guarded.held.empty() && !has_dane(guarded.wanted)) return all;
  const auto& host = guarded.service.host;
  const auto after = addresses_at(*change.after, host);
  if (after.empty()) return all;
  const auto before = addresses_at(*change.before, host);
  if (guarded.held.empty() && before.empty()) return all;
  std::vector<std::string> added;
  std::ranges::set_difference(after, before, std::back_inserter(added));
  for (auto& address : added) {
    all.push_back({.service = guarded.service, .address = std::move(address)});
  }
  return all;
}

/// Why clients that hold these records are refused; empty: they are not.
std::string refusal(const RdataSet& records, const RdataSet& satisfied,
                    const GuardedService& guarded) {
  const auto combination = rollover::refusing(records, satisfied, guarded.gate);
  if (!combination) return {};
  std::vector<std::string> asked;
  for (const auto& rdata : records) {
    if (model::combination_of(rdata) == *combination) asked.push_back(model::label(rdata));
  }
  return fmt::format("{} asks for {}", owner_name(guarded.service), fmt::join(asked, " or "));
}

/// What was seen of a service at a new address.
class Judgement {
 public:
  Judgement(const GuardedService& guarded, sys_seconds now, Findings& findings)
      : guarded_(guarded), owner_(owner_name(guarded.service)), now_(now), findings_(findings) {}

  void see(const std::vector<SeenEndpoint>& seen) {
    const auto talks = [](const SeenEndpoint& one) { return !one.chain.empty(); };
    if (std::ranges::any_of(seen, talks)) {
      for (const auto& one : seen) see_chain(one);
      return;
    }
    const auto without_tls = std::ranges::find_if(seen, &SeenEndpoint::is_without_tls);
    if (without_tls != seen.end()) {
      // RFC 7672 section 2.2: mail waits rather than go there in the clear.
      refuse(*without_tls,
             fmt::format("{}, and {} has records that ask for TLS", without_tls->why, owner_));
    } else if (!seen.empty()) {
      add_silent(seen.front());
    }
  }

 private:
  void see_chain(const SeenEndpoint& one) {
    if (one.chain.empty()) return;
    const auto key = presented_key(one.chain.front());
    if (!keys_.insert(key).second) return;
    const auto satisfied = records_satisfied(one);
    auto sets = guarded_.held;
    sets.push_back(guarded_.wanted);
    for (const auto& records : sets) {
      const auto why = refusal(records, satisfied, guarded_);
      if (why.empty()) continue;
      refuse(one, fmt::format("presents the key {}, and {}", key.substr(0, kKeyDigits), why));
      return;
    }
  }

  [[nodiscard]] RdataSet records_satisfied(const SeenEndpoint& one) const {
    const auto chain = presented_chain(one.chain);
    if (!chain) return {};
    RdataSet all = guarded_.wanted;
    for (const auto& records : guarded_.held) all.insert(records.begin(), records.end());
    const std::vector<tlsa::ClientView> views{{.names = {host_name(guarded_.service)}, .at = now_}};
    return tlsa::satisfied(*chain, all, views);
  }

  void refuse(const SeenEndpoint& one, const std::string& what) {
    findings_.add(
        {.id = "BINDING-ADDRESS",
         .level = Level::kError,
         .message =
             fmt::format("{} is a new address and {}: the zone file is not taken", one.name, what),
         .owner = guarded_.certificate,
         .hint = fmt::format("put certificate '{}' there first: the next pass looks again;"
                             " or say 'probe: none' of the service",
                             guarded_.certificate)});
  }

  void add_silent(const SeenEndpoint& one) {
    findings_.add(
        {.id = "BINDING-ADDRESS-SILENT",
         .level = Level::kWarning,
         .message = fmt::format("{} is a new address and {}: what it presents is not known",
                                one.name, one.why.empty() ? "cannot be reached" : one.why),
         .owner = guarded_.certificate,
         .hint = "danewerk tlsa verify looks at it from another machine"});
  }

  static constexpr std::size_t kKeyDigits = 16;

  const GuardedService& guarded_;
  std::string owner_;
  sys_seconds now_;
  Findings& findings_;
  std::set<std::string> keys_{};  ///< that were judged
};

/// What nobody knows is left out: it refuses every chain, at whichever address.
std::vector<RdataSet> held_at(const model::TlsaOwner& owner) {
  std::vector<RdataSet> all;
  for (const auto& version : owner.versions) {
    if (!version.is_unknown && has_dane(version.records)) all.push_back(version.records);
  }
  return all;
}

}  // namespace

GuardedServices guarded_services(const config::Config& config, const OwnerFinder& find) {
  GuardedServices all;
  std::set<std::string> known;
  for (const auto& [name, certificate] : config.certificates) {
    for (const auto& service : certificate.services) {
      const auto* zone = zone_of(config, service.host);
      if (zone == nullptr || service.probe == config::Probe::kNone) continue;
      const auto* owner = find(owner_name(service));
      if (owner == nullptr || !known.insert(to_text(service)).second) continue;
      auto& guarded = all[zone->name].emplace_back();
      guarded.service = service;
      guarded.certificate = name;
      guarded.held = held_at(*owner);
      if (certificate.is_gate_relaxed) guarded.gate = rollover::GateKind::kRelaxed;
    }
  }
  return all;
}

Findings judge_new_addresses(const AddressChange& change,
                             const std::vector<GuardedService>& services) {
  Findings findings;
  std::vector<ServiceAddress> asked;
  std::vector<const GuardedService*> of;
  for (const auto& guarded : services) {
    std::ranges::move(new_addresses(change, guarded), std::back_inserter(asked));
    of.resize(asked.size(), &guarded);
  }
  if (asked.empty()) return findings;
  const auto seen = look_at_addresses(asked, change.now);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    Judgement(*of[i], change.now, findings).see(seen[i]);
  }
  return findings;
}

}  // namespace danewerk::engine
