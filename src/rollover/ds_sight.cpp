#include "rollover/ds_sight.h"

#include <algorithm>

namespace danewerk::rollover {

model::DsSight ds_sight(const model::RingKey& key, const Outside& outside) {
  // Of this very pass: the look came first, though both have the same moment.
  if (std::ranges::count(outside.asked_now, key.id) != 0) return {};
  const auto found = outside.facts.ds.find(key.id);
  if (found == outside.facts.ds.end()) return {};
  auto sight = found->second;
  const auto since = key.at(model::KeyRecord::kDs).since;
  if (sight.seen && *sight.seen < since) sight.seen.reset();
  if (sight.gone && *sight.gone < since) sight.gone.reset();
  return sight;
}

}  // namespace danewerk::rollover
