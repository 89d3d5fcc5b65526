#pragma once

/// \file
/// New addresses of hosts with TLSA records: before one enters the zone, the services there are
/// looked at, and what they present has to pass gate G (rollover/tlsa_gate.h). Otherwise clients
/// that hold records would be refused at one of several addresses. Does I/O only when an address is
/// new. Thread-safe.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding.h"
#include "base/time.h"
#include "config/config.h"
#include "dns/zone.h"
#include "model/tlsa_owner.h"
#include "rollover/tlsa_gate.h"

namespace danewerk::engine {

/// A change that was refused is looked at again after so long.
inline constexpr seconds kAddressesAgain = std::chrono::minutes(5);

/// A service of a certificate that may be looked at.
struct GuardedService {
  config::Service service{};
  std::string certificate{};            ///< its name
  std::vector<model::RdataSet> held{};  ///< each RRset with DANE records that clients may hold
  rollover::GateKind gate = rollover::GateKind::kStrict;
  model::RdataSet wanted{};  ///< what is to stand there from now on, as far as is known
};

/// What is known of the owner of TLSA records; null: nothing.
using OwnerFinder = std::function<const model::TlsaOwner*(const std::string& owner)>;

/// By the zone that their host is in.
using GuardedServices = std::map<std::string, std::vector<GuardedService>, std::less<>>;

/// The services at hosts of our zones, each once; without those that say `probe: none`. `wanted` is
/// the caller's to fill in.
GuardedServices guarded_services(const config::Config& config, const OwnerFinder& find);

struct AddressChange {
  const dns::Zone* before = nullptr;  ///< as it is published
  const dns::Zone* after = nullptr;   ///< what the author wants
  sys_seconds now{};
};

/// BINDING-ADDRESS, an error, where clients would be refused at a new address;
/// BINDING-ADDRESS-SILENT, a warning, where nobody answers. Nothing is asked of a host that had no
/// address while no client can hold records of it.
Findings judge_new_addresses(const AddressChange& change,
                             const std::vector<GuardedService>& services);

}  // namespace danewerk::engine
