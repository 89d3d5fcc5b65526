#pragma once

/// \file
/// Instants and spans, their text forms, and the one place that reads the clock. Thread-safe.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace danewerk {

using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Tells the time. Commands get theirs from `system_clock_now`, tests move their own.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual sys_seconds now() const = 0;
};

/// The machine's clock: the only place that reads it.
const Clock& system_clock();

/// "30d", "1h", "90m", "2w", "1y", "1h30m"; a bare number is seconds, as in `0`.
/// Units: s m h d w y (365 days). kBadInput for anything else or above 100 years.
Result<seconds> parse_duration(std::string_view text);
/// "30d", "1h30m": exact, largest units first; "0s".
std::string to_text(seconds span);

/// RFC 3339 ("2026-11-21T01:20:00Z", with zone offsets), YYYYMMDDHHMMSS (UTC), or @seconds.
/// Only instants that RRSIG can tell apart: 1970 to 2106.
Result<sys_seconds> parse_instant(std::string_view text);
/// RFC 3339 in UTC.
std::string to_text(sys_seconds instant);
/// YYYYMMDDHHMMSS (RFC 4034 section 3.2).
std::string to_dns_text(sys_seconds instant);

/// Seconds since 1970 modulo 2^32, as RRSIG has them (RFC 4034 section 3.1.5).
inline std::uint32_t to_rrsig_time(sys_seconds instant) {
  return static_cast<std::uint32_t>(instant.time_since_epoch().count());
}
/// The instant nearest to NEAR that this RRSIG time can mean (serial arithmetic, RFC 1982).
sys_seconds from_rrsig_time(std::uint32_t time, sys_seconds near);

}  // namespace danewerk
