#include "unit/rollover/driver.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace danewerk::rollover {

namespace {

using model::LedgerKind;
using model::RingKey;

bool is_begin(const Step& step) {
  return step.to == Visibility::kRumoured || step.to == Visibility::kUnretentive;
}

bool changes_zone(const Step& step) {
  return step.record != KeyRecord::kDs && is_begin(step);
}

bool asks_parent(const Step& step) {
  return step.record == KeyRecord::kDs && is_begin(step);
}

}  // namespace

Driver::Driver() {
  zone.now = kStart;
  zone.policy.zsk.lifetime = std::nullopt;
  zone.policy.dnskey_ttl = hours(1);
  zone.policy.propagation_delay = hours(1);
  zone.policy.parent_propagation_delay = hours(1);
  zone.policy.parent_ds_ttl = days(1);
  zone.facts.soa_refresh = minutes(20);
  zone.facts.soa_retry = minutes(10);
}

void Driver::make(const WantedKey& wanted) {
  const auto number = ++made_[wanted.role];
  RingKey key;
  const char letter = wanted.role == KeyRole::kZsk ? 'z' : wanted.role == KeyRole::kKsk ? 'k' : 'c';
  key.id = fmt::format("{}{}", letter, number);
  key.created = zone.now;
  add_made_key(zone.ring, wanted, key);
  algorithms_[key.id] = wanted.algorithm;
}

void Driver::enter(LedgerKind kind, seconds value, bool is_there) {
  auto& ledger = zone.facts.ledger;
  const auto open = std::ranges::find_if(
      ledger, [&](const auto& entry) { return entry.kind == kind && entry.until == 0; });
  if (open != ledger.end()) {
    if (is_there && open->value == value) return;
    open->until = zone.next_version;
  }
  if (is_there) ledger.push_back({kind, value, zone.next_version, 0});
}

void Driver::commit() {
  const auto signed_now = signers(zone.ring);
  const auto version = zone.next_version;
  enter(LedgerKind::kDnskey, zone.policy.dnskey_ttl, !signed_now.published.empty());
  enter(LedgerKind::kSigned, signed_ttl, true);
  enter(LedgerKind::kDenial, denial_ttl, true);
  enter(LedgerKind::kExpire, expire, true);
  model::Publication publication{version, static_cast<std::uint32_t>(version), {}};
  if (can_publish) publication.published = zone.now;
  zone.facts.publications.push_back(publication);
  Shown shown{version, zone.now, zone.policy.dnskey_ttl, signed_ttl, signed_now, {}};
  for (const auto& id : signed_now.sign_zone) {
    const auto& key = *zone.ring.find(id);
    const bool is_new = key.visibility(KeyRecord::kZrrsig) == Visibility::kRumoured;
    if (is_new && key.resigned == 0 && roll_in > seconds(0) && version > 1) {
      const bool is_done = key.at(KeyRecord::kZrrsig).since + roll_in <= zone.now;
      if (!is_done) shown.partial.push_back(id);
    }
  }
  shown_.push_back(std::move(shown));
  ++zone.next_version;
}

void Driver::finish_signing() {
  for (auto& key : zone.ring.keys) {
    const auto& state = key.at(KeyRecord::kZrrsig);
    if (key.resigned != 0 || state.version == 0) continue;
    if (state.since + roll_in > zone.now) continue;
    if (roll_in > seconds(0)) commit();
    key.resigned = zone.next_version - 1;
  }
}

void Driver::publish_what_is_late() {
  if (!can_publish || zone.facts.publications.empty()) return;
  auto& newest = zone.facts.publications.back();
  if (!newest.published) newest.published = zone.now;
}

void Driver::follow_parents() {
  if (!has_parents) return;
  for (const auto& key : zone.ring.keys) {
    if (!key.owns(KeyRecord::kDs)) continue;
    const auto& state = key.at(KeyRecord::kDs);
    auto& sight = zone.facts.ds[key.id];
    const bool is_out = model::is_out(state.visibility);
    if (is_out ? sight.seen.has_value() : sight.gone.has_value()) continue;
    if (state.since + ds_delay > zone.now) continue;
    if (is_out) {
      sight = {.seen = zone.now, .gone = {}};
      at_parent_.insert(key.id);
    } else {
      sight = {.seen = {}, .gone = zone.now};
      at_parent_.erase(key.id);
    }
  }
}

void Driver::note_ds() {
  auto shown = at_parent_;
  for (const auto& [id, sight] : zone.facts.ds) {  // what a test said
    if (sight.seen) shown.insert(id);
  }
  const DsShown present{zone.now, {shown.begin(), shown.end()}};
  if (ds_shown_.empty() || ds_shown_.back().keys != present.keys) ds_shown_.push_back(present);
}

void Driver::pass() {
  publish_what_is_late();
  follow_parents();
  note_ds();
  finish_signing();
  bool is_changed = false;
  while (true) {
    last = decide(zone);
    zone.ring = last.ring;
    for (const auto& step : last.steps) {
      log.push_back({zone.now, step});
      is_changed = is_changed || changes_zone(step);
      if (asks_parent(step)) zone.facts.ds.erase(step.key);
    }
    if (last.wanted.empty()) break;
    for (const auto& wanted : last.wanted) make(wanted);
  }
  if (!is_changed) return;
  commit();
  if (roll_in == seconds(0)) finish_signing();
  for (auto& key : zone.ring.keys) {  // a first signing is never little by little
    if (zone.next_version == 2 && key.owns(KeyRecord::kZrrsig)) key.resigned = 1;
  }
  last = decide(zone);
  REQUIRE(last.steps.empty());
  REQUIRE(find_bogus() == "");
}

sys_seconds Driver::next_event(sys_seconds end) const {
  auto next = end;
  const auto consider = [&](sys_seconds at) {
    if (at > zone.now) next = std::min(next, at);
  };
  if (last.wake) consider(*last.wake);
  for (const auto& key : zone.ring.keys) {
    if (has_parents && key.owns(KeyRecord::kDs)) consider(key.at(KeyRecord::kDs).since + ds_delay);
    consider(key.at(KeyRecord::kZrrsig).since + roll_in);
  }
  return next;
}

void Driver::run_until(sys_seconds end) {
  pass();
  while (zone.now < end) {
    zone.now = next_event(end);
    pass();
  }
}

void Driver::run_by_cron(seconds span, seconds step) {
  for (const auto end = zone.now + span; zone.now < end;) {
    zone.now += step;
    pass();
  }
}

sys_seconds Driver::when(const std::string& id, KeyRecord record, Visibility to,
                         sys_seconds since) const {
  for (const auto& [at, step] : log) {
    if (at >= since && step.key == id && step.record == record && step.to == to) return at;
  }
  FAIL("no move of " << id << " " << to_text(record) << " to " << to_text(to));
  return {};
}

bool Driver::did(const std::string& id, KeyRecord record, Visibility to) const {
  return std::ranges::any_of(log, [&](const Happened& happened) {
    return happened.step.key == id && happened.step.record == record && happened.step.to == to;
  });
}

Visibility Driver::state(const std::string& id, KeyRecord record) const {
  const auto* key = zone.ring.find(id);
  REQUIRE(key != nullptr);
  return key->visibility(record);
}

std::size_t Driver::made(KeyRole role) const {
  const auto found = made_.find(role);
  return found == made_.end() ? 0 : found->second;
}

bool Driver::waits_for(std::string_view rule) const {
  return std::ranges::any_of(last.waits, [&](const Wait& wait) { return wait.rule == rule; });
}

}  // namespace danewerk::rollover
