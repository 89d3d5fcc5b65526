#pragma once

/// \file
/// Canonical form and order of RDATA (RFC 4034 sections 6.2 and 6.3, RFC 6840 section 5.1),
/// verify's own. Thread-compatible, no state.

#include "base/bytes.h"
#include "dns/type.h"

namespace danewerk::verify {

/// Appends RDATA with the names in it folded to lower case, for the types that RFC 4034 section 6.2
/// lists (without NSEC: RFC 6840 section 5.1). RDATA too short for its type stays as it is.
void append_canonical_rdata(Bytes& out, dns::RrType type, ByteView rdata);

/// Order of canonical RDATA: unsigned octets, left-justified (RFC 4034 section 6.3).
int compare_octets(ByteView a, ByteView b);

}  // namespace danewerk::verify
