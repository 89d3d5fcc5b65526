#include "engine/held_versions.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace danewerk::engine {

using model::LedgerKind;
using model::VersionNumber;

namespace {

std::optional<sys_seconds> published_at(VersionNumber version, const model::Facts& facts) {
  for (const auto& publication : facts.publications) {
    if (publication.version >= version && publication.published) return publication.published;
  }
  return std::nullopt;
}

seconds largest(LedgerKind kind, const model::Facts& facts) {
  seconds value(0);
  for (const auto& entry : facts.ledger) {
    if (entry.kind == kind) value = std::max(value, entry.value);
  }
  return value;
}

/// When the last server has VERSION or a newer one; nothing while that is open.
std::optional<sys_seconds> served_everywhere(VersionNumber version, const model::Facts& facts,
                                             const model::Policy& policy) {
  const auto published = published_at(version, facts);
  if (!published) return std::nullopt;
  if (facts.secondaries.empty()) {
    return *published + std::max(policy.propagation_delay, facts.soa_refresh + facts.soa_retry);
  }
  auto last = *published;
  for (const auto& secondary : facts.secondaries) {
    // The operator gave it up: it counts no more from when it fell silent.
    if (secondary.released >= version && secondary.silent_since) {
      last = std::max(last, *secondary.silent_since);
      continue;
    }
    // RFC 1035 section 3.3.13: one that was not seen serves the old version until EXPIRE.
    auto until = *published + largest(LedgerKind::kExpire, facts);
    for (const auto& sight : secondary.seen) {
      if (sight.version >= version) until = std::min(until, sight.at + policy.propagation_delay);
    }
    last = std::max(last, until);
  }
  return std::max(last, *published + policy.propagation_delay);
}

}  // namespace

Result<std::vector<verify::HeldVersion>> held_versions(
    const std::vector<model::VersionRecord>& known, const model::Facts& facts,
    const model::Policy& policy, sys_seconds now) {
  const auto keys_ttl = largest(LedgerKind::kDnskey, facts);
  const auto data_ttl =
      std::max(largest(LedgerKind::kSigned, facts), largest(LedgerKind::kDenial, facts));
  std::vector<verify::HeldVersion> held;
  for (const auto& record : known) {
    const auto gone = served_everywhere(record.version + 1, facts, policy);
    const auto is_held = [&](seconds ttl) { return !gone || *gone + ttl > now; };
    if (!is_held(std::max(keys_ttl, data_ttl))) continue;
    DW_TRY(auto census, verify::unpack_census(record.census));
    held.push_back({.name = fmt::format("serial {}", record.serial),
                    .census = std::move(census),
                    .has_keys = is_held(keys_ttl),
                    .has_data = is_held(data_ttl)});
  }
  return held;
}

verify::HeldDs held_ds(const model::KeyRing& ring, const ZoneKeys& keys) {
  verify::HeldDs held;
  for (const auto& ring_key : ring.keys) {
    const auto* key = keys.find(ring_key.id);
    if (key == nullptr || !ring_key.owns(model::KeyRecord::kDs)) continue;
    switch (ring_key.visibility(model::KeyRecord::kDs)) {
      case model::Visibility::kHidden:
        break;
      case model::Visibility::kRumoured:
        held.coming.push_back(key->dnskey.rdata());
        break;
      case model::Visibility::kOmnipresent:
        held.steady.push_back(key->dnskey.rdata());
        break;
      case model::Visibility::kUnretentive:
        held.going.push_back(key->dnskey.rdata());
        break;
    }
  }
  return held;
}

VersionNumber first_needed(const model::ZoneState& zone) {
  auto first = zone.snapshot_version == 0 ? VersionNumber{1} : zone.snapshot_version;
  // Publications are kept as long as something counts from them, caches included.
  for (const auto& publication : zone.facts.publications) {
    first = std::min(first, publication.version);
  }
  return first;
}

}  // namespace danewerk::engine
