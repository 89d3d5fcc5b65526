#include "rollover/tlsa_timing.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"
#include "rollover/everywhere.h"
#include "rollover/ids.h"
#include "rollover/tlsa_ids.h"

namespace danewerk::rollover {

namespace {

using model::RdataSet;
using model::TlsaOwner;
using model::TlsaVersion;
using model::Visibility;

/// A secondary counts when it was seen with the records: its serial alone is no proof.
model::Facts with_shown(const model::Facts& facts, const std::vector<model::ShownAt>& shown) {
  auto counted = facts;
  for (auto& secondary : counted.secondaries) {
    model::VersionNumber newest = 0;
    for (const auto& sight : secondary.seen) newest = std::max(newest, sight.version);
    secondary.seen.clear();
    const auto known = std::ranges::find(shown, secondary.address, &model::ShownAt::address);
    if (known == shown.end()) continue;
    secondary.trouble = known->trouble;
    for (const auto& sight : known->seen) {
      if (sight.version <= newest) secondary.seen.push_back(sight);
    }
  }
  return counted;
}

/// One owner on its way from the last pass to this one.
class Advance {
 public:
  Advance(TlsaOwner owner, const Outside& outside, const model::BindingPolicy& policy)
      : outside_(outside), policy_(policy) {
    out_.view.owner = std::move(owner);
    const auto& shown = out_.view.owner.shown;
    if (!shown.empty()) counted_ = with_shown(outside.facts, shown);
  }

  Advanced run() && {
    for (auto& version : owner().versions) observe(version);
    drop_ended();
    move_records();
    out_.view.horizon = horizon();
    see_aliases();
    see_pointers();
    return std::move(out_);
  }

 private:
  TlsaOwner& owner() { return out_.view.owner; }
  [[nodiscard]] bool is_held() const { return !outside_.facts.held.empty(); }

  void observe(TlsaVersion& version) {
    if (is_held()) return;
    if (!version.everywhere) version.everywhere = past(shown_everywhere(version.first));
    if (version.until != 0 && !version.last_served)
      version.last_served = past(shown_everywhere(version.until));
  }

  /// t_all of a version at which the records changed.
  [[nodiscard]] Moment shown_everywhere(model::VersionNumber number) const {
    if (!counted_) return everywhere(number, outside_);
    return everywhere(number, {.facts = *counted_,
                               .policy = outside_.policy,
                               .now = outside_.now,
                               .next_version = outside_.next_version});
  }

  [[nodiscard]] std::optional<sys_seconds> past(const Moment& moment) const {
    return moment.is_past(outside_.now) ? moment.at : std::nullopt;
  }

  /// Until every server serves it.
  Moment reached(model::Milestone& milestone) {
    if (is_held()) return Moment{.rule = ids::kHeld, .reason = outside_.facts.held};
    auto there = everywhere(milestone.version, outside_);
    if (!milestone.everywhere) milestone.everywhere = past(there);
    if (milestone.everywhere) return Moment{.at = milestone.everywhere};
    return there;
  }

  /// An alias takes the place of records only when nobody finds less behind it; and where one led,
  /// records stay while resolvers hold it.
  void see_aliases() {
    if (auto& coming = owner().coming) {
      const auto ttl = std::max(owner().versions.back().ttl, coming->ttl);
      const auto held = std::max(policy_.cache_factor * ttl, coming->negative_ttl);
      out_.view.alias_ready = reached(coming->there) + (held + policy_.margin);
    }
    for (auto& former : owner().former) {
      out_.view.former_ends.push_back(reached(former.left) + (former.ttl + policy_.margin));
    }
  }

  void see_pointers() {
    auto& pointers = owner().pointers;
    if (!pointers || pointers->left.version == 0) return;
    out_.view.pointers_end = reached(pointers->left) + (pointers->ttl + policy_.margin);
    if (out_.view.pointers_end.is_past(outside_.now)) pointers = model::Pointers{};
  }

  [[nodiscard]] Moment end_of(const TlsaVersion& version) const {
    if (version.until == 0) {
      return Moment{.rule = ids::kTlsaIn, .reason = "it is the present version"};
    }
    auto moment =
        version.last_served ? Moment{.at = version.last_served} : shown_everywhere(version.until);
    moment = std::move(moment) + holding_time(version, out_.view.owner, policy_);
    if (!moment.at) return moment;
    moment.rule = ids::kTlsaIn;
    moment.reason =
        version.is_unknown
            ? std::string("resolvers may hold what stood there before it was first seen here")
            : fmt::format("resolvers may hold the version of {}", to_text(version.made));
    return moment;
  }

  void drop_ended() {
    auto& versions = owner().versions;
    std::vector<TlsaVersion> kept;
    for (auto& version : versions) {
      auto end = end_of(version);
      if (end.is_past(outside_.now) && !is_held()) continue;
      out_.view.ends.push_back(std::move(end));
      kept.push_back(std::move(version));
    }
    versions = std::move(kept);
  }

  void move_records() {
    RdataSet all;
    for (const auto& version : owner().versions) {
      all.insert(version.records.begin(), version.records.end());
    }
    for (const auto& record : owner().records) all.insert(record.rdata);
    std::vector<model::TlsaRecord> records;
    for (const auto& rdata : all) {
      auto record = moved(rdata);
      if (record.state.visibility != Visibility::kHidden) records.push_back(std::move(record));
    }
    owner().records = std::move(records);
  }

  model::TlsaRecord moved(const Bytes& rdata) {
    model::TlsaRecord record{.rdata = rdata};
    const auto known = std::ranges::find(owner().records, rdata, &model::TlsaRecord::rdata);
    if (known != owner().records.end()) record = *known;
    const auto from = record.state.visibility;
    const auto to = visibility_in_caches(rdata);
    if (from == to) return record;
    const bool is_begin = to == Visibility::kRumoured || to == Visibility::kUnretentive;
    const auto& present = owner().versions.back();
    record.state = {.visibility = to,
                    .since = is_begin ? present.made : outside_.now,
                    .version = is_begin ? present.first : record.state.version};
    out_.moves.push_back(
        {.owner = owner().name, .rdata = rdata, .from = from, .to = to, .rule = rule_of(to)});
    return record;
  }

  [[nodiscard]] Visibility visibility_in_caches(const Bytes& rdata) const {
    const auto has = [&](const TlsaVersion& version) { return version.records.contains(rdata); };
    const auto& versions = out_.view.owner.versions;
    const bool is_out = out_.view.owner.is_out(rdata);
    if (is_out) {
      return std::ranges::all_of(versions, has) ? Visibility::kOmnipresent : Visibility::kRumoured;
    }
    return std::ranges::any_of(versions, has) ? Visibility::kUnretentive : Visibility::kHidden;
  }

  static std::string_view rule_of(Visibility to) {
    if (to == Visibility::kRumoured) return ids::kTlsaNeeded;
    if (to == Visibility::kUnretentive) return ids::kTlsaNotNeeded;
    return to == Visibility::kOmnipresent ? ids::kTlsaIn : ids::kTlsaOut;
  }

  [[nodiscard]] seconds horizon() const {
    TlsaVersion longest{.records = {{3, 1, 1}}, .ttl = policy_.ttl};
    for (const auto& version : out_.view.owner.versions) {
      if (!version.records.empty()) longest.ttl = std::max(longest.ttl, version.ttl);
    }
    return expected_propagation(outside_) + holding_time(longest, out_.view.owner, policy_);
  }

  const Outside& outside_;
  const model::BindingPolicy& policy_;
  std::optional<model::Facts> counted_{};  ///< by what secondaries were seen with
  Advanced out_;
};

}  // namespace

Advanced advance(TlsaOwner owner, const Outside& outside, const model::BindingPolicy& policy) {
  DW_CHECK(!owner.versions.empty(), "an owner has a present version");
  return Advance(std::move(owner), outside, policy).run();
}

void commit_rrset(TlsaOwner& owner, TlsaVersion next) {
  DW_CHECK(!owner.versions.empty(), "an owner has a present version");
  auto& present = owner.versions.back();
  if (present.records == next.records && present.ttl == next.ttl) return;
  present.until = next.first;
  owner.versions.push_back(std::move(next));
}

seconds holding_time(const TlsaVersion& version, const TlsaOwner& owner,
                     const model::BindingPolicy& policy) {
  const bool is_denial = version.records.empty() && !version.is_unknown;
  if (is_denial) return std::max(version.ttl, owner.alias_ttl) + policy.margin;
  return policy.cache_factor * std::max(version.ttl, owner.alias_ttl) + policy.margin;
}

seconds rollback_window(const std::vector<OwnerView>& views, const model::BindingPolicy& policy) {
  auto longest = policy.ttl;
  for (const auto& view : views) {
    longest = std::max(longest, view.owner.alias_ttl);
    for (const auto& version : view.owner.versions) {
      if (!version.records.empty()) longest = std::max(longest, version.ttl);
    }
  }
  return std::max(policy.least_rollback, policy.cache_factor * longest);
}

Moment protected_from(const OwnerView& view) {
  Moment last{.at = sys_seconds{}};
  for (std::size_t i = 0; i < view.owner.versions.size(); ++i) {
    if (view.owner.versions[i].records.empty()) last = later_of(last, view.ends.at(i));
  }
  return last;
}

}  // namespace danewerk::rollover
