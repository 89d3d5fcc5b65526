/// \file
/// What happens to a driven zone from outside: observers, the operator, the parent, bad luck.

#include <algorithm>

#include <fmt/format.h>

#include "drive/drive.h"

namespace danewerk::drive {

using danewerk::to_text;

namespace {

using model::KeyRecord;
using model::KeyRole;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

}  // namespace

void Drive::happen() {
  const auto& troubles = scenario_.troubles;
  happen_at_servers();
  if (dice_.chance(troubles.failed_publish) && !publish_fails_until_) {
    publish_fails_until_ =
        true_now_ + dice_.between(hours(1), dice_.chance(300) ? days(9) : days(1));
    is_maybe_served_ = dice_.chance(500);
    log("after-publish fails from now on");
  }
  if (dice_.chance(troubles.deaf_parent) && !parent_deaf_until_) {
    parent_deaf_until_ = true_now_ + dice_.between(hours(1), days(12));
    log("the parent answers no question");
  }
  if (parent_deaf_until_ && *parent_deaf_until_ <= true_now_) parent_deaf_until_.reset();
  if (dice_.chance(troubles.clock_back)) {
    skew_ -= dice_.chance(700) ? dice_.between(seconds(1), minutes(4))
                               : dice_.between(hours(1), days(2));
    log("the clock steps back");
  }
  if (dice_.chance(troubles.ttl_change)) {
    for (auto& ttl : data_ttls_) ttl = dice_.between(minutes(5), days(2));
    log("the TTLs of the zone change");
  }
  if (dice_.chance(troubles.policy_change)) {
    policy_ = random_change(scenario_, policy_, dice_.below(1'000'000'000));
    auto shown = scenario_;
    shown.policy = policy_;
    log("the policy changes: " + to_text(shown) + (policy_.is_unsigned ? ", unsigned" : ""));
  }
  if (dice_.chance(troubles.request)) request_something();
}

void Drive::happen_at_servers() {
  auto& servers = world_.zone();
  std::erase_if(server_back_, [&](const auto& entry) {
    if (entry.second > true_now_) return false;
    servers.restore(entry.first, true_now_);
    log(fmt::format("secondary {} is back", entry.first + 1));
    return true;
  });
  for (std::size_t i = 0; i < servers.seen_count(); ++i) {
    if (server_back_.contains(i)) continue;
    if (dice_.chance(scenario_.troubles.cut_secondary)) {
      servers.cut(i, true_now_);
      server_back_[i] = true_now_ + dice_.between(hours(1), days(dice_.chance(300) ? 40 : 3));
      log(fmt::format("secondary {} is cut off until {}", i + 1, to_text(server_back_[i])));
    } else if (dice_.chance(scenario_.troubles.stop_secondary)) {
      servers.stop(i, true_now_);
      server_back_[i] = true_now_ + dice_.between(days(1), days(60));
      // Whoever switches a server off may say so.
      if (dice_.chance(500)) facts_.secondaries[i].released = version_ + 1;
      log(fmt::format("secondary {} is switched off until {}", i + 1, to_text(server_back_[i])));
    }
  }
}

bool Drive::ask(const std::function<bool(rollover::Situation&)>& what) {
  auto asked = situation();
  if (!what(asked)) return false;
  ring_ = asked.ring;
  return true;
}

void Drive::request_something() {
  const auto role = dice_.one_of({KeyRole::kKsk, KeyRole::kZsk, KeyRole::kCsk});
  const auto any =
      ring_.keys.empty() ? std::string("none") : ring_.keys[dice_.below(ring_.keys.size())].id;
  std::string what;
  bool done = false;
  switch (dice_.below(6)) {
    case 0:
    case 1:
      what = "roll " + std::string(model::to_text(role));
      done = ask([&](auto& s) { return rollover::request_roll(s, role).has_value(); });
      break;
    case 2:
    case 3:
      what = "abort " + std::string(model::to_text(role));
      done = ask([&](auto& s) { return rollover::abort_roll(s, role).has_value(); });
      break;
    case 4:
      what = "retire " + any;
      done = ask([&](auto& s) { return rollover::retire(s, any).has_value(); });
      break;
    default:
      if (dice_.chance(500)) {
        what = "compromised " + any;
        if (auto* key = ring_.find(any)) done = key->is_compromised = true;
      } else {
        what = "go insecure";
        done = ask([&](auto& s) { return rollover::go_insecure(s).has_value(); });
      }
  }
  log(fmt::format("the operator asks: {}{}", what, done ? "" : ", refused"));
}

void Drive::observe(sys_seconds now) {
  for (std::size_t i = 0; i < facts_.secondaries.size(); ++i) {
    if (dice_.chance(100)) continue;  // no answer this time
    const auto shown = world_.zone().look(i);
    auto& silent_since = facts_.secondaries[i].silent_since;
    if (!shown || *shown == 0) {
      if (!silent_since) silent_since = now;
      continue;
    }
    silent_since.reset();
    auto& seen = facts_.secondaries[i].seen;
    if (seen.empty() || seen.back().version < *shown)
      seen.push_back({.version = *shown, .at = now});
  }
  if (!parent_deaf_until_ && !dice_.chance(30)) look_at_parent(now);
}

void Drive::look_at_parent(sys_seconds now) {
  auto& parent = world_.parent();
  std::vector<const world::DsRrset*> shown;
  for (std::size_t i = 0; i < parent.seen_count(); ++i) {
    if (const auto number = parent.look(i)) shown.push_back(&world_.ds_at(*number));
  }
  if (shown.size() != parent.seen_count()) return;
  for (const auto* rrset : shown) {
    if (!rrset->keys.empty()) facts_.largest_ds_ttl = std::max(facts_.largest_ds_ttl, rrset->ttl);
  }
  for (const auto& key : ring_.keys) {
    if (!key.owns(KeyRecord::kDs)) continue;
    const auto name = names_.of(key.id);
    const auto has = [&](const auto* rrset) { return rrset->keys.contains(name); };
    note_ds(key.id, std::ranges::all_of(shown, has), std::ranges::none_of(shown, has), now);
  }
}

/// Two looks in succession, at least ten minutes apart, that agree are a fact; one that disagrees
/// ends it.
void Drive::note_ds(const std::string& id, bool is_everywhere, bool is_nowhere, sys_seconds now) {
  auto& fact = facts_.ds[id];
  if (!is_everywhere) fact.seen.reset();
  if (!is_nowhere) fact.gone.reset();
  const auto last = looks_.find(id);
  const bool agrees = last != looks_.end() && last->second.is_everywhere == is_everywhere &&
                      last->second.is_nowhere == is_nowhere;
  if (agrees && now - last->second.at < minutes(10)) return;
  if (agrees && is_everywhere && !fact.seen) fact.seen = now;
  if (agrees && is_nowhere && !fact.gone) fact.gone = now;
  looks_[id] = {.at = now, .is_everywhere = is_everywhere, .is_nowhere = is_nowhere};
}

/// What the parent's DS RRset should be now, by what the engine says; none: as it is.
std::optional<world::KeySet> Drive::wanted_ds() const {
  world::KeySet wanted;
  for (const auto& key : ring_.keys) {
    if (key.owns(KeyRecord::kDs) && model::is_out(key.visibility(KeyRecord::kDs)))
      wanted.add(names_.of(key.id));
  }
  const auto& present = const_cast<Drive*>(this)->world_.ds().keys;
  if (wanted == present) return std::nullopt;
  return wanted;
}

void Drive::tell_parent() {
  auto& parent = world_.parent();
  const auto change = [&](const world::KeySet& keys, std::string_view by) {
    for (std::size_t i = 0; i < parent.seen_count(); ++i)
      parent.set_lag(i, dice_.between(seconds(0), scenario_.parent_lag + minutes(10)));
    world_.publish_ds({.keys = keys, .ttl = scenario_.ds_ttl}, true_now_);
    log(fmt::format("the parent's DS becomes {} {}", to_text(keys), by));
  };
  // A parent that reads CDS acts on what it finds at any server, never on older than it knows.
  if (scenario_.parent_reads_cds && dice_.chance(100) && !world_.ds().keys.empty()) {
    for (const auto& [number, served] : world_.zone().served()) {
      const auto& wish = cds_of_.at(number);
      if (number <= cds_taken_ || served.until || (wish.keys.empty() && !wish.is_delete)) continue;
      cds_taken_ = number;
      const auto keys = wish.is_delete ? world::KeySet{} : names_.of(wish.keys);
      if (keys != world_.ds().keys) change(keys, "by CDS");
    }
  }
  const auto wanted = wanted_ds();
  if (!wanted) return operator_acts_.reset();
  if (!operator_acts_)
    operator_acts_ = true_now_ + dice_.between(seconds(0), scenario_.operator_delay);
  if (true_now_ < *operator_acts_) return;
  operator_acts_.reset();
  // Some registrars take one change after the other.
  auto both = *wanted;
  for (const auto key : world_.ds().keys) both.add(key);
  // CDS from before is old news to the parent from now on (RFC 7344 section 6.2).
  cds_taken_ = version_;
  const bool is_swap = both != *wanted && both != world_.ds().keys;
  change(is_swap && dice_.chance(400) ? both : *wanted, "by the operator");
}

}  // namespace danewerk::drive
