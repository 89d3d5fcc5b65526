#include <doctest/doctest.h>

#include "unit/observe/samples.h"

namespace danewerk::observe {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): a test's own samples
using model::KeyRecord;
using model::Visibility;
using std::chrono::hours;
using std::chrono::minutes;

constexpr WhoIsThere kAll{.has_secondaries = true, .has_parents = true};

/// Everything was seen, and looked at just now.
model::ZoneState settled() {
  model::ZoneState state;
  state.facts.publications = {{1, 1, kStart - hours(10)}};
  state.facts.secondaries = {{.address = "192.0.2.53@53", .seen = {{1, kStart - hours(9)}}}};
  state.facts.looked = kStart;
  state.facts.looked_at_ds = kStart;
  model::RingKey ksk{.id = "ksk", .role = model::KeyRole::kKsk};
  ksk.at(KeyRecord::kDs) = {Visibility::kOmnipresent, kStart - hours(9), 0};
  state.ring.keys = {ksk};
  return state;
}

TEST_CASE("look: when nothing is awaited, secondaries are asked hourly and parents daily") {
  const auto state = settled();
  CHECK_FALSE(wants_look(state, kAll, kStart + minutes(59)).any());
  CHECK(wants_look(state, kAll, kStart).next == kStart + hours(1));
  const auto hourly = wants_look(state, kAll, kStart + hours(1));
  CHECK(hourly.secondaries);
  CHECK_FALSE(hourly.parents);
  CHECK(hourly.next == kStart + hours(2));
  CHECK(wants_look(state, kAll, kStart + hours(24)).parents);
  CHECK_FALSE(wants_look(state, {}, kStart + hours(100)).any());
}

TEST_CASE("look: a secondary without the newest published version is asked at every pass") {
  auto state = settled();
  state.facts.publications.push_back({2, 2, std::nullopt});
  CHECK_FALSE(wants_look(state, kAll, kStart).any());
  state.facts.publications.back().published = kStart;
  const auto wish = wants_look(state, kAll, kStart + minutes(1));
  CHECK(wish.secondaries);
  CHECK(wish.next == kStart + minutes(11));
}

TEST_CASE("look: a secondary that was not seen with TLSA records is asked at every pass") {
  auto who = kAll;
  who.awaits_records = true;
  const auto wish = wants_look(settled(), who, kStart + minutes(1));
  CHECK(wish.secondaries);
  CHECK(wish.next == kStart + minutes(11));
}

TEST_CASE("look: a DS that comes is looked for, the second time after ten minutes") {
  auto state = settled();
  state.ring.keys.front().at(KeyRecord::kDs).visibility = Visibility::kRumoured;
  CHECK(wants_look(state, kAll, kStart).parents);
  state.facts.ds["ksk"].seen_first = kStart;
  const auto wish = wants_look(state, kAll, kStart + minutes(9));
  CHECK_FALSE(wish.parents);
  CHECK(wish.next == kStart + minutes(10));
  CHECK(wants_look(state, kAll, kStart + minutes(10)).parents);
  state.facts.ds["ksk"].seen = kStart + minutes(10);
  CHECK_FALSE(wants_look(state, kAll, kStart + minutes(20)).parents);
}

TEST_CASE("look: a DS that goes is looked for until it is gone") {
  auto state = settled();
  state.ring.keys.front().at(KeyRecord::kDs).visibility = Visibility::kUnretentive;
  state.facts.ds["ksk"].seen = kStart;
  CHECK(wants_look(state, kAll, kStart).parents);
  state.facts.ds["ksk"] = {.gone = kStart};
  CHECK_FALSE(wants_look(state, kAll, kStart).parents);
}

}  // namespace
}  // namespace danewerk::observe
