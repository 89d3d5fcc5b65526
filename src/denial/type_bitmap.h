#pragma once

/// \file
/// Type bitmaps of NSEC and NSEC3 (RFC 4034 section 4.1.2, RFC 5155 section 3.2.1).

#include "base/bytes.h"
#include "dns/node.h"
#include "dns/zone.h"
#include "model/denial.h"

namespace danewerk::denial {

/// Appends the bitmap for what stands at a name.
/// \param standing  decides which types count: at a delegation only those that belong to the parent
///                  (RFC 4035 section 2.3), at an empty non-terminal none.
/// NSEC itself is a member for kNsec; RRSIG is one wherever something is signed.
void append_type_bitmap(Bytes& out, dns::NodeView node, dns::Standing standing,
                        model::DenialKind kind);

/// The name has a place in the chain: apex, authoritative data, and delegations, which opt-out
/// leaves out when they have no DS (RFC 5155 section 7.1).
bool is_in_chain(dns::NodeView node, dns::Standing standing,
                 const model::DenialParameters& parameters);

}  // namespace danewerk::denial
