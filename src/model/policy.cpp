#include "model/policy.h"

#include <algorithm>

namespace danewerk::model {

seconds effective_refresh(const Policy& policy, seconds soa_expire, seconds largest_ttl) {
  const auto& signatures = policy.signatures;
  if (signatures.refresh) return *signatures.refresh;
  const auto cut_off =
      soa_expire + largest_ttl + policy.propagation_delay + seconds(std::chrono::days(1));
  return std::min(std::max(signatures.validity / 4, cut_off), signatures.validity * 2 / 3);
}

seconds effective_spread(const Policy& policy, seconds refresh) {
  const auto& signatures = policy.signatures;
  if (signatures.spread) return *signatures.spread;
  return std::max(seconds(0), (signatures.validity - refresh) / 2);
}

}  // namespace danewerk::model
