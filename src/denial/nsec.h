#pragma once

/// \file
/// NSEC records (RFC 4034 section 4, RFC 4035 section 2.3). Thread-safe: no state.

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "dns/zone.h"

namespace danewerk::denial {

/// NSEC RDATA of what stands at a name, replacing what OUT holds.
/// \param next_key  sort key of the next name of the chain.
void nsec_rdata(Bytes& out, const dns::Zone& zone, dns::NodeView node, dns::Standing standing,
                std::string_view next_key);

/// Key of the name that follows KEY in the chain; the apex after the last. What is below a
/// delegation or DNAME at KEY is passed over. Points into the zone.
std::string_view next_in_chain(const dns::Zone& zone, std::string_view key);

/// Key of the name before KEY in the chain; the last one before the apex. KEY need not exist.
std::string_view previous_in_chain(const dns::Zone& zone, std::string_view key);

}  // namespace danewerk::denial
