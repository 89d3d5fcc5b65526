#pragma once

/// \file
/// Message digest of a zone (RFC 8976): SIMPLE scheme, SHA-384. Thread-safe: no state.

#include <cstdint>

#include "base/bytes.h"
#include "dns/zone.h"

namespace danewerk::seal {

/// ZONEMD RDATA with a digest of zeros, to hold the place while the zone is signed
/// (RFC 8976 section 3.1).
Bytes zonemd_placeholder(std::uint32_t serial);

/// RFC 8976 section 3.3: the digest of everything but the ZONEMD RRset and its RRSIGs.
Bytes zonemd_digest(const dns::Zone& zone);

/// The zone with serial and digest in its ZONEMD record, which loses its RRSIGs when they changed.
/// REQUIRES: zone has a ZONEMD at its apex, and everything else is final.
dns::Zone with_zonemd(const dns::Zone& zone);

}  // namespace danewerk::seal
