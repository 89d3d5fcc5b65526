#pragma once

/// \file
/// The future of bindings: the real rules under a virtual clock. Each version is taken to be
/// published at once and seen at every server at once, and each endpoint to present what is served;
/// what somebody has to do is taken to be done at once, and told. Pure; thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "engine/binding_look.h"

namespace danewerk::engine {

/// Something that is to happen.
struct BindingEvent {
  enum class Kind : std::uint8_t {
    kStep,      ///< something is done
    kServed,    ///< services get another certificate
    kCaches,    ///< every cache has a record, or none has it any more
    kOperator,  ///< somebody has to act; `what` says how
  };
  sys_seconds at{};
  Kind kind = Kind::kStep;
  std::string binding{};
  std::string what{};   ///< a sentence
  std::string rule{};   ///< may be empty
  std::string chain{};  ///< of kServed: model::Chain::id
};
std::string_view name_of(BindingEvent::Kind kind);

struct BindingForecast {
  std::vector<BindingEvent> events{};  ///< in order
  /// What waits at the end, for nobody knows what.
  std::vector<rollover::BindingWait> waits{};
};

struct BindingSimulationTask {
  sys_seconds now{};
  sys_seconds until{};
  /// A certificate that arrives now, for this binding.
  std::string binding{};
  std::optional<model::Chain> arriving{};
};

BindingForecast simulate(BindingsLook look, const BindingSimulationTask& task);

/// What a renewal would change.
enum class ImaginedChange : std::uint8_t { kNothing, kKey, kIssuer };
/// A certificate that does not exist: as the served one, with another key or issuer. REQUIRES: the
/// binding serves one.
model::Chain imagine_chain(const BindingLook& binding, ImaginedChange change, sys_seconds now);

}  // namespace danewerk::engine
