#include "dane/drive.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rollover/binding_merge.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::dane {

using danewerk::to_text;

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr sys_seconds kBegin{hours(500'000)};

std::vector<world::Servers::Spec> specs(const Scenario& scenario) {
  world::Servers::Spec spec{.seen = {}, .unseen_lag = scenario.zone_lag};
  for (unsigned i = 0; i < scenario.secondaries; ++i) {
    spec.seen.push_back(fmt::format("secondary {}", i + 1));
  }
  return std::vector(scenario.owners, spec);
}

world::TlsaRrset rrset_of(const model::RdataSet& records, seconds ttl) {
  world::TlsaRrset out{.records = {}, .ttl = ttl};
  for (const auto& rdata : records) {
    out.records.insert({rdata[0], rdata[1], rdata[2], std::string(rdata.begin() + 3, rdata.end())});
  }
  return out;
}

}  // namespace

Drive::Drive(const Scenario& scenario)
    : scenario_(scenario),
      dice_(scenario.seed ^ 0x9e3779b97f4a7c15ULL),
      world_(specs(scenario)),
      forms_(scenario.forms),
      ttl_(scenario.policy.ttl),
      now_(kBegin) {
  world_.set_expire(scenario.soa_expire);
  for (std::size_t i = 0; i < scenario.owners; ++i) {
    Zone zone{.owner = model::empty_owner(fmt::format("owner {}", i + 1), scenario.negative_ttl),
              .facts = {}};
    for (unsigned j = 0; j < scenario.secondaries; ++j) {
      zone.facts.secondaries.push_back({.address = fmt::format("192.0.2.{}@53", j + 1)});
    }
    zone.facts.ledger.push_back(
        {.kind = model::LedgerKind::kExpire, .value = scenario.soa_expire, .first = 1});
    zone.facts.soa_refresh = scenario.soa_refresh;
    zone.facts.soa_retry = scenario.soa_retry;
    zones_.push_back(std::move(zone));
  }
  for (std::size_t i = 0; i < scenario.bindings; ++i) {
    Side side{.binding = {.name = fmt::format("b{}", i + 1)}, .policy = scenario.policy};
    side.client_key = side.binding.name + "-key";
    for (std::size_t j = 0; j < scenario.endpoints; ++j) {
      const auto name = fmt::format("{} endpoint {}", side.binding.name, j + 1);
      side.endpoints[name] = {.name = name, .is_probed = scenario.is_probed};
    }
    sides_.push_back(std::move(side));
    renew(sides_.back(), true);
  }
}

void Drive::run() {
  const auto end = kBegin + scenario_.length;
  while (now_ < end && outcome_.faults.empty()) {
    happen();
    if (dice_.chance(scenario_.troubles.late_pass)) {
      log("no pass for a while");
      step_to(now_ + dice_.between(hours(2), days(3)));
    } else {
      pass();
      step_to(now_ + scenario_.pass);
    }
    judge();
  }
}

void Drive::settle() {
  if (!outcome_.faults.empty()) return;
  log("all troubles end");
  scenario_.troubles = {};
  scenario_.lifetime = days(90);
  held_until_.reset();
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    zones_[i].fails_until.reset();
    for (std::size_t j = 0; j < world_.zone(i).seen_count(); ++j) {
      world_.zone(i).set_lag(j, hours(1));
      world_.zone(i).restore(j, now_);
    }
    zones_[i].back.clear();
  }
  const auto end = now_ + days(20);
  int calm = 0;
  while (now_ < end && outcome_.faults.empty() && calm < 3) {
    pass();
    step_to(now_ + hours(1));
    judge();
    const bool rests =
        std::ranges::all_of(sides_, [&](const Side& side) { return is_at_rest(side); });
    calm = rests ? calm + 1 : 0;
  }
  if (calm == 3 || !outcome_.faults.empty()) return;
  for (const auto& side : sides_) {
    for (const auto& wait : side.last.waits) {
      log(fmt::format("{} waits: {} {} {}", side.binding.name, wait.subject, wait.rule,
                      wait.reason));
    }
  }
  fault("a binding does not come to rest within 20 days");
}

bool Drive::is_at_rest(const Side& side) const {
  const auto& binding = side.binding;
  // Of two bindings at one owner, one whose issuer is banned may keep the other waiting for the
  // operator.
  const bool conflicts =
      std::ranges::any_of(sides_, [](const Side& other) { return !other.binding.banned.empty(); });
  if (conflicts && sides_.size() > 1) return true;
  if (!binding.served || !binding.staged.empty() || !binding.previous.empty()) return false;
  const auto is_stopped = [](const Side& other) { return other.binding.is_stopping; };
  const auto has_records = [](const Zone& zone) { return !zone.owner.present().empty(); };
  const bool are_all_stopped = std::ranges::all_of(sides_, is_stopped);
  const bool is_any_stopped = std::ranges::any_of(sides_, is_stopped);
  const bool is_bare = std::ranges::none_of(zones_, has_records);
  // Without records any key will do, a stolen one too: nobody is asked to replace it. Beside one
  // that has some, what is served is asked for all the same.
  const bool is_free = is_bare && binding.is_stopping;
  // Records begin, or begin again, only when what a stopped one serves matches them, too: until
  // then a next key's do not come.
  const auto is_settled = [&](const rollover::BindingWait& wait) {
    return is_bare && is_any_stopped && wait.rule == rollover::ids::kTlsaIn &&
           binding.key(wait.subject) != nullptr;
  };
  if ((binding.emergency && !is_free) || side.last.deploy) return false;
  if (!std::ranges::all_of(side.last.waits, is_settled)) return false;
  if (are_all_stopped) return is_bare;
  return is_any_stopped || std::ranges::all_of(zones_, has_records);
}

/// Time goes on, and services that reload slowly do so.
void Drive::step_to(sys_seconds at) {
  std::ranges::sort(reloads_, {}, &Reload::at);
  while (!reloads_.empty() && reloads_.front().at <= at) {
    const auto reload = reloads_.front();
    reloads_.erase(reloads_.begin());
    now_ = std::max(now_, reload.at);
    world_.present(reload.endpoint, reload.content, now_);
    judge();
  }
  now_ = at;
  world_.advance(now_);
}

void Drive::pass() {
  ++outcome_.passes;
  world_.advance(now_);
  for (std::size_t i = 0; i < zones_.size(); ++i) {
    zones_[i].facts.held = held_until_ ? "the clock may be wrong" : "";
    publish(zones_[i], i);
    observe(zones_[i], i);
  }
  advance();
  if (dice_.chance(scenario_.troubles.lost_pass)) return log("a pass is cut off");
  for (auto& side : sides_) side.wishes.clear();
  // What is stopped goes with what the others decide.
  for (const bool is_stopping : {false, true}) {
    for (auto& side : sides_) {
      if (side.binding.is_stopping == is_stopping) pass_of(side);
    }
  }
  commit();
  std::ranges::for_each(zones_, [&](const Zone& zone) { judge_theft(zone); });
  for (std::size_t i = 0; i < zones_.size(); ++i) publish(zones_[i], i);
  advance();
  for (auto& side : sides_) {
    const auto again = rollover::decide(situation(side));
    // What waits for a banned record to go is served by the next pass.
    if (again.deploy && side.binding.banned.empty())
      fault("a chain could have been served in the same pass");
    side.last = again;
  }
}

void Drive::pass_of(Side& side) {
  look(side);
  if (side.folder && (side.is_seen || dice_.chance(300))) hand_over(side);
  side.last = rollover::decide(situation(side));
  side.binding = side.last.binding;
  for (int i = 0; side.last.deploy && i < 5; ++i) act(side);
  if (side.last.deploy) fault("one deployment after the other");
  side.wishes = side.last.wishes;
  serve_operator(side);
  serve_emergency(side);
  for (; side.counted < side.binding.incidents.size(); ++side.counted) {
    const auto& incident = side.binding.incidents[side.counted];
    ++outcome_.incidents;
    log(fmt::format("{} incident {}: {}", side.binding.name, incident.rule, incident.what));
  }
}

void Drive::act(Side& side) {
  const auto deployment = *side.last.deploy;
  rollover::note_deployed(side.binding, deployment, now_);
  ++outcome_.deployments;
  log(fmt::format("{} serves {} of key {} ({}, {}): {}", side.binding.name, deployment.chain,
                  side.binding.served->key, name_of(deployment.gate), deployment.rule,
                  deployment.reason));
  const auto& content = certificates_.at(deployment.chain).content;
  for (const auto& [name, endpoint] : side.endpoints) {
    std::erase_if(reloads_, [&](const Reload& reload) { return reload.endpoint == name; });
    const auto lag =
        deployment.is_exchange ? seconds(0) : dice_.between(seconds(0), scenario_.reload_lag);
    if (lag > seconds(0) && world_.presented().contains(name)) {
      reloads_.push_back({now_ + lag, name, content});
    } else {
      world_.present(name, content, now_);
    }
  }
  look(side);
  side.last = rollover::decide(situation(side));
  side.binding = side.last.binding;
}

void Drive::commit() {
  for (auto& zone : zones_) {
    std::vector<rollover::OwnerShare> shares;
    shares.reserve(sides_.size());
    for (const auto& side : sides_) {
      shares.push_back(rollover::share_of(situation(side), side.last, zone.owner.name));
    }
    auto merged = rollover::merge(zone.owner, shares).wish;
    if (merged.records.empty()) merged.ttl = scenario_.negative_ttl;
    const auto& present = zone.owner.versions.back();
    if (present.records == merged.records && present.ttl == merged.ttl) continue;
    ++zone.version;
    ++outcome_.versions;
    const auto rrset = rrset_of(merged.records, merged.ttl);
    rollover::commit_rrset(
        zone.owner,
        {.records = merged.records, .ttl = merged.ttl, .first = zone.version, .made = now_});
    zone.facts.publications.push_back(
        {.version = zone.version, .serial = static_cast<std::uint32_t>(zone.version)});
    zone.unpublished.emplace(zone.version, rrset);
    log(fmt::format("{} version {}: {}", zone.owner.name, zone.version, world::to_text(rrset)));
  }
}

void Drive::publish(Zone& zone, std::size_t index) {
  if (zone.unpublished.empty()) return;
  const auto& [number, rrset] = *zone.unpublished.rbegin();
  auto& servers = world_.zone(index);
  if (zone.fails_until && now_ < *zone.fails_until) {
    if (!zone.is_maybe_served || servers.served().contains(number)) return;
    world_.offer(index, number, rrset, now_);
    if (dice_.chance(500)) servers.show(number, now_);
    return;
  }
  zone.fails_until.reset();
  for (std::size_t i = 0; i < servers.seen_count(); ++i) {
    servers.set_lag(i, dice_.between(seconds(0), dice_.chance(100) ? days(2) : hours(2)));
  }
  if (!servers.served().contains(number)) world_.offer(index, number, rrset, now_);
  world_.settle(index, number, now_);
  for (auto& publication : zone.facts.publications) {
    if (publication.version == number) publication.published = now_;
  }
  zone.unpublished.clear();
}

void Drive::observe(Zone& zone, std::size_t index) {
  for (std::size_t i = 0; i < zone.facts.secondaries.size(); ++i) {
    if (dice_.chance(100)) continue;
    const auto shown = world_.zone(index).look(i);
    auto& secondary = zone.facts.secondaries[i];
    if (!shown || *shown == 0) {
      if (!secondary.silent_since) secondary.silent_since = now_;
      continue;
    }
    secondary.silent_since.reset();
    if (secondary.seen.empty() || secondary.seen.back().version < *shown) {
      secondary.seen.push_back({.version = *shown, .at = now_});
    }
  }
}

void Drive::advance() {
  model::Policy policy;
  policy.propagation_delay = scenario_.zone_lag;
  for (auto& zone : zones_) {
    const rollover::Outside outside{
        .facts = zone.facts, .policy = policy, .now = now_, .next_version = zone.version + 1};
    auto advanced = rollover::advance(zone.owner, outside, scenario_.policy);
    zone.owner = advanced.view.owner;
    zone.view = std::move(advanced.view);
  }
}

void Drive::look(Side& side) {
  for (auto& [name, endpoint] : side.endpoints) {
    const auto found = world_.presented().find(name);
    if (!endpoint.is_probed || found == world_.presented().end()) continue;
    endpoint.is_silent = dice_.chance(50);
    if (endpoint.is_silent) continue;
    const auto& content = found->second;
    auto sight = endpoint.sight ? *endpoint.sight : model::Endpoint::Sight{};
    if (side.shown[name] != content.certificate) sight.hits = 0;
    if (sight.hits == 0 || sight.at != now_) ++sight.hits;
    side.shown[name] = content.certificate;
    sight.key = content.key;
    sight.at = now_;
    endpoint.sight = std::move(sight);
  }
}

void Drive::judge() {
  world_.judge(now_);
  for (const auto& refusal : world_.take_refusals()) {
    if (!is_allowed(refusal)) fault(fmt::format("P2 at {}: {}", to_text(refusal.at), refusal.text));
  }
}

/// Once a stolen key is replaced everywhere, what is published accepts no certificate of it,
/// whoever issued it (RFC 7672 section 4). Beside another binding records of issuers stay.
void Drive::judge_theft(const Zone& zone) {
  if (sides_.size() != 1 || stolen_.empty()) return;
  const auto& served = sides_.front().binding.served;
  const auto rrset = rrset_of(zone.owner.present(), ttl_);
  for (const auto& [id, certificate] : certificates_) {
    const auto& content = certificate.content;
    // As far as anybody has seen.
    const bool is_in_use = std::ranges::any_of(sides_.front().endpoints, [&](const auto& entry) {
      return entry.second.sight && entry.second.sight->key == content.key;
    });
    const bool is_served = served && served->key == content.key;
    // Of others nobody can know.
    if (!offered_.contains(id)) continue;
    if (!stolen_.contains(content.key) || is_served || is_in_use) continue;
    const auto is_believed = [&](const world::TlsaItem& item) {
      return world::matches(item, content, now_);
    };
    if (std::ranges::any_of(rrset.records, is_believed))
      fault(fmt::format("{} of a stolen key is believed at {}", id, to_text(now_)));
  }
}

/// Only what was written down as an outage, while it goes on.
bool Drive::is_allowed(const world::Refusal& refusal) const {
  return std::ranges::any_of(sides_, [&](const Side& side) {
    if (!refusal.text.starts_with(side.binding.name)) return false;
    return std::ranges::any_of(side.binding.incidents, [&](const model::Incident& incident) {
      const bool is_over = !incident.is_open && incident.until && *incident.until < refusal.at;
      const bool is_outage = incident.rule != rollover::ids::kTlsaCompromised;
      return is_outage && incident.at <= refusal.at && !is_over;
    });
  });
}

void Drive::fault(const std::string& sentence) {
  if (outcome_.faults.size() < 4) outcome_.faults.push_back(sentence);
}

void Drive::log(const std::string& sentence) {
  outcome_.log.push_back(fmt::format("{} ({}) {}", to_text(now_),
                                     to_text(std::chrono::duration_cast<seconds>(now_ - kBegin)),
                                     sentence));
  if (outcome_.log.size() > 300) outcome_.log.erase(outcome_.log.begin());
}

}  // namespace danewerk::dane
