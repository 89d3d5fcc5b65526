#pragma once

/// \file
/// Every address of a service, with and without server name, with keys of either kind: what is
/// presented there, and which TLSA records match it. Does I/O, on several threads.

#include <vector>

#include "base/time.h"
#include "probe/report.h"

namespace danewerk::probe {

struct SessionOptions {
  sys_seconds at{};  ///< certificates are judged for
  std::string own_name{};
  std::chrono::milliseconds step{10'000};
  std::chrono::milliseconds whole{30'000};
  unsigned jobs = 8;  ///< addresses at a time; the sessions of one address follow one another
};

/// What is presented at one address, whoever accepts it.
std::vector<Attempt> present_at(const Target& target, const net::Endpoint& address,
                                const SessionOptions& options);

/// Fills in attempts. Reads addresses, base, records and is_dane.
void look_at_sessions(const SessionOptions& options, ServiceReport& service);

}  // namespace danewerk::probe
