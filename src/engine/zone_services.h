#pragma once

/// \file
/// Services of ours in a zone's next version: where their TLSA records are put, and what of the
/// author's changes waits for them. An alias that replaces records comes when they are known where
/// it leads; records of a host that leaves stay while resolvers hold an MX of it. No state.

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "dns/zone.h"
#include "engine/zone_tlsa.h"
#include "managed/records.h"
#include "model/tlsa_owner.h"

namespace danewerk::engine {

/// A zone's next version, before its managed records.
struct NextContent {
  const dns::Zone* before = nullptr;  ///< what is published
  bool is_read = false;               ///< it comes from the zone file, just now
  model::VersionNumber number = 0;    ///< of the version
  sys_seconds now{};
  std::string zone{};  ///< for findings
};

struct PlacedServices {
  dns::Zone base;  ///< without aliases that are held back
  std::vector<managed::ServiceTlsa> tlsa{};
  std::vector<model::TlsaOwner> owners{};  ///< to be saved
  Findings findings{};
  /// Bindings have not heard of the author's records yet.
  bool asks_again = false;
  std::optional<sys_seconds> wake{};  ///< when something that is held back may come or go
};

/// \param services  in: what bindings want; out: what they get in this version.
PlacedServices place_services(dns::Zone base, std::vector<OwnerWish>& services,
                              const NextContent& next);

}  // namespace danewerk::engine
