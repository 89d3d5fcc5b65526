#pragma once

/// \file
/// What is known of the managed zones, for people and programs: read from the state, without the
/// lock. No state of its own.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "engine/zone_pass.h"
#include "store/state.h"

namespace danewerk::engine {

struct ZoneStatus {
  model::ZoneState state;
  bool is_configured = true;
  std::vector<rollover::Wait> waits{};  ///< as of now, not of the last pass
  std::optional<sys_seconds> next{};    ///< when the engine wants to be asked again
};

/// How bad it is, as monitoring plug-ins count.
enum class Health : std::uint8_t { kOk, kWarning, kCritical, kUnknown };
std::string_view to_text(Health health);

struct Verdict {
  Health health = Health::kOk;
  std::string reason{};  ///< a sentence; empty for kOk
};

/// Status of all zones of the configuration and of the state, by name.
Result<std::vector<ZoneStatus>> read_status(const config::Config& config, const store::State& state,
                                            sys_seconds now);

/// The same for one zone; nothing when it is not in the state.
Result<std::optional<ZoneStatus>> read_zone_status(const config::Config& config,
                                                   const store::State& state,
                                                   const std::string& zone, sys_seconds now);

/// Critical: signatures that run out within a quarter of refresh (or have), a version that is not
/// published for a day, an error. Warning: due signatures that were not renewed, a step that waits
/// for the operator, a missed pass.
Verdict judge(const ZoneStatus& zone, const config::Config& config, sys_seconds now);

}  // namespace danewerk::engine
