#pragma once

/// \file
/// The future of one zone: the real rollover engine under a virtual clock. Each version is taken to
/// be published at once and seen at every secondary at once; the parent shows or drops a DS a while
/// after the step that asks for it; keys are foreseen, not made. Pure; thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "engine/zone_facts.h"
#include "model/policy.h"
#include "model/zone_state.h"
#include "rollover/rollover.h"

namespace danewerk::engine {

struct SimulationTask {
  const model::Policy* policy = nullptr;
  VersionTraits traits{};  ///< of every version to come, DNSKEY TTL apart
  sys_seconds now{};
  sys_seconds until{};
  seconds ds_delay = std::chrono::days(1);  ///< from the step that asks for it
  std::size_t owner_octets = 1;             ///< of the apex in wire form
};

/// Something that is to happen.
struct PlannedEvent {
  enum class Kind : std::uint8_t {
    kKey,       ///< a key joins
    kStep,      ///< a record moves
    kOperator,  ///< somebody has to act; `what` says how
    kParent,    ///< the parent shows, or drops, a DS: an assumption
    kForget,    ///< a key leaves the ring
  };
  sys_seconds at{};
  Kind kind = Kind::kStep;
  std::string key{};    ///< identity
  std::string label{};  ///< "KSK 12345", "new ZSK 2"
  std::string what{};   ///< a sentence
  std::string rule{};   ///< may be empty
  /// Of a step.
  model::KeyRecord record = model::KeyRecord::kDnskey;
  model::Visibility to = model::Visibility::kHidden;
  std::optional<std::size_t> dnskey_octets{};  ///< of a DNSKEY answer from here on, if it changed
};

/// The states of a record over time.
struct RecordLane {
  std::string key{};    ///< identity
  std::string label{};  ///< of the key
  model::KeyRecord record = model::KeyRecord::kDnskey;
  struct Span {
    sys_seconds from{};
    model::Visibility visibility = model::Visibility::kHidden;
  };
  std::vector<Span> spans{};  ///< each until the next one; the first begins now or later
};

struct Forecast {
  std::string zone{};
  std::vector<PlannedEvent> events{};  ///< in order
  std::vector<RecordLane> lanes{};     ///< in order of the keys' coming
  std::uint64_t versions = 0;          ///< that events make
  std::uint64_t renewals = 0;          ///< versions, about, that only renew signatures
  std::size_t dnskey_octets = 0;       ///< of a DNSKEY answer now
  std::size_t largest_answer = 0;
  std::vector<rollover::Wait> waits{};  ///< at the end
  std::string trouble{};                ///< why there is no forecast; a sentence
};

Forecast simulate(model::ZoneState state, const SimulationTask& task);

}  // namespace danewerk::engine
