#include "engine/simulation.h"

#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include "engine/plan.h"

namespace danewerk::engine {

namespace {

using model::KeyRecord;
using model::Visibility;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using Kind = PlannedEvent::Kind;

constexpr sys_seconds kStart{seconds(1'800'000'000)};
constexpr seconds kSigned = hours(24);
constexpr seconds kDenial = minutes(30);
constexpr seconds kDsDelay = hours(36);

model::Policy policy_with_short_zsks() {
  model::Policy policy;
  policy.algorithm = crypto::Algorithm::kEcdsaP256;
  policy.zsk.lifetime = days(30);
  return policy;
}

struct Future {
  model::Policy policy = policy_with_short_zsks();
  seconds span = days(730);

  [[nodiscard]] Forecast see(model::ZoneState state = {}) const {
    state.name = "example.";
    return simulate(
        std::move(state),
        {.policy = &policy,
         .traits = {.soa_expire = days(14), .signed_ttl = kSigned, .denial_ttl = kDenial},
         .now = kStart,
         .until = kStart + span,
         .ds_delay = kDsDelay,
         .owner_octets = 9});
  }
};

/// Moment of that step; kStart - 1 when it never comes.
sys_seconds when(const Forecast& forecast, const std::string& key, KeyRecord record,
                 Visibility to) {
  const auto found = std::ranges::find_if(forecast.events, [&](const PlannedEvent& event) {
    return event.kind == Kind::kStep && event.label == key && event.record == record &&
           event.to == to;
  });
  return found == forecast.events.end() ? kStart - seconds(1) : found->at;
}

sys_seconds when(const Forecast& forecast, Kind kind, const std::string& key) {
  const auto found = std::ranges::find_if(forecast.events, [&](const PlannedEvent& event) {
    return event.kind == kind && event.label == key;
  });
  return found == forecast.events.end() ? kStart - seconds(1) : found->at;
}

}  // namespace

TEST_CASE("plan: the DS of a first key waits for all signatures, and then for the parent") {
  const Future future;
  const auto forecast = future.see();
  const auto dprp = future.policy.propagation_delay;
  CHECK(when(forecast, "new ZSK 1", KeyRecord::kZrrsig, Visibility::kRumoured) == kStart);
  const auto complete = kStart + dprp + kSigned;
  CHECK(when(forecast, "new ZSK 1", KeyRecord::kZrrsig, Visibility::kOmnipresent) == complete);
  CHECK(when(forecast, "new KSK 1", KeyRecord::kDs, Visibility::kRumoured) == complete);
  CHECK(when(forecast, Kind::kOperator, "new KSK 1") == complete);
  CHECK(when(forecast, Kind::kParent, "new KSK 1") == complete + kDsDelay);
  // RFC 7583 section 3.3.1: DprpP and the TTL of the DS after the parent shows it.
  CHECK(when(forecast, "new KSK 1", KeyRecord::kDs, Visibility::kOmnipresent) ==
        complete + kDsDelay + future.policy.parent_propagation_delay + future.policy.parent_ds_ttl);
}

TEST_CASE("plan: ZSKs follow each other for two years by RFC 7583 section 3.2.1") {
  const Future future;
  const auto forecast = future.see();
  const auto dprp = future.policy.propagation_delay;
  const auto ipub = dprp + future.policy.dnskey_ttl;
  const auto iret = dprp + kSigned;
  auto active = kStart;
  for (int i = 1; active + days(30) + iret + ipub <= kStart + future.span; ++i) {
    CAPTURE(i);
    const auto old = "new ZSK " + std::to_string(i);
    const auto fresh = "new ZSK " + std::to_string(i + 1);
    const auto retire = active + days(30);
    CHECK(when(forecast, Kind::kKey, fresh) == retire - ipub);
    CHECK(when(forecast, fresh, KeyRecord::kDnskey, Visibility::kRumoured) == retire - ipub);
    CHECK(when(forecast, fresh, KeyRecord::kZrrsig, Visibility::kRumoured) == retire);
    CHECK(when(forecast, old, KeyRecord::kZrrsig, Visibility::kUnretentive) == retire);
    CHECK(when(forecast, old, KeyRecord::kZrrsig, Visibility::kHidden) == retire + iret);
    CHECK(when(forecast, old, KeyRecord::kDnskey, Visibility::kHidden) == retire + iret + ipub);
    active = retire;
  }
  CHECK(active - kStart >= days(690));
}

TEST_CASE("plan: a DNSKEY answer has the size of what is published and of its signatures") {
  const Future future;
  const auto forecast = future.see();
  // Header, question, OPT; each P-256 key 64 octets in 16 of record, its signature 64 in 30 and the
  // signer's name.
  constexpr std::size_t kName = 9;
  const auto answer = [&](std::size_t keys, std::size_t signatures) {
    return 12 + kName + 4 + 11 + keys * (16 + 64) + signatures * (30 + kName + 64);
  };
  std::vector<std::size_t> sizes;
  for (const auto& event : forecast.events) {
    if (event.dnskey_octets) sizes.push_back(*event.dnskey_octets);
  }
  REQUIRE(sizes.size() >= 3);
  CHECK(sizes[0] == answer(2, 1));
  CHECK(sizes[1] == answer(3, 1));
  CHECK(sizes[2] == answer(2, 1));
  CHECK(forecast.largest_answer == answer(3, 1));
}

TEST_CASE("plan: nobody has to act while no DS changes, and the same question has one answer") {
  Future future;
  const auto forecast = future.see();
  CHECK(std::ranges::count(forecast.events, Kind::kOperator, &PlannedEvent::kind) == 1);
  const auto again = future.see();
  REQUIRE(again.events.size() == forecast.events.size());
  for (std::size_t i = 0; i < again.events.size(); ++i) {
    CHECK(again.events[i].what == forecast.events[i].what);
    CHECK(again.events[i].at == forecast.events[i].at);
  }
  CHECK(std::ranges::is_sorted(forecast.events, {}, &PlannedEvent::at));
}

TEST_CASE("plan: a KSK with a lifetime asks the operator twice a roll") {
  Future future;
  future.policy.cds = model::CdsPolicy::kNever;
  future.policy.zsk.lifetime.reset();
  future.policy.ksk.lifetime = days(365);
  const auto forecast = future.see();
  const auto swap = when(forecast, "new KSK 2", KeyRecord::kDs, Visibility::kRumoured);
  REQUIRE(swap > kStart);
  std::vector<std::string> asked;
  for (const auto& event : forecast.events) {
    if (event.kind == Kind::kOperator && event.at == swap) asked.push_back(event.label);
  }
  std::ranges::sort(asked);
  CHECK(asked == std::vector<std::string>{"new KSK 1", "new KSK 2"});
}

TEST_CASE("plan: in manual mode each begin is the operator's") {
  Future future;
  future.policy.is_manual = true;
  future.span = days(60);
  const auto forecast = future.see();
  for (const auto& event : forecast.events) {
    if (event.kind != Kind::kStep || event.to != Visibility::kRumoured) continue;
    CHECK(std::ranges::any_of(forecast.events, [&](const PlannedEvent& other) {
      return other.kind == Kind::kOperator && other.at == event.at;
    }));
  }
}

TEST_CASE("plan: lanes tell the same as the steps") {
  const Future future;
  const auto forecast = future.see();
  for (const auto& lane : forecast.lanes) {
    for (std::size_t i = 1; i < lane.spans.size(); ++i) {
      CAPTURE(lane.label);
      CHECK(lane.spans[i - 1].from <= lane.spans[i].from);
      CHECK(lane.spans[i - 1].visibility != lane.spans[i].visibility);
      CHECK(when(forecast, lane.label, lane.record, lane.spans[i].visibility) > sys_seconds{});
    }
  }
}

TEST_CASE("plan: what begins at once is told with its earliest end") {
  const Future future;
  const auto forecast = future.see();
  const auto found = consequences(forecast, kStart);
  REQUIRE(!found.empty());
  const auto complete = kStart + future.policy.propagation_delay + kSigned;
  CHECK(found.front().earliest_end ==
        complete + kDsDelay + future.policy.parent_propagation_delay + future.policy.parent_ds_ttl);
  CHECK(consequences(forecast, kStart + seconds(1)).empty());
}

}  // namespace danewerk::engine
