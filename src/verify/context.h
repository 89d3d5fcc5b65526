#pragma once

/// \file
/// What all checks of one version share, read once from its apex: keys, SOA times, kind of denial.
/// Immutable while checks run, so any number of threads may read it.

#include <cstdint>
#include <optional>

#include "dns/zone.h"
#include "verify/collector.h"
#include "verify/keys.h"
#include "verify/nsec3.h"
#include "verify/verify.h"

namespace danewerk::verify {

/// How the zone denies what it has not.
enum class Denial : std::uint8_t { kNone, kNsec, kNsec3 };

struct Context {
  Context(const dns::Zone& checked, const VerifyOptions& chosen);

  const dns::Zone& zone;
  const VerifyOptions& options;
  Owner apex;
  std::uint32_t now = 0;  ///< options.at as RRSIG has it
  KeySet keys;
  Denial denial = Denial::kNone;
  Nsec3Params nsec3;  ///< parameters of the chain, when denial is kNsec3
  std::uint32_t soa_ttl = 0;
  std::uint32_t soa_minimum = 0;
  std::uint32_t soa_serial = 0;
  bool has_soa = false;
};

/// Completes CONTEXT from SOA, DNSKEY and NSEC3PARAM of the apex; reports what is wrong with them.
void read_apex(Context& context, Collector& out);

/// DNSKEY's own signatures: who signs it, and whether that is what the DS set given demands.
void check_dnskey(const Context& context, Collector& out);

/// TTL of an NSEC or NSEC3 against the SOA (RFC 9077).
void check_denial_ttl(const Context& context, const Owner& owner, std::uint32_t ttl,
                      Collector& out);

}  // namespace danewerk::verify
