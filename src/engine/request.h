#pragma once

/// \file
/// What an operator may ask of the engine beside a pass: JSON in, JSON out, so that a control
/// socket is transport and nothing else. The same function answers a command line and the daemon.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/time.h"
#include "config/config.h"

namespace danewerk::engine {

struct RequestTask {
  const config::Config* config = nullptr;
  sys_seconds now{};
  std::string who{};                        ///< who asks, for the audit log
  seconds wait = std::chrono::seconds(10);  ///< for the lock
  enum class Lock : std::uint8_t {
    kTake,  ///< for requests that change anything
    kHeld,  ///< by the caller, for life
  };
  Lock lock = Lock::kTake;
};

/// Answers a request: an object with "request", such as "key-roll", and what that one takes.
///
/// \returns an object. Of a request that changes something: "done" and "notes", sentences for the
///          operator, and "dates" in RFC 3339. Of one that failed: "error", "hint" (may be missing)
///          and "code": "bad-input", "refused", "unavailable", "corrupt", or "operator" for what
///          is only done when it is confirmed. Nothing was changed then.
nlohmann::ordered_json dispatch(const RequestTask& task, const nlohmann::ordered_json& request);

/// Whether such a request changes anything: who holds the lock has to be asked.
bool changes_state(std::string_view request);

}  // namespace danewerk::engine
