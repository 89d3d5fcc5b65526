/// \file
/// A rule that only a reader of its sentence tests: (3e), where DS came at different moments.

#include <doctest/doctest.h>

#include "rollover/rules.h"

namespace danewerk::drive {

TEST_CASE("model: a DS is covered only by one that came to the parent with it (3e)") {
  using model::KeyRecord;
  using model::Visibility;
  const sys_seconds at{std::chrono::hours(500'000)};
  const auto ksk = [](const char* id) {
    model::RingKey key;
    key.id = id;
    key.role = model::KeyRole::kKsk;
    key.algorithm = 13;
    return key;
  };
  auto bare = ksk("bare");
  bare.at(KeyRecord::kDs) = {.visibility = Visibility::kRumoured, .since = at, .version = 0};
  auto chained = ksk("chained");
  chained.at(KeyRecord::kDnskey).visibility = Visibility::kOmnipresent;
  chained.at(KeyRecord::kKrrsig).visibility = Visibility::kOmnipresent;
  chained.at(KeyRecord::kDs) = bare.at(KeyRecord::kDs);
  model::KeyRing ring;
  ring.keys = {bare, chained};
  CHECK(rollover::has_trusted_keys(ring, 13));
  // An hour later: caches may hold the DS of the bare key alone.
  ring.keys[1].at(KeyRecord::kDs).since = at + std::chrono::hours(1);
  CHECK_FALSE(rollover::has_trusted_keys(ring, 13));
}

}  // namespace danewerk::drive
