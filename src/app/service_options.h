#pragma once

/// \file
/// How the command line says whom to ask when a live service is looked at, and how it is
/// understood.

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "probe/probe.h"

namespace danewerk::app {

/// As typed.
struct ServiceOptions {
  std::vector<std::string> resolvers{};      ///< addresses, or "root"; empty: those of the system
  std::vector<std::string> trust_anchors{};  ///< files
  std::string domain{};                      ///< that the services are for; may be empty
  std::uint16_t dns_port = 53;               ///< of authoritative servers
  std::uint16_t mail_port = 25;
  seconds timeout{10};  ///< for one wait
  unsigned jobs = 8;
  bool leaves_servers_alone = false;
};

/// kBadInput for what cannot be understood.
/// \param now  the clock.
/// \param at   the moment that is judged for.
Result<probe::Options> understood(const ServiceOptions& options, sys_seconds now, sys_seconds at);

}  // namespace danewerk::app
