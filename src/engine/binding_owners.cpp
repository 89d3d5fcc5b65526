#include "engine/binding_owners.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/pass_clock.h"
#include "engine/signature_schedule.h"
#include "engine/zone_source.h"
#include "engine/zone_tlsa.h"
#include "source/zone_file.h"

namespace danewerk::engine {

/// What is known of a zone, read once for all owners in it.
struct BindingOwners::ZoneSight {
  const config::ZoneConfig* config = nullptr;
  model::Policy policy{};
  model::ZoneState state{};
  std::string held{};
  // Only for owners that nobody remembers:
  std::optional<dns::Zone> source{};
  std::optional<dns::Zone> output{};
  /// Only when something is to be served: the zone file that changed since the last pass.
  std::optional<SourceRead> news{};
};

const config::ZoneConfig* zone_of(const config::Config& config, std::string_view name) {
  for (auto rest = name; !rest.empty();) {
    const auto found = config.zones.find(std::string(rest));
    if (found != config.zones.end()) return &found->second;
    const auto dot = rest.find('.');
    rest = dot == std::string_view::npos || dot + 1 == rest.size() ? std::string_view()
                                                                   : rest.substr(dot + 1);
  }
  return nullptr;
}

std::set<std::string, std::less<>> zones_of(const config::Config& config,
                                            const config::Certificate& certificate) {
  std::set<std::string, std::less<>> zones;
  for (const auto& service : certificate.services) {
    // Aliases have to be secure, too (RFC 7671 section 6).
    for (const auto& name : {asked_name(service), owner_name(service)}) {
      if (const auto* zone = zone_of(config, name)) zones.insert(zone->name);
    }
  }
  return zones;
}

Result<void> BindingOwners::read() {
  DW_TRY(auto owners, state_.all_tlsa_owners());
  for (auto& one : owners) {
    // What is remembered of a zone that came or went since counts versions that are no more.
    const auto* zone = zone_of(*pass_.config, one.owner.name);
    if (one.zone != (zone == nullptr ? std::string() : zone->name)) {
      const auto name = one.owner.name;
      moved_.insert_or_assign(name, std::move(one));
      continue;
    }
    remembered_.emplace(one.owner.name, std::move(one.owner));
  }
  return {};
}

void add_moves(const rollover::Advanced& advanced, const std::string& zone, sys_seconds now,
               std::vector<model::Event>& events) {
  for (const auto& move : advanced.moves) {
    events.push_back({.at = now,
                      .zone = zone,
                      .who = "engine",
                      .what = fmt::format("TLSA {} at {}: {} -> {}", model::label(move.rdata),
                                          move.owner, to_text(move.from), to_text(move.to)),
                      .rule = std::string(move.rule)});
  }
}

std::optional<model::TlsaOwner> BindingOwners::take(const std::string& name) {
  auto known = remembered_.extract(name);
  if (known.empty()) return std::nullopt;
  return std::move(known.mapped());
}

std::vector<std::string> BindingOwners::left() const {
  std::vector<std::string> names;
  for (const auto& [name, owner] : remembered_) {
    if (zone_of(*pass_.config, name) != nullptr) names.push_back(name);
  }
  return names;
}

Result<BindingOwners::ZoneSight*> BindingOwners::sight_of(const config::ZoneConfig& zone) {
  auto& sight = zones_[zone.name];
  if (sight) return sight.get();
  auto fresh = std::make_shared<ZoneSight>();
  fresh->config = &zone;
  fresh->policy = pass_.config->policy_of(zone);
  DW_TRY(auto state, state_.load(zone.name));
  if (state) fresh->state = *std::move(state);
  // As the pass over the zone will find it, which comes later.
  if (fresh->state.version != 0) {
    fresh->held = judge_gap(
        {.now = pass_.now, .last_pass = std::max(pass_.last_pass, fresh->state.last_pass)},
        refresh_of(fresh->policy, fresh->state.facts));
  }
  fresh->state.facts.held = fresh->held;
  sight = std::move(fresh);
  return sight.get();
}

Result<KnownOwner> BindingOwners::load(const std::string& name, const config::ZoneConfig& zone,
                                       const model::BindingPolicy& policy) {
  DW_TRY(auto* sight, sight_of(zone));
  // What a zone answered before there was anything: as long as its ledger says.
  seconds negative = std::chrono::hours(1);
  for (const auto& entry : sight->state.facts.ledger) {
    if (entry.kind == model::LedgerKind::kDenial && entry.until == 0) negative = entry.value;
  }
  auto known = remembered_.extract(name);
  auto owner = known.empty() ? model::empty_owner(name, negative) : std::move(known.mapped());
  if (known.empty()) DW_TRY_VOID(enter_unknown(*sight, owner));
  KnownOwner result{.zone = &zone,
                    .view = {.owner = std::move(owner)},
                    .entry = secure_entry(*pass_.config, zone, sight->state)};
  bring_up_to_date(*sight, result, policy);
  return result;
}

void BindingOwners::bring_up_to_date(const ZoneSight& sight, KnownOwner& known,
                                     const model::BindingPolicy& policy) {
  const rollover::Outside outside{.facts = sight.state.facts,
                                  .policy = sight.policy,
                                  .now = pass_.now,
                                  .next_version = sight.state.version + 1};
  auto advanced = rollover::advance(std::move(known.view.owner), outside, policy);
  add_moves(advanced, sight.config->name, pass_.now, events);
  known.held = sight.held.empty() ? advanced.view.owner.obstacle : sight.held;
  known.view = std::move(advanced.view);
}

Result<bool> BindingOwners::enter_news(KnownOwner& known, const model::RdataSet& adopted,
                                       const model::BindingPolicy& policy) {
  if (known.zone == nullptr) return false;
  DW_TRY(auto* sight, sight_of(*known.zone));
  const auto& state = sight->state;
  const bool is_taken = state.version != 0 && !state.is_frozen;
  const auto read_at = state.last_pass.value_or(sys_seconds{});
  if (!is_taken || are_same(*known.zone, state.source, read_at)) return false;
  if (!sight->news) {
    DW_TRY(const auto apex, dns::name_from_text(known.zone->name));
    sight->news = read_source(*known.zone, apex, pass_.jobs);
  }
  if (!sight->news->zone) return false;
  auto& owner = known.view.owner;
  const NextVersion next{.number = state.version + 1, .made = pass_.now};
  if (!enter_authors(*sight->news->zone, adopted, next, owner)) return false;
  bring_up_to_date(*sight, known, policy);
  return true;
}

Result<void> BindingOwners::read_files(ZoneSight& sight) const {
  if (sight.source) return {};
  const auto& zone = *sight.config;
  DW_TRY(const auto apex, dns::name_from_text(zone.name));
  auto read = read_source(zone, apex, pass_.jobs);
  if (!read.zone) {
    return fail(Errc::kUnavailable,
                fmt::format("what resolvers hold of {} is not known: '{}' cannot be read",
                            zone.name, zone.file.string()),
                "danewerk check tells what is wrong with it");
  }
  if (!zone.output.empty()) {
    DW_TRY(const bool is_there, file_exists(zone.output));
    if (is_there) {
      auto output = source::read_zone_file(
          zone.output, {.origin = apex, .dnssec = source::Dnssec::kKeepAll, .jobs = pass_.jobs});
      sight.output = std::move(output.zone);
    }
  }
  sight.source = std::move(read.zone);
  return {};
}

/// Caches know nothing of where we cut zones: what was published before may be held until every
/// server of the zone has its next version, and for a TTL after that.
void enter_moved(const model::TlsaOwner& before, model::VersionNumber next,
                 model::TlsaOwner& owner) {
  std::vector<model::TlsaVersion> held;
  for (const auto& version : before.versions) {
    if (version.records.empty() && !version.is_unknown) continue;
    held.push_back({.records = version.records,
                    .is_unknown = version.is_unknown,
                    .ttl = version.ttl,
                    .until = next,
                    .made = version.made});
  }
  owner.versions.insert(owner.versions.begin(), held.begin(), held.end());
}

/// A new service, or a state that was lost.
Result<void> BindingOwners::enter_unknown(ZoneSight& sight, model::TlsaOwner& owner) {
  DW_TRY_VOID(read_files(sight));
  if (!sight.source) return {};  // read_files fails then
  enter_first_sight({.source = &*sight.source,
                     .output = sight.output ? &*sight.output : nullptr,
                     .version = sight.state.version},
                    owner);
  if (auto moved = moved_.extract(owner.name); !moved.empty()) {
    enter_moved(moved.mapped().owner, sight.state.version + 1, owner);
    outdated_.push_back(std::move(moved.mapped()));
  }
  return {};
}

}  // namespace danewerk::engine
